"""Webhook: each event to an address of yours, as it is or as you map it.

https://segment.com/docs/connections/destinations/catalog/actions-webhook/
"""

import hashlib
import hmac
import re
from collections.abc import Mapping, Sequence
from dataclasses import field
from typing import Any

import orjson

from sluice.destinations.action import Action, Call, Payload, Preset
from sluice.destinations.addresses import problem_of
from sluice.destinations.destination import Destination, SegmentImport
from sluice.destinations.field import boolean, integer, obj, path, string
from sluice.destinations.http import Request
from sluice.destinations.item import Batch, Endpoint, Item, json_array
from sluice.destinations.outcome import Discarded
from sluice.destinations.settings import Secret, is_reference, settings
from sluice.javascript.numbers import text_of

#: Headers that say how long a message is or where it goes are the HTTP client's to say.
_CLIENTS_OWN = frozenset({"host", "content-length", "transfer-encoding", "connection"})
_MOST_PER_REQUEST = 4000
#: RFC 9110, 5.6.2 and 5.5.
_HEADER, _HEADER_VALUE = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"), re.compile(r"[\t\x20-\x7e]*")


@settings
class Settings:
    """`url` takes the events by POST. `shared_secret` signs them. `headers` are sent along, an API key for example."""

    url: str
    shared_secret: Secret | None = None
    headers: dict[str, str] = field(default_factory=dict, repr=False)
    timeout: float = 10.0

    def __post_init__(self) -> None:
        if not is_reference(self.url) and (problem := problem_of(self.url)):
            raise ValueError(problem)
        if problem := _problem_of_headers(self.headers):
            raise ValueError(problem)
        if not 1 <= self.timeout <= 30:
            raise ValueError("the timeout must be from 1 to 30 seconds")


def _problem_of_headers(headers: Mapping[str, str]) -> str | None:
    for name, value in headers.items():
        if not _HEADER.fullmatch(name) or not _HEADER_VALUE.fullmatch(value):
            return f"the header {name!r} cannot be sent: RFC 9110 has visible ASCII alone"
    return None


def items(payload: Payload, call: Call[Settings]) -> list[Item[Settings]] | Discarded:
    """The event's own bytes if nothing is mapped; one request for several events if `enable_batching` says so."""
    url = payload.get("url") or call.settings.url
    if problem := problem_of(url):
        return Discarded("INVALID_SETTINGS", response=f"url {problem}")
    if "data" not in payload:
        return Discarded("FILTERED_AT_MAPPING", response="data is missing")
    data = payload["data"]
    body = call.text if data is call.event else orjson.dumps(data)
    headers = {name: text_of(value) for name, value in payload.get("headers", {}).items() if value is not None}
    if problem := _problem_of_headers(headers):
        return Discarded("INVALID_SETTINGS", response=problem)
    is_batched = payload.get("enable_batching", False)
    most = min(payload.get("batch_size", 1000), _MOST_PER_REQUEST) if is_batched else 1
    key = (url, payload.get("method", "POST"), tuple(headers.items()), None if is_batched else call.message_id)
    return [Item(ENDPOINT, body, key, most)]


def request(batch: Batch[Settings]) -> Request:
    """The bytes, signed as they are.

    `X-Sluice-Signature` is `sha256=` and the hex HMAC of the body; `X-Signature` is Segment's, the same with SHA-1.
    `Idempotency-Key` is the same in every attempt (draft-ietf-httpapi-idempotency-key-header); a batch has none,
    because an attempt later it may hold other events.
    """
    url, method, mapped, message_id = batch.key
    body = json_array(batch) if message_id is None else batch.bodies[0]
    headers = {"content-type": "application/json", "user-agent": "Sluice"}
    if message_id:
        headers["idempotency-key"] = _in_a_header(message_id)
    for name, value in (*batch.settings.headers.items(), *mapped):
        if name.lower() not in _CLIENTS_OWN:
            headers[name.lower()] = value
    if batch.settings.shared_secret:
        secret = batch.settings.shared_secret.encode()
        headers["x-sluice-signature"] = "sha256=" + hmac.digest(secret, body, "sha256").hex()
        headers["x-signature"] = hmac.digest(secret, body, "sha1").hex()
    return Request(url, body, method=method, headers=headers, timeout=batch.settings.timeout)


