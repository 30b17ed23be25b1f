"""`@liquid`: Shopify's templates, by python-liquid, with the filters and the rules of LiquidJS, which Segment uses.

Segment takes up to 1,000 characters and half a second, and no tags that repeat or read files. The same holds here, and
what a template makes on its way is bounded too. https://jg-rp.github.io/liquid/, https://liquidjs.com/filters/overview.html

The engine is imported by those who need it.
"""

from collections.abc import Callable, Iterator
from typing import Any

#: Segment's limit of a template.
MAX_CHARACTERS = 1000

type Place = tuple[str | int, ...]


def errors(document: Any, place: Place, _: object) -> Iterator[tuple[Place, str]]:
    from sluice.mapping.liquid import engine

    if not isinstance(document, str) or len(document) > MAX_CHARACTERS:
        yield place, f"must be a text of at most {MAX_CHARACTERS} characters"
        return
    yield from ((place, f"is no template: {text}") for text in engine.errors(document))


def compiled(document: str, _: object) -> Callable[[Any], Any]:
    """Compile a template. What it returns raises UnmappableError."""
    from sluice.mapping.liquid import engine

    return engine.compiled(document)
