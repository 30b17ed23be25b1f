"""Amplitude: events, users and groups. https://amplitude.com/docs/apis/analytics/http-v2"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal

import orjson

from sluice.deliver.actions import Action, Batch, Call, Endpoint, Item, Payload, Preset, Resend, json_array
from sluice.deliver.destination import Destination, Secret, Taken
from sluice.deliver.fields import boolean, integer, obj, path, string, template
from sluice.deliver.messages import Request, Response, retry_after
from sluice.deliver.outcomes import Discarded, Misconfigured, Outcome, Retry, by_status
from sluice.deliver.shaping import form, omitted, picked
from sluice.spec.dates import milliseconds_of

from .events import about_device, event, platform, revenue, with_operations, with_referrer
from .fields import EVENT, IDENTIFY, REFERRER, USER_PROPERTIES, WHO

_HOSTS = {"us": "https://api2.amplitude.com", "eu": "https://api.eu.amplitude.com"}
_USERMAPS = {"us": "https://api.amplitude.com", "eu": "https://api.eu.amplitude.com"}
#: How long Amplitude wants a user or a device left alone that sent too much.
_THROTTLED_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Settings:
    """`api_key` is the project's. `region` is where its data are."""

    api_key: Secret = field(repr=False)
    region: Literal["us", "eu"] = "us"

    __pydantic_config__: ClassVar = {"extra": "forbid"}


def _options(payload: Payload) -> int | None:
    length = payload.get("min_id_length")
    return length if length and length > 0 else None


def events_request(where: str) -> Callable[[Batch[Settings]], Request]:
    """The key of these batches is the shortest id to take."""

    def request(batch: Batch[Settings]) -> Request:
        options = b"" if batch.key is None else b',"options":' + orjson.dumps({"min_id_length": batch.key})
        key = b'{"api_key":' + orjson.dumps(batch.settings.api_key)
        body = json_array(batch, key + b',"events":', options + b"}")
        return Request(_HOSTS[batch.settings.region] + where, body, headers={"content-type": "application/json"})

    return request


def events_outcomes(batch: Batch[Settings], response: Response) -> Outcome | Sequence[Outcome | Resend]:
    """400 and 429 name events by their places and take none: the others are to be sent again without them."""
    answer = response.json()
    if response.status not in (400, 429) or not isinstance(answer, dict):
        return outcome(batch, response)
    if response.status == 429:
        named = dict.fromkeys(_places(answer.get("throttled_events")), "throttled")
        after = retry_after(response) or _THROTTLED_SECONDS
        verdict: Callable[[str], Outcome] = lambda _: Retry("429", 429, after)  # noqa: E731
    else:
        kinds = ("events_with_invalid_fields", "events_with_missing_fields", "events_with_invalid_id_lengths")
        named = {
            place: f"{kind}: {name}"
            for kind in (*kinds, "silenced_events")
            for name, places in _lists(answer.get(kind))
            for place in _places(places)
        }
        verdict = lambda why: Discarded("400", 400, why)  # noqa: E731
    if not named:
        return outcome(batch, response)
    return [verdict(named[at]) if at in named else Resend() for at in range(len(batch.items))]


def outcome(_: Batch[Settings], response: Response) -> Outcome:
    """A project's key that is none is a 400 here. Whoever is told to be slower has half a minute."""
    if response.status == 400 and b"invalid api key" in response.body.lower().replace(b"_", b" "):
        return Misconfigured("400", 400, response.excerpt())
    if response.status == 429:
        return Retry("429", 429, retry_after(response) or _THROTTLED_SECONDS, response.excerpt())
    return by_status(response)


def _lists(found: Any) -> Iterable[tuple[str, Any]]:
    """Places by the name of the field, or places alone."""
    return found.items() if isinstance(found, dict) else (("", found),)


def _places(found: Any) -> list[int]:
    return [each for each in found if isinstance(each, int)] if isinstance(found, list) else []


