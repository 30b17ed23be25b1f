"""The calls that each action makes of an event."""

from typing import Any

from catalogue.destinations.customerio.endpoints import ENTITIES, METRICS, Settings
from catalogue.destinations.customerio.entities import FIRST_TYPE, call, object_, person, seconds, with_times
from sluice.destinations.action import Call, Payload
from sluice.destinations.item import Item
from sluice.destinations.payloads import omitted, picked
from sluice.destinations.times import first_moment
from sluice.javascript.numbers import number_of

type _Call = Call[Settings]
type _Items = list[Item[Settings]]


def _entity(payload: Payload, data: dict[str, Any]) -> _Items:
    return [Item(ENTITIES, data, max_items=payload.get("batch_size"))]


def update_person(payload: Payload, _: _Call) -> _Items:
    kept = ("createdAt", "created_at", "object_type_id", "relationshipAttributes", "objectTypeId")
    attributes = omitted(payload.get("custom_attributes", {}), kept)
    attributes |= {name: payload[name] for name in ("created_at", "email") if payload.get(name)}
    body: dict[str, Any] = {"attributes": attributes}
    if payload.get("group_id"):
        relationship: dict[str, Any] = {
            "identifiers": {
                "object_type_id": payload.get("object_type_id", FIRST_TYPE),
                "object_id": payload["group_id"],
            }
        }
        relationship |= picked(payload, {"relationship_attributes": "relationship_attributes"})
        body["cio_relationships"] = [relationship]
    who = person(payload.get("id"), payload.get("email"), payload.get("anonymous_id"))
    return _entity(payload, call("person", "identify", payload, body, who))


def update_object(payload: Payload, _: _Call) -> _Items:
    kept = ("object_type_id", "objectTypeId", "relationshipAttributes")
    body: dict[str, Any] = picked(payload, {"created_at": "created_at"} if payload.get("created_at") else {})
    if "custom_attributes" in payload:
        body["attributes"] = omitted(payload["custom_attributes"], kept)
    related = payload.get("relationship_attributes")
    if payload.get("convert_timestamp") is True:
        body, related = with_times(body), with_times(related)
    who = person(payload.get("user_id")) or person(anonymous_id=payload.get("anonymous_id"))
    if who is not None:
        relationship: dict[str, Any] = {"identifiers": who}
        body["cio_relationships"] = [
            relationship if related is None else {**relationship, "relationship_attributes": related}
        ]
    action = "identify" if payload.get("user_id") or who is None else "identify_anonymous"
    what = object_(payload["id"], payload) or person(payload.get("user_id"), None, payload.get("anonymous_id"))
    return _entity(payload, call("object", action, payload, body, what, is_converted=False))


def update_device(payload: Payload, _: _Call) -> _Items:
    attributes = {**payload.get("attributes", {}), **picked(payload, {"app_version": "app_version"})}
    device = {
        **picked(payload, {"token": "device_id", "platform": "platform", "last_used": "last_used"}),
        "attributes": attributes,
    }
    return _entity(payload, call("person", "add_device", payload, {"device": device}, person(payload["person_id"])))


def delete_device(payload: Payload, _: _Call) -> _Items:
    device = {"device": {"token": payload["device_id"]}}
    return _entity(payload, call("person", "delete_device", payload, device, person(payload["person_id"])))


def about_person(action: str, payload: Payload, _: _Call) -> _Items:
    return _entity(payload, call("person", action, payload, {}, person(payload["person_id"])))


def delete_object(payload: Payload, _: _Call) -> _Items:
    return _entity(payload, call("object", "delete", payload, {}, object_(payload.get("object_id"), payload)))


def delete_relationship(payload: Payload, _: _Call) -> _Items:
    who = person(payload.get("person_id"), None, payload.get("anonymous_id"))
    body = {"cio_relationships": [{"identifiers": who}]}
    return _entity(
        payload, call("object", "delete_relationships", payload, body, object_(payload.get("object_id"), payload))
    )


def merge(payload: Payload, _: _Call) -> _Items:
    body = {name: who for name in ("primary", "secondary") if (who := person(payload[name])) is not None}
    return _entity(payload, call("person", "merge", payload, body, None))


def did(action: str, payload: Payload, _: _Call) -> _Items:
    """An event, a page or a screen; `id` is what Customer.io knows a repeat by."""
    body = picked(payload, {"name": "url" if action == "page" else "name", "id": "event_id", "attributes": "data"})
    who = person(payload.get("id"), None, payload.get("anonymous_id"))
    return _entity(payload, call("person", action, payload, body, who))


def content(payload: Payload, _: _Call) -> _Items:
    action = payload["actionType"]
    body: dict[str, Any] = {"name": action}
    if "data" in payload:
        body["attributes"] = omitted(payload["data"], ("actionType",))
    who = person(anonymous_id=payload.get("anonymous_id"))
    return _entity(payload, call("person", action, payload, body, who))


def delivery(payload: Payload, made: _Call) -> _Items:
    names = ("delivery_id", "metric", "recipient", "reason", "href")
    data = picked(payload, {name: name for name in names})
    data["timestamp"] = _moment(payload.get("timestamp"), made)
    if metadata := picked(payload, {"action_name": "action_name", "action_value": "action_value"}):
        data["metadata"] = metadata
    return [Item(METRICS, data)]


def _moment(value: Any, made: _Call) -> int | float:
    """Return seconds since 1970, those of the event itself if the mapping has no time."""
    found = seconds(value)
    if isinstance(found, str):
        found = number_of(found)
    if isinstance(found, int | float):
        return found
    return (first_moment(made.event.get("timestamp")) or 0) // 1000
