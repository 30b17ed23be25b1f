"""Customer.io: persons, devices, objects, and what people did. https://docs.customer.io/api/track/"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, ClassVar, Literal

from sluice.deliver.actions import Action, Batch, Call, Endpoint, Item, Payload, Preset, json_array
from sluice.deliver.destination import Destination, Secret, Taken
from sluice.deliver.fields import Field, boolean, datetime, first, integer, obj, path, string, template
from sluice.deliver.messages import Request, Response
from sluice.deliver.outcomes import Delivered, Discarded, Outcome, by_status
from sluice.deliver.shaping import basic, omitted, picked
from sluice.spec.dates import milliseconds_of
from sluice.spec.javascript import number_of

from .entities import FIRST_TYPE, call, person, seconds, with_times

_HOSTS = {"us": "https://track.customer.io", "eu": "https://track-eu.customer.io"}


@dataclass(frozen=True, slots=True)
class Settings:
    """`site_id` and `api_key` are those of the Track API. `region` is where the account is."""

    site_id: str
    api_key: Secret = field(repr=False)
    region: Literal["us", "eu"] = "us"

    __pydantic_config__: ClassVar = {"extra": "forbid"}


def _request(address: str, body: bytes, settings: Settings) -> Request:
    headers = {"content-type": "application/json", "authorization": basic(settings.site_id, settings.api_key)}
    return Request(_HOSTS[settings.region] + address, body, headers=headers)


def request(batch: Batch[Settings]) -> Request:
    if len(batch.bodies) == 1:
        return _request("/api/v2/entity", batch.bodies[0], batch.settings)
    return _request("/api/v2/batch", json_array(batch, b'{"batch":', b"}"), batch.settings)


def outcomes(batch: Batch[Settings], response: Response) -> Outcome | Sequence[Outcome]:
    """207 lists what was refused, by its place in the batch."""
    answer = response.json()
    errors = answer.get("errors") if isinstance(answer, dict) else None
    if response.status != 207 or not isinstance(errors, list):
        return by_status(response)
    why = {each.get("batch_index"): str(each.get("message")) for each in errors if isinstance(each, dict)}
    return [Discarded("400", 207, why[at]) if at in why else Delivered(207) for at in range(len(batch.items))]


ENTITIES: Endpoint[Settings] = Endpoint(request=request, most=100, most_bytes=480_000, outcomes=outcomes)
METRICS: Endpoint[Settings] = Endpoint(
    request=lambda batch: _request("/api/v1/metrics", batch.bodies[0], batch.settings)
)

type _Call = Call[Settings]
type _Items = list[Item[Settings]]


def _entity(payload: Payload, data: dict[str, Any]) -> _Items:
    return [Item(ENTITIES, data, most=payload.get("batch_size"))]


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
    what = {"object_id": payload["id"], "object_type_id": payload.get("object_type_id", FIRST_TYPE)}
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


def _object(payload: Payload) -> dict[str, str] | None:
    if not payload.get("object_id"):
        return None
    return {"object_id": payload["object_id"], "object_type_id": payload.get("object_type_id", FIRST_TYPE)}


def delete_object(payload: Payload, _: _Call) -> _Items:
    return _entity(payload, call("object", "delete", payload, {}, _object(payload)))


def delete_relationship(payload: Payload, _: _Call) -> _Items:
    who = person(payload.get("person_id"), None, payload.get("anonymous_id"))
    body = {"cio_relationships": [{"identifiers": who}]}
    return _entity(payload, call("object", "delete_relationships", payload, body, _object(payload)))


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
    """An event whose mapping has no time happened when it says itself, however often it is sent."""
    found = seconds(value)
    if isinstance(found, str):
        found = number_of(found)
    if isinstance(found, int | float):
        return found
    return (milliseconds_of(made.event.get("timestamp")) or 0) // 1000


BATCHED: dict[str, Field] = {
    "enable_batching": boolean("Of Segment's: here, calls always travel together.", True),
    "batch_size": integer("Most calls of one request, up to 100.", 50, accepts=lambda size: size >= 1),
}
CONVERTED = {"convert_timestamp": boolean("Whether dates in attributes become seconds.", True)}
WHO = {
    "person_id": string(
        "Who it is: an id, an address, or `cio_` and Customer.io's own id.", path("$.userId"), required=True
    )
}
ANONYMOUS = {"anonymous_id": string("Who it was, as far as is known.", path("$.anonymousId"))}
WHEN = {"timestamp": string("When it happened.", path("$.timestamp"))}
DEVICE = {"device_id": string("The device's token.", path("$.context.device.token"), required=True)}
EVENT_ID = {"event_id": string("What Customer.io knows a repeat by.", path("$.messageId"))}
USER = {"id": string("Who it is.", path("$.userId"))}
DATA = {"data": obj("Attributes of the event.", path("$.properties"))}


def _type_of_object(base: str) -> dict[str, Field]:
    default = first(f"$.{base}.object_type_id", f"$.{base}.objectTypeId")
    return {"object_type_id": string("The type of the object; 1 if left out.", default)}


def _related(base: str) -> dict[str, Field]:
    return {"relationship_attributes": obj("Attributes of the relationship.", path(f"$.{base}.relationshipAttributes"))}


_CREATED = {"created_at": string("When it was made.", first("$.traits.created_at", "$.traits.createdAt"))}

#: Tracks that no other action is for.
_OTHER_TRACKS = (
    'type = "track" and event != "Application Installed" and event != "Application Opened" '
    'and event != "Application Uninstalled" and event != "Device Created or Updated" and event != "Device Deleted" '
    'and event != "Relationship Deleted" and event != "User Deleted" and event != "User Suppressed" '
    'and event != "User Unsuppressed" and event != "Object Deleted" and event != "Report Delivery Event" '
    'and event != "Report Content Event"'
)

#: Each action: title, what it does, its trigger, its fields, its items.
_TABLE: dict[str, tuple[str, str, str, dict[str, Field], Callable[[Payload, _Call], _Items]]] = {
    "createUpdatePerson": (
        "Create or Update Person",
        "Make a person, or set attributes of one.",
        'type = "identify"',
        {
            "id": string("Who it is.", first("$.userId", "$.traits.email")),
            **ANONYMOUS,
            "email": string("The person's address.", template("{{traits.email}}")),
            **_CREATED,
            "group_id": string("An object that the person belongs to.", path("$.traits.objectId")),
            "custom_attributes": obj("Attributes of the person.", path("$.traits")),
            **_related("traits"),
            **WHEN,
            **CONVERTED,
            **_type_of_object("traits"),
        },
        update_person,
    ),
    "createUpdateDevice": (
        "Create or Update Device",
        "Add a device to a person, or set its attributes.",
        'event = "Application Installed" or event = "Application Opened" or event = "Device Created or Updated"',
        {
            **WHO,
            **DEVICE,
            "app_version": string("The app's version.", path("$.context.app.version")),
            "platform": string("`ios` or `android`.", path("$.context.device.type"), required=True),
            "last_used": string("When it was used.", path("$.timestamp")),
            "attributes": obj("Attributes of the device.", path("$.properties")),
            **CONVERTED,
        },
        update_device,
    ),
    "deleteDevice": (
        "Delete Device",
        "Take a device from a person.",
        'event = "Application Uninstalled" or event = "Device Deleted"',
        {**WHO, **DEVICE},
        delete_device,
    ),
    "deleteRelationship": (
        "Delete Relationship",
        "End the relationship of a person and an object.",
        'event = "Relationship Deleted"',
        {
            **WHO,
            **ANONYMOUS,
            "object_id": string("The object.", path("$.properties.objectId"), required=True),
            **_type_of_object("properties"),
        },
        delete_relationship,
    ),
    "deletePerson": (
        "Delete Person",
        "Delete a person.",
        'event = "User Deleted"',
        WHO,
        partial(about_person, "delete"),
    ),
    "deleteObject": (
        "Delete Object",
        "Delete an object.",
        'event = "Object Deleted"',
        {"object_id": string("The object.", path("$.properties.objectId")), **_type_of_object("properties")},
        delete_object,
    ),
    "trackEvent": (
        "Track Event",
        "Record what a person did.",
        _OTHER_TRACKS,
        {
            **USER,
            **ANONYMOUS,
            "name": string("The event's name.", path("$.event"), required=True),
            **EVENT_ID,
            **WHEN,
            **DATA,
            **CONVERTED,
        },
        partial(did, "event"),
    ),
    "trackPageView": (
        "Track Page View",
        "Record the page that a person saw.",
        'type = "page"',
        {
            **USER,
            **ANONYMOUS,
            **EVENT_ID,
            "url": string("The page's address.", path("$.properties.url"), required=True),
            **WHEN,
            **DATA,
            **CONVERTED,
        },
        partial(did, "page"),
    ),
    "trackScreenView": (
        "Track Screen View",
        "Record the screen that a person saw.",
        'type = "screen"',
        {
            **USER,
            **ANONYMOUS,
            **EVENT_ID,
            "name": string("The screen's name.", path("$.name"), required=True),
            **WHEN,
            **DATA,
            **CONVERTED,
        },
        partial(did, "screen"),
    ),
    "createUpdateObject": (
        "Create or Update Object",
        "Make an object, set its attributes, and relate a person to it.",
        'type = "group"',
        {
            "id": string("The object.", path("$.groupId"), required=True),
            **_CREATED,
            "custom_attributes": obj("Attributes of the object.", path("$.traits.objectAttributes")),
            **_related("traits"),
            "user_id": string("Who belongs to it.", path("$.userId")),
            **ANONYMOUS,
            **_type_of_object("traits"),
            **CONVERTED,
        },
        update_object,
    ),
    "mergePeople": (
        "Merge People",
        "Make one person of two.",
        'type = "alias"',
        {
            "primary": string("Who stays.", path("$.userId"), required=True),
            "secondary": string("Who becomes part of that one.", path("$.previousId"), required=True),
        },
        merge,
    ),
    "suppressPerson": (
        "Suppress Person",
        "Delete a person, and take no more of them.",
        'event = "User Suppressed"',
        WHO,
        partial(about_person, "suppress"),
    ),
    "unsuppressPerson": (
        "Unsuppress Person",
        "Take events of a person again.",
        'event = "User Unsuppressed"',
        WHO,
        partial(about_person, "unsuppress"),
    ),
    "reportDeliveryEvent": (
        "Report Delivery Event",
        "Say what became of a message.",
        'event = "Report Delivery Event"',
        {
            "delivery_id": string("The message.", path("$.properties.deliveryId"), required=True),
            "metric": string(
                "What became of it.",
                path("$.properties.metric"),
                required=True,
                choices=(
                    "delivered", "opened", "clicked", "converted", "spammed", "bounced", "dropped", "deferred",
                ),
            ),
            "recipient": string("Who got it.", path("$.properties.recipient")),
            "reason": string("Why it failed.", path("$.properties.reason")),
            "href": string("What was clicked.", path("$.properties.href")),
            "action_name": string("What was done in the app.", path("$.properties.actionName")),
            "action_value": string("And with what.", path("$.properties.actionValue")),
            "timestamp": datetime("When.", path("$.timestamp")),
        },
        delivery,
    ),
    "reportContentEvent": (
        "Report Content Event",
        "Say that somebody saw or clicked content in the app.",
        'event = "Report Content Event"',
        {
            **ANONYMOUS,
            "actionType": string(
                "What was done.",
                path("$.properties.actionType"),
                required=True,
                choices=("viewed_content", "clicked_content"),
            ),
            **WHEN,
            **DATA,
            **CONVERTED,
        },
        content,
    ),
}  # fmt: skip

ACTIONS = tuple(
    Action(id=id_, title=title, about=about, trigger=trigger, fields={**fields, **BATCHED}, items=items)
    for id_, (title, about, trigger, fields, items) in _TABLE.items()
)


def _settings(theirs: Mapping[str, Any], _: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    region = str(theirs.get("accountRegion", "us"))[:2].lower()
    return {**picked(theirs, {"site_id": "siteId", "api_key": "apiKey"}), "region": region}


destination = Destination(
    kind="customerio",
    title="Customer.io",
    about="Persons, devices, objects and their relationships, and what people did.",
    names=("Customer.io (Actions)", "Actions Customerio", "Customer.io"),
    settings=Settings,
    actions=ACTIONS,
    presets=tuple(Preset(name=action.title, action=action.id, trigger=action.trigger) for action in ACTIONS),
    segment=Taken(slugs=("customerio", "actions-customerio"), settings=_settings),
)