def _formed(hosts: Mapping[str, str], where: str, name: str, is_list: bool) -> Callable[[Batch[Settings]], Request]:
    """A form with the project's key, the things as JSON below `name`, and the options."""

    def request(batch: Batch[Settings]) -> Request:
        things = json_array(batch) if is_list or len(batch.bodies) > 1 else batch.bodies[0]
        fields = {"api_key": batch.settings.api_key, name: things.decode()}
        if batch.key is not None:
            fields["options"] = orjson.dumps({"min_id_length": batch.key}).decode()
        headers = {"content-type": "application/x-www-form-urlencoded;charset=UTF-8"}
        return Request(hosts[batch.settings.region] + where, form(**fields), headers=headers)

    return request


EVENTS: Endpoint[Settings] = Endpoint(
    request=events_request("/2/httpapi"), most=1000, most_bytes=950_000, outcomes=events_outcomes
)
BATCHES: Endpoint[Settings] = Endpoint(
    request=events_request("/batch"), most=2000, most_bytes=18_000_000, outcomes=events_outcomes
)
IDENTIFICATIONS: Endpoint[Settings] = Endpoint(
    request=_formed(_HOSTS, "/identify", "identification", is_list=False),
    most=100,
    most_bytes=500_000,
    outcomes=outcome,
)
MEMBERS: Endpoint[Settings] = Endpoint(
    request=_formed(_HOSTS, "/identify", "identification", is_list=True), most=100, most_bytes=500_000, outcomes=outcome
)
GROUPS: Endpoint[Settings] = Endpoint(
    request=_formed(_HOSTS, "/groupidentify", "identification", is_list=True),
    most=100,
    most_bytes=500_000,
    outcomes=outcome,
)
USERMAP: Endpoint[Settings] = Endpoint(
    request=_formed(_USERMAPS, "/usermap", "mapping", is_list=True), most=100, most_bytes=500_000, outcomes=outcome
)

type _Call = Call[Settings]
type _Items = list[Item[Settings]]


def _sent(payload: Payload, events: Iterable[dict[str, Any]]) -> _Items:
    endpoint = BATCHES if payload.get("use_batch_endpoint") else EVENTS
    return [Item(endpoint, each, _options(payload)) for each in events]


def _event(payload: Payload, call: _Call) -> dict[str, Any]:
    made = event(payload, call.event.get("timestamp"))
    return made if "insert_id" in made else {**made, "insert_id": call.message_id}


def log_event(payload: Payload, call: _Call) -> _Items:
    made = _event(payload, call)
    if user := with_referrer(payload.get("user_properties"), payload):
        made["user_properties"] = user
    return _sent(payload, [made])


def log_event_v2(payload: Payload, call: _Call) -> _Items:
    made = _event(payload, call)
    if user := with_operations(payload.get("user_properties"), payload):
        made["user_properties"] = user
    return _sent(payload, [made])


def log_purchase(payload: Payload, call: _Call) -> _Items:
    """The order and each of its products; what was paid stands beside one of the two."""
    made = omitted(_event(payload, call), ("products",))
    if user := with_referrer(payload.get("user_properties"), payload):
        made["user_properties"] = user
    products, by_product = payload.get("products", []), bool(payload.get("trackRevenuePerProduct"))
    of_device = about_device(payload)
    shared = {name: value for name, value in made.items() if name not in of_device or name in payload}
    sold = [
        {
            **shared,
            **(revenue(product) if by_product else {}),
            "event_properties": product,
            "event_type": "Product Purchased",
            "insert_id": f"{made['insert_id']}-{number}",
        }
        for number, product in enumerate(products, 2)
    ]
    return _sent(payload, [{**made, **({} if products and by_product else revenue(payload))}, *sold])


_ABOUT_AGENT = ("userAgent", "userAgentParsing", "includeRawUserAgent", "userAgentData", "min_id_length", "library")


def identify(payload: Payload, call: _Call) -> _Items:
    known = omitted(payload, (*_ABOUT_AGENT, "utm_properties", "referrer"))
    made = {**about_device(payload), **known, **platform(payload), "library": "segment"}
    made.setdefault("insert_id", call.message_id)
    if (user := with_referrer(payload.get("user_properties"), payload, is_stronger=True)) is not None:
        made["user_properties"] = user
    return [Item(IDENTIFICATIONS, made, _options(payload))]


def map_user(payload: Payload, _: _Call) -> _Items:
    return [Item(USERMAP, payload, _options(payload))]


