"""Mixpanel: events, profiles and groups. https://developer.mixpanel.com/reference/import-events"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal

from sluice.deliver.actions import Action, Batch, Call, Endpoint, Item, Payload, Preset, json_array
from sluice.deliver.destination import Destination, Secret, Taken
from sluice.deliver.fields import boolean, first, obj, path, string, template
from sluice.deliver.messages import Request, Response
from sluice.deliver.outcomes import Delivered, Discarded, Outcome, by_status
from sluice.deliver.shaping import basic, form, omitted, picked, present
from sluice.mapping import NOTHING
from sluice.spec.dates import milliseconds_of
from sluice.spec.javascript import number_of

from .browsers import browser
from .fields import EVENT, PERSON, PRODUCTS

_HOSTS = {"us": "https://api.mixpanel.com", "eu": "https://api-eu.mixpanel.com", "in": "https://api-in.mixpanel.com"}


@dataclass(frozen=True, slots=True)
class Settings:
    """`project_token` and `api_secret` are the project's. `region` is where its data are.

    `source_name` becomes the property `segment_source_name` of all events. `strict` has Mixpanel check each event and
    say which it refuses.
    """

    project_token: str
    api_secret: Secret = field(repr=False)
    region: Literal["us", "eu", "in"] = "us"
    source_name: str | None = None
    strict: bool = True

    __pydantic_config__: ClassVar = {"extra": "forbid"}


def import_request(batch: Batch[Settings]) -> Request:
    settings = batch.settings
    return Request(
        f"{_HOSTS[settings.region]}/import?strict={int(settings.strict)}",
        json_array(batch),
        headers={"content-type": "application/json", "authorization": basic(settings.api_secret)},
        timeout=20.0,
    )


def import_outcomes(batch: Batch[Settings], response: Response) -> Outcome | Sequence[Outcome]:
    """400 lists what was refused; the rest of the request was taken."""
    answer = response.json()
    failed = answer.get("failed_records") if isinstance(answer, dict) else None
    if response.status != 400 or not isinstance(failed, list) or not failed:
        return by_status(response)
    why = {each["index"]: str(each.get("message")) for each in failed if isinstance(each, dict) and "index" in each}
    return [Discarded("400", 400, why[index]) if index in why else Delivered(200) for index in range(len(batch.items))]


def _formed(path: str) -> Any:
    """One thing by itself, or several as a list, as the field `data` of a form."""

    def request(batch: Batch[Settings]) -> Request:
        data = batch.bodies[0] if len(batch.bodies) == 1 else json_array(batch)
        headers = {"content-type": "application/x-www-form-urlencoded;charset=UTF-8"}
        return Request(_HOSTS[batch.settings.region] + path, form(data=data.decode()), headers=headers)

    return request


def formed_outcome(_: Batch[Settings], response: Response) -> Outcome:
    """These say `0` with a status of 200 when they take nothing."""
    if response.status == 200 and response.body.strip() == b"0":
        return Discarded("MESSAGE_REJECTED", 200, "0")
    return by_status(response)


IMPORT: Endpoint[Settings] = Endpoint(
    request=import_request, most=2000, most_bytes=1_900_000, outcomes=import_outcomes, takes_gzip=True
)
TRACK: Endpoint[Settings] = Endpoint(request=_formed("/track"), most=50, outcomes=formed_outcome)
ENGAGE: Endpoint[Settings] = Endpoint(request=_formed("/engage"), most=50, outcomes=formed_outcome)
GROUPS: Endpoint[Settings] = Endpoint(request=_formed("/groups"), most=50, outcomes=formed_outcome)

_RESERVED = ("time", "id", "$anon_id", "distinct_id", "$group_id", "$insert_id", "$user_id")
_PROPERTIES = {
    "ip": "ip", "id": "distinct_id", "$anon_id": "anonymous_id", "$app_build_number": "app_build",
    "$app_version_string": "app_version", "$app_namespace": "app_namespace", "$app_name": "app_name",
    "$bluetooth_enabled": "bluetooth", "$cellular_enabled": "cellular", "$carrier": "carrier", "$current_url": "url",
    "$device": "device_name", "$device_id": "anonymous_id", "$device_type": "device_type",
    "$device_name": "device_name", "$group_id": "group_id", "$identified_id": "user_id", "$ios_ifa": "idfa",
    "$lib_version": "library_version", "$locale": "language", "$manufacturer": "device_manufacturer",
    "$model": "device_model", "$os": "os_name", "$os_version": "os_version", "$referrer": "referrer",
    "$screen_height": "screen_height", "$screen_width": "screen_width", "$screen_density": "screen_density",
    "$user_id": "user_id", "$wifi_enabled": "wifi", "mp_country_code": "country", "advertising_id": "advertising_id",
    "ad_tracking_enabled": "ad_tracking_enabled", "timezone": "timezone", "app_platform": "app_platform",
    "event_original_name": "name",
}  # fmt: skip
_CLIENT = {
    "$mobile": "mobile", "$platform": "platform", "$bitness": "bitness", "$platformVersion": "platformVersion",
    "$uaFullVersion": "uaFullVersion", "$wow64": "wow64",
}  # fmt: skip
#: Of an order, and not of each product in it.
_ORDERS_OWN = (
    "affiliation", "subtotal", "total", "revenue", "shipping", "tax", "discount", "coupon", "currency",
    "order_number", "products",
)  # fmt: skip


def properties(payload: Payload, call: Call[Settings]) -> dict[str, Any]:
    found = picked(payload, _PROPERTIES)
    found["time"] = _time(payload, call)
    found["distinct_id"] = payload.get("distinct_id", "")
    found["$insert_id"] = payload.get("insert_id") or call.message_id
    found["$source"] = "Iterable" if _integration(payload) == "Iterable" else "segment"
    if agent := payload.get("userAgent"):
        found["$browser"], version = browser(agent)
        if version is not None:
            found["$browser_version"] = version
    if (library := payload.get("library_name")) is not None:
        found["mp_lib"] = library and f"Segment Actions: {library}"
    if call.settings.source_name is not None:
        found["segment_source_name"] = call.settings.source_name
    found |= payload.get("utm_properties", {})
    found |= picked(payload.get("userAgentData", {}), _CLIENT)
    return found | omitted(payload.get("event_properties", {}), _RESERVED)


def _time(payload: Payload, call: Call[Settings]) -> int:
    """Milliseconds. An event whose mapping has no time happened when it says itself, however often it is sent."""
    for moment in (payload.get("time"), call.event.get("timestamp"), call.event.get("receivedAt")):
        if moment and (found := milliseconds_of(moment)) is not None:
            return found
    return 0


def _integration(payload: Payload) -> Any:
    integration = payload.get("context", {}).get("integration")
    return integration.get("name") if isinstance(integration, dict) else None


def track(payload: Payload, call: Call[Settings]) -> list[Item[Settings]]:
    return [_imported(payload, {"event": payload["event"], "properties": properties(payload, call)})]


def purchase(payload: Payload, call: Call[Settings]) -> list[Item[Settings]]:
    """The order, and each of its products: a millisecond apart, so that they keep their order."""
    order = properties(payload, call)
    items = [_imported(payload, {"event": payload["event"], "properties": order})]
    if payload.get("generatePurchaseEventPerProduct"):
        shared = omitted(order, _ORDERS_OWN)
        for number, product in enumerate(payload.get("products", ())):
            own = {"$insert_id": f"{number}{order['$insert_id']}", "time": order["time"] - number - 1}
            items.append(_imported(payload, {"event": "Product Purchased", "properties": {**shared, **own, **product}}))
    return items


def _imported(payload: Payload, data: dict[str, Any]) -> Item[Settings]:
    return Item(IMPORT, data, most=payload.get("batch_size"))


def identify(payload: Payload, call: Call[Settings]) -> list[Item[Settings]] | Discarded:
    settings, items = call.settings, []
    if payload.get("anonymous_id"):
        names = {"$identified_id": "user_id", "$anon_id": "anonymous_id"}
        merged = {**picked(payload, names), "token": settings.project_token} | _source(settings)
        items.append(Item(TRACK, {"event": "$identify", "properties": merged}))
    if traits := payload.get("traits"):
        set_ = omitted(traits, (*_CREATED, *_NAMED, *_NAMED.values()))
        set_ |= picked(traits, {name: trait for name, trait in _NAMED.items() if trait not in ("name", "created")})
        set_ |= present({"$name": _name(traits), "$created": _created(traits)})
        items.append(Item(ENGAGE, {**_profile(payload, settings), "$set": set_}))
    return items or Discarded("FILTERED_AT_MAPPING", response="there is neither an anonymous_id nor a trait")


_CREATED = ("created", "createdAt", "created_at")
#: Mixpanel's own names of traits; what traits say under these names themselves is left out, as Segment does.
_NAMED = {
    "$email": "email", "$first_name": "firstName", "$last_name": "lastName", "$name": "name", "$username": "username",
    "$phone": "phone", "$created": "created",
}  # fmt: skip


def _created(traits: Mapping[str, Any]) -> Any:
    found = [traits[name] for name in _CREATED if traits.get(name) is not None]
    return found[0] if found else traits.get("created_at", NOTHING)


def _name(traits: Mapping[str, Any]) -> Any:
    if traits.get("name") is not None:
        return traits["name"]
    first_name, last_name = traits.get("firstName"), traits.get("lastName")
    return f"{first_name} {last_name}" if first_name and last_name else NOTHING


def _profile(payload: Payload, settings: Settings) -> dict[str, Any]:
    who = payload.get("user_id")
    if who is None:
        who = payload.get("anonymous_id", NOTHING)
    return {"$token": settings.project_token, **present({"$distinct_id": who}), **picked(payload, {"$ip": "ip"})}


def _source(settings: Settings) -> dict[str, Any]:
    return {} if settings.source_name is None else {"segment_source_name": settings.source_name}


def group(payload: Payload, call: Call[Settings]) -> list[Item[Settings]] | Discarded:
    traits = payload.get("traits")
    if traits is None:
        return Discarded("FILTERED_AT_MAPPING", response="traits is missing")
    key = payload.get("group_key") or "$group_id"
    set_ = omitted(traits, (*_CREATED, "name", "$name", "$created")) | picked(traits, {"$name": "name"})
    data = {
        "$token": call.settings.project_token,
        "$group_key": key,
        "$group_id": traits.get(key) or payload["group_id"],
        "$set": set_ | present({"$created": _created(traits)}),
    }
    return [Item(GROUPS, data)]


def alias(payload: Payload, call: Call[Settings]) -> list[Item[Settings]]:
    named = picked(payload, {"distinct_id": "distinct_id", "alias": "alias"})
    return [
        Item(
            TRACK,
            {
                "event": "$create_alias",
                "properties": {**named, "token": call.settings.project_token, **_source(call.settings)},
            },
        )
    ]


def increment(payload: Payload, call: Call[Settings]) -> list[Item[Settings]] | Discarded:
    wanted = payload["increment"]
    if not wanted or len(wanted) > 20:
        return Discarded("FILTERED_AT_MAPPING", response="increment has none, or more than 20 properties")
    add: dict[str, Any] = {}
    for name, value in wanted.items():
        amount = number_of(value) if isinstance(value, str) else value
        if isinstance(amount, int | float) and not isinstance(amount, bool):
            add[name] = amount
        elif isinstance(value, str):
            return Discarded("FILTERED_AT_MAPPING", response="increment has a value that is no number")
    return [Item(ENGAGE, {**_profile(payload, call.settings), "$add": add})]


ACTIONS = (
    Action(
        id="trackEvent",
        title="Track Event",
        about="Send an event.",
        trigger='type = "track"',
        fields={"event": string("The event's name.", path("$.event"), required=True), **EVENT},
        items=track,
    ),
    Action(
        id="trackPurchase",
        title="Track Purchase",
        about="Send an order, and each of its products as an event of its own.",
        trigger='type = "track"',
        fields={
            "event": string("The event's name.", path("$.event"), required=True),
            "generatePurchaseEventPerProduct": boolean("Whether each product becomes an event.", True),
            **EVENT,
            "products": PRODUCTS,
        },
        items=purchase,
    ),
    Action(
        id="identifyUser",
        title="Identify User",
        about="Join what somebody did before to a user, and set properties of the user's profile.",
        trigger='type = "identify"',
        fields={**PERSON, "traits": obj("Properties of the profile.", path("$.traits"))},
        items=identify,
    ),
    Action(
        id="groupIdentifyUser",
        title="Group Identify User",
        about="Set properties of a group.",
        trigger='type = "group"',
        fields={
            "group_key": string("The group key of the project; `$group_id` if left out."),
            "group_id": string("The group.", path("$.groupId"), required=True),
            "traits": obj("Properties of the group.", path("$.traits")),
        },
        items=group,
    ),
    Action(
        id="incrementProperties",
        title="Increment Properties",
        about="Add to numbers of a profile.",
        trigger='type = "track"',
        fields={
            **PERSON,
            "increment": obj("Names and what to add, 20 at most.", path("$.properties.increment"), required=True),
        },
        items=increment,
    ),
    Action(
        id="alias",
        title="Alias",
        about="Give a user a second id.",
        trigger='type = "alias"',
        fields={
            "alias": string("The new id.", first("$.userId", "$.anonymousId"), nullable=True),
            "distinct_id": string("The id that is there.", path("$.previousId")),
        },
        items=alias,
    ),
)


def _settings(theirs: Mapping[str, Any], _: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    names = {"project_token": "projectToken", "api_secret": "apiSecret", "source_name": "sourceName"}
    return {
        **picked(theirs, names),
        "region": str(theirs.get("apiRegion", "us"))[:2].lower(),
        "strict": str(theirs.get("strictMode", "1")) == "1",
    }


destination = Destination(
    kind="mixpanel",
    title="Mixpanel",
    about="Events, orders with their products, profiles, groups and aliases.",
    names=("Mixpanel (Actions)", "Mixpanel"),
    settings=Settings,
    actions=ACTIONS,
    presets=(
        Preset(name="Track Calls", action="trackEvent", trigger='type = "track" and event != "Order Completed"'),
        Preset(
            name="Order Completed Calls",
            action="trackPurchase",
            trigger='type = "track" and event = "Order Completed"',
        ),
        Preset(
            name="Page Calls",
            action="trackEvent",
            trigger='type = "page"',
            mapping={"event": template("Viewed {{name}}")},
        ),
        Preset(
            name="Screen Calls",
            action="trackEvent",
            trigger='type = "screen"',
            mapping={"event": template("Viewed {{name}}")},
        ),
        Preset(name="Identify Calls", action="identifyUser", trigger='type = "identify"'),
        Preset(name="Group Calls", action="groupIdentifyUser", trigger='type = "group"'),
    ),
    segment=Taken(slugs=("mixpanel", "actions-mixpanel"), settings=_settings),
)
