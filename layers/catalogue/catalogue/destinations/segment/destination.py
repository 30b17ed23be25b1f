"""Segment: to anything that speaks Segment's HTTP API, this project's own deployments among them.

https://segment.com/docs/connections/sources/catalog/libraries/server/http-api/
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sluice.destinations.action import Action, Call, Payload, Preset
from sluice.destinations.addresses import problem_of
from sluice.destinations.destination import Destination, SegmentImport
from sluice.destinations.field import Field, boolean, number, obj, path, string
from sluice.destinations.http import Request
from sluice.destinations.item import Batch, Endpoint, Item, json_array
from sluice.destinations.outcome import Discarded
from sluice.destinations.payloads import basic, omitted, picked
from sluice.destinations.settings import Secret, settings

#: A batch of Segment's API is 500 KB at most, and an event 32 KB.
_MOST_BYTES, _MOST = 480_000, 1000
#: What the receiver says of an event by itself.
_RECEIVERS_OWN = ("receivedAt", "sentAt", "originalTimestamp", "version", "channel", "_metadata")


@settings
class Settings:
    """`write_key` is that of the source there. `endpoint` is where its API is: Segment's own in North America if left
    out, `https://events.eu1.segmentapis.com/v1` for Europe, or `https://your.host/v1`.
    """

    write_key: Secret
    endpoint: str = "https://api.segment.io/v1"

    def __post_init__(self) -> None:
        if problem := problem_of(self.endpoint):
            raise ValueError(f"endpoint {problem}")
        if self.endpoint.endswith("/"):
            raise ValueError("the endpoint must be https://host/v1, without a slash at its end")


def request(batch: Batch[Settings]) -> Request:
    headers = {"content-type": "application/json", "authorization": basic(batch.settings.write_key)}
    body = json_array(batch, b'{"batch":', b"}")
    return Request(f"{batch.settings.endpoint}/batch", body, headers=headers)


BATCHES: Endpoint[Settings] = Endpoint(request=request, max_items=_MOST, max_bytes=_MOST_BYTES, takes_gzip=True)


def forwarded(payload: Payload, _: Call[Settings]) -> list[Item[Settings]]:
    """Return the event without the fields that the receiver sets. `timestamp` is corrected and must stay."""
    return [Item(BATCHES, omitted(payload["event"], _RECEIVERS_OWN))]


def _dictionary(about: str, **properties: Field) -> Field:
    return obj(about, properties=properties)


def _texts(*names: str) -> dict[str, Field]:
    return {name: string(f"The {name.replace('_', ' ')}.") for name in names}


_SHARED: dict[str, Field] = {
    "user_id": string("The id of the user. This or `anonymous_id` is needed."),
    "anonymous_id": string("The anonymous id of the user."),
    "timestamp": string("The time of the event, ISO 8601."),
    "application": _dictionary("The app.", **_texts("name", "version", "build", "namespace")),
    "campaign_parameters": _dictionary("The campaign.", **_texts("name", "source", "medium", "term", "content")),
    "device": _dictionary(
        "The device.",
        adTracking_Enabled=boolean("True if the device allows advertising to track it."),
        **_texts("id", "advertising_id", "manufacturer", "model", "name", "type", "token"),
    ),
    "ip_address": string("The user's address."),
    "locale": string("The user's locale, `en-US`."),
    "location": _dictionary(
        "The location of the user.",
        latitude=number("The latitude."),
        longitude=number("The longitude."),
        speed=number("The speed."),
        **_texts("city", "country"),
    ),
    "network": _dictionary(
        "The connection.",
        bluetooth=boolean("True if Bluetooth is on."),
        cellular=boolean("True if the phone network is used."),
        wifi=boolean("True if Wi-Fi is used."),
        carrier=string("The carrier."),
    ),
    "operating_system": _dictionary("The operating system.", **_texts("name", "version")),
    "page": _dictionary("The page.", **_texts("path", "referrer", "search", "title", "url")),
    "screen": _dictionary(
        "The screen.", density=number("The density."), height=number("The height."), width=number("The width.")
    ),
    "user_agent": string("The user agent."),
    "timezone": string("The user's timezone, `America/New_York`."),
    "group_id": string("The group that the user belongs to."),
    "message_id": string("The event's id.", path("$.messageId")),
    "consent": obj("The consent of the user.", path("$.context.consent")),
}
_CONTEXT = {
    "app": "application", "campaign": "campaign_parameters", "device": "device", "ip": "ip_address",
    "locale": "locale", "location": "location", "network": "network", "os": "operating_system", "page": "page",
    "screen": "screen", "userAgent": "user_agent", "timezone": "timezone", "groupId": "group_id",
}  # fmt: skip
_PROPERTIES = {"properties": obj("The event's properties.")}
_TRAITS = {"traits": obj("Traits of the user or of the group.")}
_ADDRESS = {"address": _dictionary("The user's address.", **_texts("street", "city", "state", "country", "postalCode"))}


def _message(payload: Payload, call: Call[Settings], kind: str, names: Mapping[str, str]) -> dict[str, Any] | Discarded:
    if not payload.get("user_id") and not payload.get("anonymous_id"):
        return Discarded("FILTERED_AT_MAPPING", response="user_id or anonymous_id is missing")
    consent = payload.get("consent", {})
    context = picked(payload, _CONTEXT if kind != "group" else {k: v for k, v in _CONTEXT.items() if k != "groupId"})
    common = {"userId": "user_id", "anonymousId": "anonymous_id", "timestamp": "timestamp", "messageId": "message_id"}
    return {
        **picked(payload, {**common, **names}),
        "context": {**context, "consent": dict(consent) if _is_consent(consent) else {}},
        "type": kind,
        **({} if "message_id" in payload else {"messageId": call.message_id}),
    }


def _is_consent(consent: Mapping[str, Any]) -> bool:
    """Return consent as Segment's API takes it: an answer for each category. A list of answers stays as it is."""
    preferences = consent.get("categoryPreferences")
    answers = list(preferences.values()) if isinstance(preferences, dict) else preferences
    return isinstance(answers, list) and all(isinstance(each, bool) for each in answers)


