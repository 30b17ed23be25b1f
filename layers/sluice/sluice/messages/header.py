"""The shape every message of ours has: one line of JSON that says what follows, a newline, the payload."""

import json
from dataclasses import fields
from typing import TYPE_CHECKING, Any

import orjson

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

VERSION = 1


class MalformedMessageError(ValueError):
    """A queue message that is not ours, or of a version that this code does not know."""


def render(header: "DataclassInstance", payload: str, omit: str = "") -> str:
    """`header` without its empty fields and the field `omit`, then the payload.

    The header is ASCII: what clients and vendors put into it may hold characters that SQS refuses.
    """
    known = {f.name: value for f in fields(header) if (value := getattr(header, f.name)) not in (None, "")}
    known.pop(omit, None)
    line = orjson.dumps({"v": VERSION, **known})
    if not line.isascii():
        line = json.dumps({"v": VERSION, **known}, separators=(",", ":")).encode()
    return line.decode() + "\n" + payload


def split(body: str) -> tuple[dict[str, Any], str]:
    """The header as a mapping without its version, and the payload."""
    line, _, payload = body.partition("\n")
    try:
        header = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        raise MalformedMessageError(f"the header is not JSON: {error}") from error
    if not isinstance(header, dict):
        raise MalformedMessageError("the header is not an object")
    version = header.pop("v", None)
    if version != VERSION:
        raise MalformedMessageError(f"version {version!r} of the message format is not known here")
    return header, payload


def construct[H](kind: type[H], header: dict[str, Any]) -> H:
    """A header of the given dataclass; fields of a later minor format are ignored."""
    names = {f.name for f in fields(kind)}  # type: ignore[arg-type]
    try:
        return kind(**{name: value for name, value in header.items() if name in names})
    except TypeError as error:
        raise MalformedMessageError(str(error)) from error