def identify_group(payload: Payload, call: _Call) -> _Items:
    """Somebody who belongs to the group is told of it first."""
    key, items = _options(payload), []
    if payload.get("user_id") or payload.get("device_id"):
        belongs = {payload["group_type"]: payload["group_value"]}
        member = {
            **picked(payload, {"device_id": "device_id", "user_id": "user_id"}),
            "groups": belongs,
            "user_properties": belongs,
            "library": "segment",
            "insert_id": payload.get("insert_id") or call.message_id,
        }
        if (moment := milliseconds_of(payload.get("time"))) is not None:
            member["time"] = moment
        items.append(Item(MEMBERS, member, key))
    names = {name: name for name in ("group_properties", "group_value", "group_type")}
    return [*items, Item(GROUPS, {**picked(payload, names), "library": "segment"}, key)]


_SHORTEST = {"min_id_length": integer("The shortest id that Amplitude takes, 5 if left out.", nullable=True)}

ACTIONS = (
    Action(
        id="logEventV2",
        title="Log Event V2",
        about="Send an event, with properties of the user to set.",
        trigger='type = "track"',
        fields={**EVENT, **USER_PROPERTIES},
        items=log_event_v2,
    ),
    Action(
        id="logPurchase",
        title="Log Purchase",
        about="Send an order, and each of its products as an event of its own.",
        trigger='type = "track"',
        fields={
            "trackRevenuePerProduct": boolean("Whether revenue stands beside products, not the order.", False),
            **EVENT,
            **REFERRER,
        },
        items=log_purchase,
    ),
    Action(
        id="logEvent",
        title="Log Event",
        about="Send an event. `logEventV2` does more.",
        trigger='type = "track"',
        fields={**EVENT, **REFERRER},
        items=log_event,
    ),
    Action(
        id="identifyUser",
        title="Identify User",
        about="Set properties of a user without an event.",
        trigger='type = "identify"',
        fields=IDENTIFY,
        items=identify,
    ),
    Action(
        id="mapUser",
        title="Map User",
        about="Make two ids one user.",
        trigger='type = "alias"',
        fields={
            "user_id": string("The id that is there.", path("$.previousId")),
            "global_user_id": string("The id that it belongs to.", path("$.userId")),
            **_SHORTEST,
        },
        items=map_user,
    ),
    Action(
        id="groupIdentifyUser",
        title="Group Identify User",
        about="Set properties of a group, and make the user one of it.",
        trigger='type = "group"',
        fields={
            **WHO,
            "insert_id": string("What Amplitude knows a repeat by.", path("$.messageId")),
            "time": string("When it happened.", path("$.timestamp")),
            "group_properties": obj("Properties of the group.", path("$.traits")),
            "group_type": string("The type of the group, `company` for example.", required=True),
            "group_value": string("The group.", required=True),
            **_SHORTEST,
        },
        items=identify_group,
    ),
)


def _settings(theirs: Mapping[str, Any], _: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    region = "eu" if theirs.get("endpoint") == "europe" else "us"
    return {**picked(theirs, {"api_key": "apiKey"}), "region": region}


destination = Destination(
    kind="amplitude",
    title="Amplitude",
    about="Events, orders with their products, users and groups.",
    names=("Actions Amplitude", "Amplitude (Actions)", "Amplitude"),
    settings=Settings,
    actions=ACTIONS,
    presets=(
        Preset(name="Track Calls", action="logEventV2", trigger='type = "track" and event != "Order Completed"'),
        Preset(
            name="Order Completed Calls", action="logPurchase", trigger='type = "track" and event = "Order Completed"'
        ),
        Preset(
            name="Page Calls",
            action="logEventV2",
            trigger='type = "page"',
            mapping={"event_type": template("Viewed {{name}}")},
        ),
        Preset(
            name="Screen Calls",
            action="logEventV2",
            trigger='type = "screen"',
            mapping={"event_type": template("Viewed {{name}}")},
        ),
        Preset(name="Identify Calls", action="identifyUser", trigger='type = "identify"'),
    ),
    segment=Taken(slugs=("amplitude", "actions-amplitude"), settings=_settings),
)