def _in_a_header(message_id: str) -> str:
    """A text of RFC 9651: quoted, and ASCII that can be seen; an id of other characters by its digest."""
    plain = message_id.isascii() and message_id.isprintable() and not set(message_id) & {'"', "\\"}
    return f'"{message_id if plain else hashlib.sha256(message_id.encode("utf-8", "surrogatepass")).hexdigest()}"'


ENDPOINT: Endpoint[Settings] = Endpoint(request=request, max_items=_MOST_PER_REQUEST, max_bytes=4_000_000)

SEND = Action(
    id="send",
    title="Send",
    description="Send each event to an address.",
    trigger='type = "track" or type = "page" or type = "screen" or type = "identify" or type = "group" '
    'or type = "alias"',
    fields={
        "url": string("The address to send to, instead of the setting `url`.", required_if_mapped=True),
        "method": string("The HTTP method.", "POST", choices=("POST", "PUT", "PATCH")),
        "headers": obj("Headers to send along, over those of the settings."),
        "data": obj("The body to send. The default is the event's own bytes.", path("$.")),
        "enable_batching": boolean("True to send several events as one JSON array.", False),
        "batch_size": integer("Most events of one array, up to 4,000.", 1000, accepts=lambda size: size >= 1),
    },
    items=items,
)


def _settings(theirs: Mapping[str, Any], subscriptions: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Segment keeps address and headers in each mapping; its classic webhooks have them in their settings."""
    given = [each["mapping"] or {} for each in subscriptions] + _hooks(theirs)
    url = next((each["url"] for each in given if isinstance(each.get("url"), str) and each["url"]), "")
    headers = next((found for each in given if (found := _constants(each.get("headers")))), {})
    secret = theirs.get("sharedSecret")
    return {"url": url, **({"headers": headers} if headers else {}), **({"shared_secret": secret} if secret else {})}


def _apart(theirs: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    """Return the settings of each address of classic webhooks, which have up to five."""
    secret = theirs.get("sharedSecret")
    return [{"hooks": [each], "sharedSecret": secret} for each in _hooks(theirs)] or [theirs]


def _hooks(theirs: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the addresses of classic webhooks with their headers. They are texts there, or objects."""
    found: list[dict[str, Any]] = []
    for name in ("hooks", "globalHook"):
        each = theirs.get(name)
        for hook in each if isinstance(each, list) else [each]:
            of_hook = hook if isinstance(hook, dict) else {"url": hook}
            url, headers = of_hook.get("hook") or of_hook.get("url"), of_hook.get("headers")
            if isinstance(headers, list):
                headers = {str(one.get("key")): one.get("value") for one in headers if isinstance(one, dict)}
            if isinstance(url, str) and url:
                found.append({"url": url, "headers": headers})
    return found


def _constants(headers: Any) -> dict[str, str]:
    """Return the headers that are the same for every event."""
    if not isinstance(headers, dict):
        return {}
    return {name: each for name, each in headers.items() if isinstance(each, str) and not name.startswith("@")}


destination = Destination(
    type="webhook",
    title="Webhook",
    description="Each event to an address of yours.",
    names=("Webhook", "Webhooks", "Webhooks (Actions)"),
    settings=Settings,
    actions=(SEND,),
    presets=(Preset(name="All events", action="send", trigger=SEND.trigger),),
    segment=SegmentImport(
        slugs=("webhooks", "webhook", "actions-webhook"), settings=_settings, private=("url", "headers"), apart=_apart
    ),
)
