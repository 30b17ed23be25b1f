"""PostHog: events and persons. https://posthog.com/docs/api/capture"""

import ipaddress
import re
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import orjson

from sluice.destinations.action import Action, Call, Payload, Preset
from sluice.destinations.addresses import problem_of
from sluice.destinations.derived_ids import derived_uuid
from sluice.destinations.destination import Destination, SegmentImport
from sluice.destinations.field import boolean, datetime, first, integer, obj, path, string
from sluice.destinations.http import Request, Response
from sluice.destinations.item import Batch, Endpoint, Item, json_array
from sluice.destinations.outcome import MESSAGE_REJECTED, Discarded, Misconfigured, Outcome, by_status
from sluice.destinations.payloads import picked
from sluice.destinations.settings import Secret, settings

#: Of the uuids that follow from messageIds.
_NAMESPACE = UUID("5f0c6b1e-7d0e-4a57-9f43-2f6d1c0f7a11")
#: PostHog takes 20 MB.
_MOST_BYTES = 15_000_000
_MOST = 500
#: Nearly all addresses are told by it, ten times as fast as by the library.
_BYTE = r"(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
_IPV4 = re.compile(rf"{_BYTE}(?:\.{_BYTE}){{3}}")


@settings
class Settings:
    """`api_key` is the project's. `endpoint` is `https://us.i.posthog.com`, `https://eu.i.posthog.com` or your own.

    `historical_migration` keeps events in order without alarming PostHog's spike detection. `geoip_disable` keeps it
    from looking up where people are.
    """

    api_key: Secret
    endpoint: str = "https://us.i.posthog.com"
    historical_migration: bool = False
    geoip_disable: bool = False

    def __post_init__(self) -> None:
        if problem := problem_of(self.endpoint):
            raise ValueError(f"endpoint {problem}")
        if self.endpoint.endswith("/"):
            raise ValueError("the endpoint must be https://host, without a slash at its end")


def _is_address(text: str) -> bool:
    """IPv6 too: PostHog takes both."""
    if _IPV4.fullmatch(text):
        return True
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


_SHARED = {
    "timestamp": datetime("The time of the event.", path("$.timestamp")),
    "ip_address": string("The location of the user.", path("$.context.ip"), nullable=True, accepts=_is_address),
}


#: PostHog's own names of what is no track, and the field that each of those needs.
_NAMED = {"page": "$pageview", "screen": "$screen"}
_NEEDED = {"page": "current_url", "screen": "screen_name"}


def event_items(payload: Payload, call: Call[Settings]) -> list[Item[Settings]] | Discarded:
    kind = payload["event_type"]
    lacks = _NEEDED.get(kind)
    if lacks is not None and lacks not in payload:
        return Discarded("FILTERED_AT_MAPPING", response=f"{lacks} is missing")
    properties = payload.get("properties", {}).copy()
    if kind == "page":
        properties["$current_url"] = payload["current_url"]
    elif kind == "screen":
        properties["$screen_name"] = payload["screen_name"]
    properties["distinct_id"] = payload["distinct_id"]
    properties["$process_person_profile"] = payload["anonymous_event_capture"]
    properties |= _about(payload, call.settings)
    sent = {"event": _NAMED.get(kind) or payload["event_name"]}
    if "timestamp" in payload:
        sent["timestamp"] = payload["timestamp"]
    sent["properties"] = properties
    sent["uuid"] = _uuid(call.message_id)
    return [Item(BATCHES, sent, max_items=max(1, payload.get("batch_size", _MOST)))]


def identify_items(payload: Payload, call: Call[Settings]) -> list[Item[Settings]]:
    sent = {
        "event": "$identify",
        "api_key": call.settings.api_key,
        "distinct_id": payload["distinct_id"],
        "properties": _merged(payload, call.event) | {"$set": payload["properties"]} | _about(payload, call.settings),
        **picked(payload, {"timestamp": "timestamp"}),
        "uuid": _uuid(call.message_id),
    }
    return [Item(SINGLE, sent)]


def _merged(payload: Payload, event: Mapping[str, Any]) -> dict[str, Any]:
    """Join what somebody did before the login: https://posthog.com/docs/data/identify"""
    anonymous_id = payload.get("anonymous_id")
    is_another = isinstance(event.get("userId"), str) and anonymous_id != payload["distinct_id"]
    return {"$anon_distinct_id": anonymous_id} if anonymous_id and is_another else {}


