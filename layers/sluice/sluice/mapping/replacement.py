"""`@replace`: up to two texts in a text replaced by others."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from sluice.javascript.numbers import text_of
from sluice.mapping.values import NOTHING, given

#: Segment's limits of a pattern and of what replaces it.
MAX_CHARACTERS = 10

type Place = tuple[str | int, ...]

_TEXTS = ("pattern", "replacement", "pattern2", "replacement2")
_FLAGS = ("ignorecase", "global")
#: What JavaScript fills in: a dollar, the text that was found, what is before it and what is behind.
_DOLLARS = re.compile(r"\$([$&`'])")


def errors(
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
    if (source := given(document, "value")) is NOTHING:
        return lambda _: NOTHING
    value = compile(source)
    flags = re.IGNORECASE if document.get("ignorecase") else re.NOFLAG
    count = 0 if document.get("global") in (None, True) else 1
    pairs = [
        (re.compile(re.escape(document[pattern]), flags), _replacement(document.get(replacement) or ""))
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
            text = pattern.sub(replacement, text, count=count)
        return text

    return replaced


def _replacement(text: str) -> Callable[[re.Match[str]], str]:
    if not _DOLLARS.search(text):
        return lambda _: text

    def filled(found: re.Match[str]) -> str:
        parts = {
            "$": "$",
            "&": found[0],
            "`": found.string[: found.start()],
            "'": found.string[found.end() :],
        }
        return _DOLLARS.sub(lambda dollar: parts[dollar[1]], text)

    return filled
