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
from sluice.destinations.settings import Secret, settings
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
        if problem := problem_of(self.url):
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
        headers["x-sluice-signature"] = "sha256=" + hmac.new(secret, body, hashlib.sha256).hexdigest()
        headers["x-signature"] = hmac.new(secret, body, hashlib.sha1).hexdigest()
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
    """Segment keeps the address in each mapping."""
    url = next((each["mapping"]["url"] for each in subscriptions if (each["mapping"] or {}).get("url")), "")
    secret = theirs.get("sharedSecret")
    return {"url": url, **({"shared_secret": secret} if secret else {})}


destination = Destination(
    type="webhook",
    title="Webhook",
    description="Each event to an address of yours.",
    names=("Webhook", "Webhooks", "Webhooks (Actions)"),
    settings=Settings,
    actions=(SEND,),
    presets=(Preset(name="All events", action="send", trigger=SEND.trigger),),
    segment=SegmentImport(slugs=("webhook", "actions-webhook"), settings=_settings),
)
