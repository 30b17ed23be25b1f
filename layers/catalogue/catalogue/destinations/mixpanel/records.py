"""The events, profiles and groups that each action makes of an event."""

import re
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from catalogue.destinations.mixpanel.browsers import browser
from catalogue.destinations.mixpanel.endpoints import ENGAGE, GROUPS, IMPORT, TRACK, Settings
from sluice.destinations.action import Call, Payload
from sluice.destinations.derived_ids import derived_uuid
from sluice.destinations.item import Item
from sluice.destinations.outcome import Discarded
from sluice.destinations.payloads import omitted, picked, present
from sluice.destinations.times import first_moment
from sluice.javascript.numbers import number_of
from sluice.mapping import NOTHING

_RESERVED = frozenset({"time", "id", "$anon_id", "distinct_id", "$group_id", "$insert_id", "$user_id"})
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
_INSERT_ID = re.compile(r"[A-Za-z0-9-]{1,36}")
#: Of the uuids that follow from other ids.
_NAMESPACE = UUID("0d3a3b55-9d0c-4f0e-8f0b-6a1b5f5c2a61")
#: Of an order, and not of each product in it.
_ORDERS_OWN = (
    "affiliation", "subtotal", "total", "revenue", "shipping", "tax", "discount", "coupon", "currency",
    "order_number", "products",
)  # fmt: skip


def properties(payload: Payload, call: Call[Settings]) -> dict[str, Any]:
    found = picked(payload, _PROPERTIES)
    found["time"] = _time(payload, call)
    found["distinct_id"] = payload.get("distinct_id", "")
    found["$insert_id"] = insert_id_of(payload.get("insert_id") or call.message_id)
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
    if data := payload.get("userAgentData"):
        found |= picked(data, _CLIENT)
    found |= omitted(payload.get("event_properties", {}), _RESERVED)
    return found


def insert_id_of(name: str) -> str:
    """Return an id that Mixpanel takes, the same for the same name: at most 36 of letters, digits and dashes.

    https://developer.mixpanel.com/reference/import-events#high-level-requirements
    """
    return name if _INSERT_ID.fullmatch(name) else derived_uuid(_NAMESPACE, name)


def _time(payload: Payload, call: Call[Settings]) -> int:
    return first_moment(payload.get("time"), call.event.get("timestamp"), call.event.get("receivedAt")) or 0


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
            own = {"$insert_id": insert_id_of(f"{number}{order['$insert_id']}"), "time": order["time"] - number - 1}
            items.append(_imported(payload, {"event": "Product Purchased", "properties": {**shared, **own, **product}}))
    return items


def _imported(payload: Payload, data: dict[str, Any]) -> Item[Settings]:
    return Item(IMPORT, data, max_items=payload.get("batch_size"))


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
