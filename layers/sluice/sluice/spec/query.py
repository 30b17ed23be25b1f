"""Events that arrive as a query string: image pixels in e-mails, and links.

https://segment.com/docs/connections/sources/catalog/libraries/server/pixel-tracking-api/
https://segment.com/docs/connections/sources/catalog/libraries/website/javascript/querystring/
"""

import base64
import re
from collections.abc import Sequence
from typing import Any
from urllib.parse import parse_qsl

from sluice.spec.json import InvalidJsonError, parse

#: Parameters of one request that are read; a client that sends more is not one of ours.
_MAX_PARAMETERS = 1000
_MAX_PATH_DEPTH = 20
#: What an e-mail tool that escapes twice leaves before a name.
_ENTITY = re.compile(r"(?:amp;)+")
#: Bytes that were not UTF-8, as Python keeps them.
_ESCAPED = re.compile("[\udc80-\udcff]")
_NOT_BASE64 = re.compile(r"[^A-Za-z0-9+/]")
#: A write key in JSON that cannot be read.
_WRITE_KEY = re.compile(rb'"writeKey"\s*:\s*"([A-Za-z0-9_.-]{1,100})"')


class InvalidQueryError(ValueError):
    """A query string that cannot be read."""


def parameters(raw_query: str) -> dict[str, str]:
    """Return the decoded parameters, the first of each name. Raises InvalidQueryError."""
    found: dict[str, str] = {}
    for name, value in pairs(raw_query):
        found.setdefault(name, value)
    return found


def pairs(raw_query: str) -> list[tuple[str, str]]:
    """Return the decoded names and values in their order.

    `+` is a space, a malformed `%` stays as it is, and bytes that are not UTF-8 are Latin-1. `&amp;` between two
    parameters is read as `&`. Raises InvalidQueryError.
    """
    try:
        found = parse_qsl(raw_query, keep_blank_values=True, max_num_fields=_MAX_PARAMETERS, errors="surrogateescape")
    except ValueError as error:
        raise InvalidQueryError(str(error)) from error
    return [(_without_entity(_readable(name)), _readable(value)) for name, value in found]


def _without_entity(name: str) -> str:
    match = _ENTITY.match(name)
    return name[match.end() :] if match else name


def _readable(text: str) -> str:
    """Return a text whose bytes that were not UTF-8 are escaped as halves of surrogate pairs, read as Latin-1."""
    if text.isascii() or not _ESCAPED.search(text):
        return text
    try:
        return text.encode("utf-8", "surrogateescape").decode("latin-1")
    except UnicodeEncodeError:  # other halves, which stood in the query as they are
        return text


def pixel_event(raw_query: str) -> dict[str, Any]:
    """The event of a pixel: `data` is base64 of its JSON, or else dotted names spell it out.

    Raises InvalidQueryError.
    """
    given = parameters(raw_query)
    event = _decoded(given.pop("data")) if "data" in given else {}
    for name, value in given.items():
        set_at(event, name.split(".", _MAX_PATH_DEPTH), value)
    return event


def link_events(raw_query: str) -> list[dict[str, Any]]:
    """Return the calls of a link's `ajs_*`: an identify if it has `ajs_uid`, then a track if it has `ajs_event`.

    The visitor's page is the link's own, with its query and its campaign.
    """
    given = parameters(raw_query)
    ids = {"anonymousId": given.get("ajs_aid"), "userId": given.get("ajs_uid")}
    context: dict[str, Any] = {"page": {"search": "?" + raw_query}} if raw_query else {}
    if campaign := _campaign(given):
        context["campaign"] = campaign
    events: list[dict[str, Any]] = []
    if given.get("ajs_uid"):
        events.append({"type": "identify", **ids, "traits": _prefixed(given, "ajs_trait_"), "context": context})
    if given.get("ajs_event"):
        properties = _prefixed(given, "ajs_prop_")
        events.append(
            {"type": "track", **ids, "event": given["ajs_event"], "properties": properties, "context": context}
        )
    return events


def _campaign(given: dict[str, str]) -> dict[str, str]:
    """Return the campaign as analytics.js has it: `utm_campaign` is the campaign's name, the others keep theirs."""
    found = _prefixed(given, "utm_")
    return {"name" if name == "campaign" else name: value for name, value in found.items()}


def _prefixed(given: dict[str, str], prefix: str) -> dict[str, str]:
    return {name[len(prefix) :]: value for name, value in given.items() if name.startswith(prefix)}


def write_key_within(raw_query: str) -> str | None:
    """Return the write key that the `data` of a pixel names, also where the rest of it cannot be read."""
    try:
        match = _WRITE_KEY.search(_unpacked(parameters(raw_query).get("data", ""), validate=False))
    except (InvalidQueryError, ValueError):
        return None
    return match[1].decode() if match else None


def _decoded(data: str) -> dict[str, Any]:
    """Return the event in `data`. Raises InvalidQueryError."""
    try:
        payload = _unpacked(data, validate=True)
        document = parse(payload if _is_utf8(payload) else payload.decode("latin-1").encode())
    except (ValueError, InvalidJsonError) as error:
        raise InvalidQueryError(f"data: {error}") from error
    if not isinstance(document, dict):
        raise InvalidQueryError("data: not an object")
    return document


def _unpacked(data: str, *, validate: bool) -> bytes:
    """Decode base64: the standard or the URL-safe alphabet, padded or not, `+` that arrived as a space.

    Raises ValueError; without `validate` only for what is not ASCII, and a rest that is no whole byte is left out.
    """
    text = data.replace(" ", "+").replace("-", "+").replace("_", "/").rstrip("=")
    if not validate:
        text = _NOT_BASE64.sub("", text)
        text = text[: len(text) - (len(text) % 4 == 1)]
    return base64.b64decode(text + "=" * (-len(text) % 4), validate=validate)


def _is_utf8(payload: bytes) -> bool:
    try:
        payload.decode()
    except UnicodeDecodeError:
        return False
    return True


def set_at(event: dict[str, Any], path: Sequence[str], value: Any) -> None:
    """Set `value` at the dotted `path`; what stands in the way of a longer path gives way."""
    at = event
    for name in path[:-1]:
        below = at.get(name)
        if not isinstance(below, dict):
            below = at[name] = {}
        at = below
    at[path[-1]] = value