def track(payload: Payload, call: Call[Settings]) -> list[Item[Settings]] | Discarded:
    message = _message(payload, call, "track", {"event": "event_name"})
    if isinstance(message, Discarded):
        return message
    message["context"]["traits"] = payload.get("traits", {})
    return [Item(BATCHES, {**message, "properties": payload.get("properties", {})})]


def identify(payload: Payload, call: Call[Settings]) -> list[Item[Settings]] | Discarded:
    message = _message(payload, call, "identify", {})
    if isinstance(message, Discarded):
        return message
    traits = payload.get("traits", {})
    return [Item(BATCHES, {**message, "traits": {**traits, **picked(payload, {"address": "address"})}})]


def group(payload: Payload, call: Call[Settings]) -> list[Item[Settings]] | Discarded:
    message = _message(payload, call, "group", {"groupId": "group_id"})
    if isinstance(message, Discarded):
        return message
    return [Item(BATCHES, {**message, "traits": payload.get("traits", {})})]


def page(payload: Payload, call: Call[Settings]) -> list[Item[Settings]] | Discarded:
    message = _message(payload, call, "page", {"name": "page_name"})
    if isinstance(message, Discarded):
        return message
    names = {"name": "page_name", "category": "page_category"}
    seen = picked(payload.get("page", {}), {each: each for each in ("path", "referrer", "search", "title", "url")})
    return [
        Item(BATCHES, {**message, "properties": {**picked(payload, names), **seen, **payload.get("properties", {})}})
    ]


def screen(payload: Payload, call: Call[Settings]) -> list[Item[Settings]] | Discarded:
    message = _message(payload, call, "screen", {"name": "screen_name"})
    if isinstance(message, Discarded):
        return message
    properties = {**picked(payload, {"name": "screen_name"}), **payload.get("properties", {})}
    return [Item(BATCHES, {**message, "properties": properties})]


ACTIONS = (
    Action(
        id="forward",
        title="Forward",
        description="Send each event on as it is.",
        trigger="all",
        fields={"event": obj("The event.", path("$."), required=True)},
        items=forwarded,
    ),
    Action(
        id="sendIdentify",
        title="Send Identify",
        description="Make an identify call.",
        trigger='type = "identify"',
        fields={**_SHARED, **_TRAITS, **_ADDRESS},
        items=identify,
    ),
    Action(
        id="sendGroup",
        title="Send Group",
        description="Make a group call.",
        trigger='type = "group"',
        fields={**_SHARED, **_TRAITS, "group_id": string("The group.", required=True)},
        items=group,
    ),
    Action(
        id="sendScreen",
        title="Send Screen",
        description="Make a screen call.",
        trigger='type = "screen"',
        fields={**_SHARED, **_PROPERTIES, "screen_name": string("The screen's name.")},
        items=screen,
    ),
    Action(
        id="sendPage",
        title="Send Page",
        description="Make a page call.",
        trigger='type = "page"',
        fields={
            **_SHARED,
            **_PROPERTIES,
            "page_name": string("The page's name."),
            "page_category": string("The page's category."),
        },
        items=page,
    ),
    Action(
        id="sendTrack",
        title="Send Track",
        description="Make a track call.",
        trigger='type = "track"',
        fields={**_SHARED, **_PROPERTIES, **_TRAITS, "event_name": string("The event's name.", required=True)},
        items=track,
    ),
)


def _settings(theirs: Mapping[str, Any], _: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    return {"write_key": theirs["source_write_key"]} if "source_write_key" in theirs else {}


destination = Destination(
    type="segment",
    title="Segment",
    description="Events as they are, or as you map them, to anything that speaks Segment's HTTP API.",
    names=("Segment", "Segment (Actions)"),
    settings=Settings,
    actions=ACTIONS,
    presets=(Preset(name="Everything", action="forward", trigger="all"),),
    segment=SegmentImport(slugs=("segment", "actions-segment"), settings=_settings),
)
