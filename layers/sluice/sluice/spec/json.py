"""JSON as clients really send it.

Segment's three Python SDKs emit bare NaN and Infinity, and any client may escape half a surrogate pair. orjson
refuses both, so what it refuses is read once more by the standard library and then made strict.
"""

import json
import math
from typing import Any

import orjson

#: orjson's own bound for what it writes; a deeper document could be read but never be handed on.
MAX_DEPTH = 250
_INT64 = range(-(2**63), 2**64)


class InvalidJsonError(ValueError):
    """Not JSON, not UTF-8, or nested without sense."""


def parse(payload: bytes) -> Any:
    """The document, with nothing in it that strict JSON cannot say."""
    try:
        return orjson.loads(payload)
    except orjson.JSONDecodeError:
        pass
    try:
        return _strict(json.loads(payload.decode()), 0)
    except (ValueError, RecursionError) as error:
        raise InvalidJsonError(str(error)) from error


def _strict(value: Any, depth: int) -> Any:
    """NaN and Infinity become null, halves of surrogate pairs U+FFFD, integers beyond 64 bits floats."""
    if depth > MAX_DEPTH:
        raise InvalidJsonError(f"nested deeper than {MAX_DEPTH}")
    match value:
        case str():
            return value.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
        case bool():
            return value
        case float():
            return value if math.isfinite(value) else None
        case int():
            return value if value in _INT64 else _as_float(value)
        case dict():
            return {_strict(key, depth): _strict(item, depth + 1) for key, item in value.items()}
        case list():
            return [_strict(item, depth + 1) for item in value]
    return value


def _as_float(value: int) -> float | None:
    try:
        return float(value)
    except OverflowError:
        return None
