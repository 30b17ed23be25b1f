"""The actions: what of an event each reads, and what it is for."""

from collections.abc import Callable
from functools import partial

from catalogue.destinations.customerio import calls
from catalogue.destinations.customerio.endpoints import Settings
from sluice.destinations.action import Action, Call, Payload
from sluice.destinations.field import Field, boolean, datetime, first, integer, obj, path, string, template
from sluice.destinations.item import Item

BATCHED: dict[str, Field] = {
    "enable_batching": boolean("A field of Segment's. Here, calls always travel together.", True),
    "batch_size": integer("Most calls of one request, up to 100.", 50, accepts=lambda size: size >= 1),
}
CONVERTED = {"convert_timestamp": boolean("True to convert dates in attributes to seconds since 1970.", True)}
WHO = {
    "person_id": string(
        "The id of the person: an id, an e-mail address, or `cio_` and Customer.io's own id.",
        path("$.userId"),
        required=True,
    )
}
ANONYMOUS = {"anonymous_id": string("The anonymous id of the user.", path("$.anonymousId"))}
WHEN = {"timestamp": string("The time of the event.", path("$.timestamp"))}
DEVICE = {"device_id": string("The device's token.", path("$.context.device.token"), required=True)}
EVENT_ID = {"event_id": string("The id by which Customer.io recognises a repeat.", path("$.messageId"))}
USER = {"id": string("The id of the user.", path("$.userId"))}
DATA = {"data": obj("Attributes of the event.", path("$.properties"))}


def _type_of_object(base: str) -> dict[str, Field]:
    default = first(f"$.{base}.object_type_id", f"$.{base}.objectTypeId")
    return {"object_type_id": string("The type of the object; 1 if left out.", default)}


def _related(base: str) -> dict[str, Field]:
    return {"relationship_attributes": obj("Attributes of the relationship.", path(f"$.{base}.relationshipAttributes"))}


_CREATED = {"created_at": string("The time of creation.", first("$.traits.created_at", "$.traits.createdAt"))}

#: Tracks that no other action is for.
_OTHER_TRACKS = (
    'type = "track" and event != "Application Installed" and event != "Application Opened" '
    'and event != "Application Uninstalled" and event != "Device Created or Updated" and event != "Device Deleted" '
    'and event != "Relationship Deleted" and event != "User Deleted" and event != "User Suppressed" '
    'and event != "User Unsuppressed" and event != "Object Deleted" and event != "Report Delivery Event" '
    'and event != "Report Content Event"'
)

#: Each action: title, what it does, its trigger, its fields, its items.
_TABLE: dict[str, tuple[str, str, str, dict[str, Field], Callable[[Payload, Call[Settings]], list[Item[Settings]]]]] = {
    "createUpdatePerson": (
        "Create or Update Person",
        "Make a person, or set attributes of one.",
        'type = "identify"',
        {
            "id": string("The id of the user.", first("$.userId", "$.traits.email")),
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
        calls.update_person,
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
            "last_used": string("The time of the device's last use.", path("$.timestamp")),
            "attributes": obj("Attributes of the device.", path("$.properties")),
            **CONVERTED,
        },
        calls.update_device,
    ),
    "deleteDevice": (
        "Delete Device",
        "Take a device from a person.",
        'event = "Application Uninstalled" or event = "Device Deleted"',
        {**WHO, **DEVICE},
        calls.delete_device,
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
        calls.delete_relationship,
    ),
    "deletePerson": (
        "Delete Person",
        "Delete a person.",
        'event = "User Deleted"',
        WHO,
        partial(calls.about_person, "delete"),
    ),
    "deleteObject": (
        "Delete Object",
        "Delete an object.",
        'event = "Object Deleted"',
        {"object_id": string("The object.", path("$.properties.objectId")), **_type_of_object("properties")},
        calls.delete_object,
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
        partial(calls.did, "event"),
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
        partial(calls.did, "page"),
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
        partial(calls.did, "screen"),
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
            "user_id": string("The id of the person that belongs to the object.", path("$.userId")),
            **ANONYMOUS,
            **_type_of_object("traits"),
            **CONVERTED,
        },
        calls.update_object,
    ),
    "mergePeople": (
        "Merge People",
        "Make one person of two.",
        'type = "alias"',
        {
            "primary": string("The person that stays.", path("$.userId"), required=True),
            "secondary": string("The person that becomes a part of `primary`.", path("$.previousId"), required=True),
        },
        calls.merge,
    ),
    "suppressPerson": (
        "Suppress Person",
        "Delete a person, and take no more of them.",
        'event = "User Suppressed"',
        WHO,
        partial(calls.about_person, "suppress"),
    ),
    "unsuppressPerson": (
        "Unsuppress Person",
        "Take events of a person again.",
        'event = "User Unsuppressed"',
        WHO,
        partial(calls.about_person, "unsuppress"),
    ),
    "reportDeliveryEvent": (
        "Report Delivery Event",
        "Say what became of a message.",
        'event = "Report Delivery Event"',
        {
            "delivery_id": string("The message.", path("$.properties.deliveryId"), required=True),
            "metric": string(
                "The fate of the message.",
                path("$.properties.metric"),
                required=True,
                choices=(
                    "delivered", "opened", "clicked", "converted", "spammed", "bounced", "dropped", "deferred",
                ),
            ),
            "recipient": string("The recipient of the message.", path("$.properties.recipient")),
            "reason": string("Why it failed.", path("$.properties.reason")),
            "href": string("The link that was clicked.", path("$.properties.href")),
            "action_name": string("The name of the action in the app.", path("$.properties.actionName")),
            "action_value": string("And with what.", path("$.properties.actionValue")),
            "timestamp": datetime("The time of the event.", path("$.timestamp")),
        },
        calls.delivery,
    ),
    "reportContentEvent": (
        "Report Content Event",
        "Say that somebody saw or clicked content in the app.",
        'event = "Report Content Event"',
        {
            **ANONYMOUS,
            "actionType": string(
                "The action.",
                path("$.properties.actionType"),
                required=True,
                choices=("viewed_content", "clicked_content"),
            ),
            **WHEN,
            **DATA,
            **CONVERTED,
        },
        calls.content,
    ),
}  # fmt: skip

ACTIONS = tuple(
    Action(id=id_, title=title, description=description, trigger=trigger, fields={**fields, **BATCHED}, items=items)
    for id_, (title, description, trigger, fields, items) in _TABLE.items()
)