def _about(payload: Payload, settings: Settings) -> dict[str, Any]:
    """Return where the person is. Without an address PostHog would take that of the sender, which is our function."""
    about: dict[str, Any] = {"$ip": payload["ip_address"]} if payload.get("ip_address") else {"$geoip_disable": True}
    if settings.geoip_disable:
        about["$geoip_disable"] = True
    return about


def _uuid(message_id: str) -> str:
    """The same in every attempt: PostHog drops a repeat of event, time, person and uuid.

    https://posthog.com/docs/api/capture (deduplication)
    """
    return derived_uuid(_NAMESPACE, message_id)


def batch_request(batch: Batch[Settings]) -> Request:
    head = orjson.dumps({
        "api_key": batch.settings.api_key,
        "historical_migration": batch.settings.historical_migration,
    })  # fmt: skip
    body = json_array(batch, head[:-1] + b',"batch":', b"}")
    return Request(f"{batch.settings.endpoint}/batch/", body, headers={"content-type": "application/json"})


def single_request(batch: Batch[Settings]) -> Request:
    url = f"{batch.settings.endpoint}/i/v0/e/"
    return Request(url, batch.bodies[0], headers={"content-type": "application/json"})


def outcome(_: Batch[Settings], response: Response) -> Outcome:
    """PostHog says 200 and drops what exceeds a project's quota. Such events wait until someone raises it."""
    answer = response.json()
    limited = answer.get("quota_limited") if isinstance(answer, dict) else None
    if 200 <= response.status < 300 and isinstance(limited, list) and "events" in limited:
        return Misconfigured(MESSAGE_REJECTED, response.status, response.excerpt())
    return by_status(response)


BATCHES: Endpoint[Settings] = Endpoint(
    request=batch_request, max_items=_MOST, max_bytes=_MOST_BYTES, takes_gzip=True, outcomes=outcome
)
SINGLE: Endpoint[Settings] = Endpoint(request=single_request, outcomes=outcome)

EVENT = Action(
    id="event",
    title="Track Event",
    description="Send an event, a page view or a screen view.",
    trigger='type = "track"',
    fields={
        "event_type": string("The type of the event.", "track", required=True, choices=("track", "page", "screen")),
        "event_name": string("The event's name.", path("$.event"), required=True),
        "distinct_id": string("The id of the user.", first("$.userId", "$.anonymousId"), required=True),
        "properties": obj("The event's properties.", path("$.properties")),
        "current_url": string("The page's address; needed for a page.", path("$.context.page.url")),
        "screen_name": string("The screen's name; needed for a screen.", path("$.name")),
        "anonymous_event_capture": boolean(
            "True to let PostHog make a person of the user. Segment's own default is false.", False, required=True
        ),
        **_SHARED,
        "enable_batching": boolean("A field of Segment's. Here, events always travel together.", False),
        "batch_size": integer("Most events of one request.", _MOST, accepts=lambda size: size >= 1),
    },
    items=event_items,
)
IDENTIFY = Action(
    id="identify",
    title="Identify",
    description="Set properties of a person.",
    trigger='type = "identify"',
    fields={
        "distinct_id": string("The id of the user.", first("$.userId", "$.anonymousId"), required=True),
        "properties": obj("The person's properties.", path("$.traits"), required=True),
        "anonymous_id": string(
            "The anonymous id whose events become the user's. Null joins nothing.", path("$.anonymousId")
        ),
        **_SHARED,
    },
    items=identify_items,
)


def _settings(theirs: Mapping[str, Any], _: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    known = ("api_key", "endpoint", "historical_migration", "geoip_disable")
    return {name: theirs[name] for name in known if name in theirs}


destination = Destination(
    type="posthog",
    title="PostHog",
    description="Events, page and screen views, and properties of persons.",
    names=("PostHog", "Posthog", "Posthog (Actions)"),
    settings=Settings,
    actions=(EVENT, IDENTIFY),
    presets=(
        Preset(name="Track Event", action="event", trigger='type = "track"'),
        Preset(
            name="Page View",
            action="event",
            trigger='type = "page"',
            mapping={"event_type": "page", "event_name": "$pageview"},
        ),
        Preset(
            name="Screen View",
            action="event",
            trigger='type = "screen"',
            mapping={"event_type": "screen", "event_name": "$screenview"},
        ),
        Preset(name="Identify", action="identify", trigger='type = "identify"'),
    ),
    segment=SegmentImport(slugs=("posthog", "actions-posthog"), settings=_settings),
)
