"""JSON with the slips of real clients, so that one bad byte costs no event its place in the archive.

Forgiven are bytes that are not UTF-8, a byte order mark, raw control characters, NULs around and between values, a
comma before a closing bracket, and a second batch behind the first.
"""

import json
import re
from collections.abc import Iterator
from typing import Any

#: What may stand around a document.
_AROUND = "\0 \t\r\n\ufeff"
#: A string, which is left as it is, or what is left out between values: NULs, and a comma before another or a bracket.
_SLIP = re.compile(r'("(?:[^"\\]|\\.)*+(?:"|\\?\Z))|\0+|,(?=[\s\0]*[\]},])', re.DOTALL)
#: A text of which this share is NULs is UTF-16 or UTF-32.
_WIDE = 0.25
#: Documents in one body.
_MAX_DOCUMENTS = 100
#: What an event of a later batch takes from it.
_SHARED = ("context", "integrations", "sentAt", "writeKey")


def read(payload: bytes, decoder: json.JSONDecoder | None = None) -> Any:
    """Return the document. Raises ValueError or RecursionError for what is not JSON even so."""
    text = text_of(payload).strip(_AROUND)
    decoder = decoder or json.JSONDecoder(strict=False)
    try:
        return decoder.decode(text)
    except ValueError:
        repaired = _SLIP.sub(lambda slip: slip[1] or "", text)
    return _joined(list(_documents(repaired, decoder)))


def text_of(payload: bytes) -> str:
    """Return the payload as text; bytes that are not UTF-8 become U+FFFD."""
    is_wide = payload.count(0) > _WIDE * len(payload) or payload.startswith((b"\xff\xfe", b"\xfe\xff"))
    return payload.decode(json.detect_encoding(payload) if is_wide else "utf-8", "replace")


def _documents(text: str, decoder: json.JSONDecoder) -> Iterator[Any]:
    position = 0
    for _ in range(_MAX_DOCUMENTS):
        document, position = decoder.raw_decode(text, position)
        yield document
        position = len(text) - len(text[position:].lstrip(_AROUND))
        if position == len(text):
            return
    raise ValueError("too many documents")


def _joined(documents: list[Any]) -> Any:
    """Return one document, or one batch of several. Raises ValueError where they are no batches."""
    first, *others = documents
    if not others:
        return first
    if not all(isinstance(each, dict) and isinstance(each.get("batch"), list) for each in documents):
        raise ValueError("more than one document")
    events = [_with_shared(event, batch) for batch in others for event in batch["batch"]]
    return {**first, "batch": [*first["batch"], *events]}


def _with_shared(event: Any, batch: dict[str, Any]) -> Any:
    if not isinstance(event, dict):
        return event
    return {**{name: batch[name] for name in _SHARED if name in batch}, **event}
