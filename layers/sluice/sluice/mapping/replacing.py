"""`@replace`: up to two texts in a text replaced by others."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from sluice.spec.javascript import text_of

#: Segment's limits of a pattern and of what replaces it.
MAX_CHARACTERS = 10

type Place = tuple[str | int, ...]

_TEXTS = ("pattern", "replacement", "pattern2", "replacement2")
_FLAGS = ("ignorecase", "global")


def mistakes(
    document: Any, place: Place, inner: Callable[[Any, Place], Iterator[tuple[Place, str]]]
) -> Iterator[tuple[Place, str]]:
    if not isinstance(document, dict) or not document.get("pattern") or "value" not in document:
        yield place, "must be an object with pattern and value"
        return
    for name, each in document.items():
        if name in _TEXTS:
            if each is not None and not (isinstance(each, str) and len(each) <= MAX_CHARACTERS):
                yield (*place, name), f"must be a text of at most {MAX_CHARACTERS} characters"
        elif name in _FLAGS:
            if each is not None and not isinstance(each, bool):
                yield (*place, name), "must be true or false"
        elif name == "value":
            yield from inner(each, (*place, name))
        else:
            yield (*place, name), "no such field here"


def compiled(document: Mapping[str, Any], compile: Callable[[Any], Callable[[Any], Any]]) -> Callable[[Any], Any]:  # noqa: A002
    """Numbers and booleans count as texts; of anything else comes an empty text."""
    value = compile(document["value"])
    flags = re.IGNORECASE if document.get("ignorecase") else re.NOFLAG
    count = 0 if document.get("global") in (None, True) else 1
    pairs = [
        (re.compile(re.escape(document[pattern]), flags), document.get(replacement) or "")
        for pattern, replacement in (("pattern", "replacement"), ("pattern2", "replacement2"))
        if document.get(pattern)
    ]

    def replaced(event: Any) -> str:
        text = value(event)
        if isinstance(text, bool | int | float):
            text = text_of(text)
        if not isinstance(text, str):
            return ""
        for pattern, replacement in pairs:
            text = pattern.sub(lambda _, by=replacement: by, text, count=count)  # type: ignore[misc]
        return text

    return replaced
