"""JSON as clients really send it.

Segment's three Python SDKs emit bare NaN and Infinity, and any client may escape half a surrogate pair. orjson
refuses both, so what it refuses is read once more, with forgiveness, and then made strict.
"""

import json
import math
from typing import Any

import orjson

from sluice.spec import lenient_json

#: Levels of a document that orjson refused: what it would write is bounded too, at 254.
MAX_DEPTH = 250
#: Levels of an event. Destinations put some around it or parts of it into something else, and must be able to.
MAX_EVENT_DEPTH = 200
_AROUND = 254 - MAX_EVENT_DEPTH
_INT64 = range(-(2**63), 2**64)


class InvalidJsonError(ValueError):
    """Not JSON even with forgiveness, or nested without sense."""


def parse(payload: bytes) -> Any:
    """The document, with nothing in it that strict JSON cannot say."""
    try:
        return orjson.loads(payload)
    except orjson.JSONDecodeError:
        pass
    try:
        return _strict(lenient_json.read(payload), 0)
    except (ValueError, RecursionError) as error:
        raise InvalidJsonError(str(error)) from error


def digits_at(payload: bytes, name: str) -> str | None:
    """Return the integer at `name` of a JSON object as its digits are written, however many there are."""
    try:
        document = lenient_json.read(payload, json.JSONDecoder(strict=False, parse_int=lambda digits: f"\0{digits}"))
    except (ValueError, RecursionError):
        return None
    value = document.get(name) if isinstance(document, dict) else None
    return value[1:] if isinstance(value, str) and value.startswith("\0") else None


def write_event(event: dict[str, Any]) -> bytes:
    """Its JSON. Raises InvalidJsonError where it is nested deeper than `MAX_EVENT_DEPTH`."""
    try:
        text = orjson.dumps(event)
        if text.count(b"{") + text.count(b"[") > MAX_EVENT_DEPTH:  # only then can it be that deep
            orjson.dumps(_nested(event, _AROUND))
    except orjson.JSONEncodeError as error:
        raise InvalidJsonError(str(error)) from error
    return text


def _nested(value: Any, levels: int) -> Any:
    for _ in range(levels):
        value = [value]
    return value


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
