"""Amplitude: events, users and groups. https://amplitude.com/docs/apis/analytics/http-v2"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from catalogue.destinations.amplitude.endpoints import (
    BATCHES,
    EVENTS,
    GROUPS,
    IDENTIFICATIONS,
    MEMBERS,
    USERMAP,
    Settings,
)
from catalogue.destinations.amplitude.events import (
    about_device,
    event,
    platform,
    revenue,
    with_operations,
    with_referrer,
)
from catalogue.destinations.amplitude.fields import EVENT, IDENTIFY, REFERRER, USER_PROPERTIES, WHO
from sluice.destinations.action import Action, Call, Payload, Preset
from sluice.destinations.destination import Destination, SegmentImport
from sluice.destinations.field import boolean, integer, obj, path, string, template
from sluice.destinations.item import Item
from sluice.destinations.payloads import omitted, picked
from sluice.javascript.dates import milliseconds_of

type _Call = Call[Settings]
type _Items = list[Item[Settings]]


def _shortest_id(payload: Payload) -> int | None:
    length = payload.get("min_id_length")
    return length if length and length > 0 else None


def _sent(payload: Payload, events: Iterable[dict[str, Any]]) -> _Items:
    endpoint = BATCHES if payload.get("use_batch_endpoint") else EVENTS
    return [Item(endpoint, each, _shortest_id(payload)) for each in events]


def _event(payload: Payload, call: _Call) -> dict[str, Any]:
    made = event(payload, call.event.get("timestamp"))
    if "insert_id" not in made:
        made["insert_id"] = call.message_id
    return made


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
    made = {**about_device(payload), **known}
    if (named := platform(payload)) is not None:
        made["platform"] = named
    made["library"] = "segment"
    made.setdefault("insert_id", call.message_id)
    if (user := with_referrer(payload.get("user_properties"), payload, is_stronger=True)) is not None:
        made["user_properties"] = user
    return [Item(IDENTIFICATIONS, made, _shortest_id(payload))]


def map_user(payload: Payload, _: _Call) -> _Items:
    return [Item(USERMAP, payload, _shortest_id(payload))]


def identify_group(payload: Payload, call: _Call) -> _Items:
    """Somebody who belongs to the group is told of it first."""
    key, items = _shortest_id(payload), []
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
        description="Send an event, with properties of the user to set.",
        trigger='type = "track"',
        fields={**EVENT, **USER_PROPERTIES},
        items=log_event_v2,
    ),
    Action(
        id="logPurchase",
        title="Log Purchase",
        description="Send an order, and each of its products as an event of its own.",
        trigger='type = "track"',
        fields={
            "trackRevenuePerProduct": boolean("True to send the revenue with each product, not with the order.", False),
            **EVENT,
            **REFERRER,
        },
        items=log_purchase,
    ),
    Action(
        id="logEvent",
        title="Log Event",
        description="Send an event. `logEventV2` does more.",
        trigger='type = "track"',
        fields={**EVENT, **REFERRER},
        items=log_event,
    ),
    Action(
        id="identifyUser",
        title="Identify User",
        description="Set properties of a user without an event.",
        trigger='type = "identify"',
        fields=IDENTIFY,
        items=identify,
    ),
    Action(
        id="mapUser",
        title="Map User",
        description="Make two ids one user.",
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
        description="Set properties of a group, and make the user one of it.",
        trigger='type = "group"',
        fields={
            **WHO,
            "insert_id": string("The id by which Amplitude recognises a repeat.", path("$.messageId")),
            "time": string("The time of the event.", path("$.timestamp")),
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
    type="amplitude",
    title="Amplitude",
    description="Events, orders with their products, users and groups.",
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
    segment=SegmentImport(slugs=("amplitude", "actions-amplitude"), settings=_settings),
)
