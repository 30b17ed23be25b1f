"""Split a hook's payload into items, each of which becomes an event.

What a vendor sends as a list may also come as one item, as a recovery sends it, and the other way round.
"""

import re
from collections.abc import Sequence
from typing import Any, Protocol
from urllib.parse import parse_qsl

from sluice.mapping.values import NOTHING, getter
from sluice.spec.json import InvalidJsonError, parse

#: Names of a form, and brackets within a name.
_MOST_FIELDS, _MOST_LEVELS = 1000, 8
_BRACKETS = re.compile(r"\[([^\]]*)\]")


class Split(Protocol):
    """A way to find the items of a payload."""

    def __call__(self, payload: bytes, /) -> Sequence[Any]:
        """Return the items. Raises InvalidJsonError."""
        ...


def json_items(payload: bytes) -> Sequence[Any]:
    """Return the items of a JSON list, or the one that the payload is."""
    return _listed(parse(payload))


def json_lines(payload: bytes) -> Sequence[Any]:
    """Return the items of lines of JSON; also those of a list or an object, where the vendor can send either."""
    text = payload.strip()
    if text.startswith(b"["):
        return json_items(text)
    try:
        return [parse(line) for line in text.split(b"\n") if line.strip()]
    except InvalidJsonError:
        return json_items(text)


def form(payload: bytes) -> Sequence[Any]:
    """Return a form as one item: `data[merges][FNAME]=Jo` is below `data` and `merges`. A repeated name is a list."""
    if _is_json(payload):
        return json_items(payload)
    item: dict[str, Any] = {}
    for name, value in _fields(payload):
        _put(item, name, value)
    return [item]


def form_field(name: str) -> Split:
    """Return a split of a form whose field `name` is a JSON list."""

    def split(payload: bytes) -> Sequence[Any]:
        if _is_json(payload):
            return json_items(payload)
        value = next((each for key, each in _fields(payload) if key == name), None)
        if value is None:
            raise InvalidJsonError(f"no field {name}")
        return json_items(value.encode("utf-8", "surrogatepass"))

    return split


def at(path: str) -> Split:
    """Return a split of a JSON document whose items are at `path`."""
    find = getter(path)

    def split(payload: bytes) -> Sequence[Any]:
        document = parse(payload)
        found = find(document)
        return [document] if found is NOTHING else _listed(found)

    return split


def _listed(document: Any) -> Sequence[Any]:
    return document if isinstance(document, list) else [document]


def _is_json(payload: bytes) -> bool:
    return payload.lstrip()[:1] in (b"{", b"[")


def _fields(payload: bytes) -> Sequence[tuple[str, str]]:
    try:
        return parse_qsl(payload.decode(), keep_blank_values=True, max_num_fields=_MOST_FIELDS, errors="replace")
    except ValueError as error:
        raise InvalidJsonError("not a form") from error


def _put(item: dict[str, Any], name: str, value: str) -> None:
    head, _, _ = name.partition("[")
    keys = [head, *_BRACKETS.findall(name[len(head) :])]
    if len(keys) > _MOST_LEVELS:
        raise InvalidJsonError(f"a name with more than {_MOST_LEVELS} levels")
    place = item
    for key in keys[:-1]:
        inner = place.setdefault(key, {})
        if not isinstance(inner, dict):
            inner = place[key] = {"": inner}
        place = inner
    last = keys[-1]
    before = place.get(last)
    if last not in place:
        place[last] = value
    elif isinstance(before, list):
        before.append(value)
    else:
        place[last] = [before, value]
