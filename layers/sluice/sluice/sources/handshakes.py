"""Handshakes that several vendors have in common."""

from typing import Any

import orjson

from sluice.mapping.values import getter
from sluice.sources.hook import OK, Answer, Handshake, Hook


def tried_by(path: str, *values: str) -> Handshake:
    """Return a handshake for vendors that try a hook with a document that has one of `values` at `path`."""
    find = getter(path)

    def handshake(hook: Hook) -> Answer | None:
        return OK if find(document(hook)) in values else None

    return handshake


def document(hook: Hook) -> Any:
    """Return the document in JSON that a hook brings, None for another body."""
    try:
        return orjson.loads(hook.body)
    except orjson.JSONDecodeError:
        return None
