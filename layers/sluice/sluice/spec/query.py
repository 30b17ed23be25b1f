"""Events that arrive as a query string: image pixels in e-mails, and links.

https://segment.com/docs/connections/sources/catalog/libraries/server/pixel-tracking-api/
https://segment.com/docs/connections/sources/catalog/libraries/website/javascript/querystring/
"""

import base64
import binascii
from collections.abc import Sequence
from typing import Any
from urllib.parse import parse_qsl

from sluice.spec.json import InvalidJsonError, parse

#: Parameters of one request that are read; a client that sends more is not one of ours.
_MAX_PARAMETERS = 1000
_MAX_PATH_DEPTH = 20


class InvalidQueryError(ValueError):
    """A query string that cannot be read."""


def parameters(raw_query: str) -> dict[str, str]:
    """Decoded parameters, the first of each name; `+` is a space and a malformed `%` stays as it is."""
    try:
        pairs = parse_qsl(raw_query, keep_blank_values=True, max_num_fields=_MAX_PARAMETERS)
    except ValueError as error:
        raise InvalidQueryError(str(error)) from error
    found: dict[str, str] = {}
    for name, value in pairs:
        found.setdefault(name, value)
    return found


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


def _decoded(data: str) -> dict[str, Any]:
    """Standard or URL-safe alphabet, padded or not, `+` that arrived as a space."""
    text = data.replace(" ", "+").replace("-", "+").replace("_", "/").rstrip("=")
    try:
        document = parse(base64.b64decode(text + "=" * (-len(text) % 4), validate=True))
    except (binascii.Error, ValueError, InvalidJsonError) as error:
        raise InvalidQueryError(f"data: {error}") from error
    if not isinstance(document, dict):
        raise InvalidQueryError("data: not an object")
    return document


def set_at(event: dict[str, Any], path: Sequence[str], value: Any) -> None:
    """Set `value` at the dotted `path`; what stands in the way of a longer path gives way."""
    at = event
    for name in path[:-1]:
        below = at.get(name)
        if not isinstance(below, dict):
            below = at[name] = {}
        at = below
    at[path[-1]] = value
