"""`@liquid`: Shopify's templates, by python-liquid, without what could run long or read elsewhere.

Segment takes up to 1,000 characters and half a second. Here no tag repeats anything, and what a template assigns and
prints is bounded, so that its work is bounded by its length. https://jg-rp.github.io/liquid/
"""

from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

#: Segment's limit of a template.
MAX_CHARACTERS = 1000
_MAX_OUTPUT_BYTES = 100_000
_MAX_ASSIGNED_BYTES = 1_000_000
#: Those that Segment leaves out, and those that could read files or repeat.
_TAGS = ("case", "for", "include", "layout", "render", "tablerow", "extends", "block", "macro", "call", "cycle")
_FILTERS = (
    "concat", "find", "find_index", "has", "map", "newline_to_br", "reject", "reverse", "sort", "sort_natural",
    "sort_numeric", "sum", "uniq", "where",
)  # fmt: skip

type Place = tuple[str | int, ...]


def mistakes(document: Any, place: Place, _: object) -> Iterator[tuple[Place, str]]:
    from liquid.exceptions import LiquidError

    if not isinstance(document, str) or len(document) > MAX_CHARACTERS:
        yield place, f"must be a text of at most {MAX_CHARACTERS} characters"
        return
    try:
        used = _environment().from_string(document).analyze().filters
    except LiquidError as error:
        yield place, f"is no template: {error.message}"
        return
    for name in used:
        if name not in _environment().filters:
            yield place, f"is no template: there is no filter {name!r}"


def compiled(document: str, _: object) -> Callable[[Any], Any]:
    """Raises at run time what python-liquid raises; the kit makes an outcome of it."""
    template = _environment().from_string(document)
    return lambda event: template.render(**_whole_numbers(event)) if isinstance(event, dict) else template.render()


@cache
def _environment() -> Any:
    from liquid import Environment

    class Bounded(Environment):
        output_stream_limit = _MAX_OUTPUT_BYTES
        local_namespace_limit = _MAX_ASSIGNED_BYTES
        loop_iteration_limit = 1

    environment = Bounded()
    for tag in _TAGS:
        environment.tags.pop(tag, None)
    for name in _FILTERS:
        environment.filters.pop(name, None)
    return environment


def _whole_numbers(value: Any) -> Any:
    """JavaScript prints 12.0 as 12."""
    if isinstance(value, dict):
        return {name: _whole_numbers(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_whole_numbers(each) for each in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value
