"""The exact text of each event of a batch, for the archive of rejected events.

A batch is parsed whole, which is fast and forgets where each event stood. Only when one is rejected is the
text walked again.
"""

import re
from json import JSONDecoder

_DECODER = JSONDecoder(strict=False)
_SPACE = re.compile(r"[ \t\n\r]*")


def batch_slices(text: str) -> list[str]:
    """The source text of the elements of the top-level `batch` array, the last one if the key repeats.

    Expects a document that has been parsed before; returns [] where it is not an object with such an array.
    """
    slices: list[str] = []
    position = _skip(text, 0)
    if text[position : position + 1] != "{":
        return slices
    position = _skip(text, position + 1)
    while text[position : position + 1] == '"':
        key, position = _DECODER.raw_decode(text, position)
        position = _skip(text, _skip(text, position) + 1)
        if key == "batch" and text[position : position + 1] == "[":
            slices, position = _elements(text, position)
        else:
            _, position = _DECODER.raw_decode(text, position)
        position = _skip(text, position)
        if text[position : position + 1] == ",":
            position = _skip(text, position + 1)
    return slices


def _elements(text: str, position: int) -> tuple[list[str], int]:
    found: list[str] = []
    position = _skip(text, position + 1)
    while text[position : position + 1] != "]":
        _, end = _DECODER.raw_decode(text, position)
        found.append(text[position:end])
        position = _skip(text, end)
        if text[position : position + 1] == ",":
            position = _skip(text, position + 1)
    return found, position + 1


def _skip(text: str, position: int) -> int:
    match = _SPACE.match(text, position)
    return match.end() if match else position
