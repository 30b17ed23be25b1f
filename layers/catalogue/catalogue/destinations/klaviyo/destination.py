"""Klaviyo: events and profiles, by its bulk jobs.

https://developers.klaviyo.com/en/reference/bulk_create_events and
https://developers.klaviyo.com/en/reference/bulk_import_profiles
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from sluice.destinations.action import Action, Call, Payload, Preset
from sluice.destinations.destination import Destination, SegmentImport
from sluice.destinations.field import Field, datetime, first, number, obj, path, string
from sluice.destinations.http import Request, Response
from sluice.destinations.item import Batch, Endpoint, Item
from sluice.destinations.outcome import FILTERED_AT_MAPPING, Discarded, Outcome, Resend, by_status
from sluice.destinations.payloads import omitted
from sluice.destinations.settings import Secret, settings

API = "https://a.klaviyo.com/api"
#: The version of Klaviyo's API, which each request names: https://developers.klaviyo.com/en/docs/api_versioning_and_deprecation_policy
_REVISION = "2025-01-15"
_IDENTIFIERS = ("email", "phone_number", "external_id", "anonymous_id")
#: E.164, after the marks that people put between digits.
_PHONE, _MARKS = re.compile(r"\+[1-9][0-9]{6,14}"), str.maketrans("", "", " ().-/")
#: Where an error points to: the place of an item in its request.
_POINTER = re.compile(r"/data/attributes/[a-z-]+/data/([0-9]+)(?:/|$)")


@settings
class Settings:
    """`api_key` is a private key of your account. It needs full access to events and profiles."""

    api_key: Secret


def headers(declared: Settings) -> dict[str, str]:
    return {
        "accept": "application/json",
        "authorization": f"Klaviyo-API-Key {declared.api_key}",
        "content-type": "application/json",
        "revision": _REVISION,
    }


def _bulk(where: str, job: str, attribute: str) -> Endpoint[Settings]:
    """Return an endpoint that makes a job of up to 1,000 items and 5 MB."""
    before = b'{"data":{"type":"%b","attributes":{"%b":{"data":[' % (job.encode(), attribute.encode())

    def request(batch: Batch[Settings]) -> Request:
        body = before + b",".join(batch.bodies) + b"]}" + _lists(batch.key) + b"}}"
        return Request(API + where, body, headers=headers(batch.settings))

    return Endpoint(request=request, max_items=1000, max_bytes=4_900_000, outcomes=outcomes)


def _lists(list_id: str | None) -> bytes:
    """Close the attributes; with a list, profiles become its members."""
    if list_id is None:
        return b"}"
    return b'},"relationships":{"lists":{"data":[{"type":"list","id":' + orjson.dumps(list_id) + b"}]}}"


def outcomes(batch: Batch[Settings], response: Response) -> Outcome | Sequence[Outcome | Resend]:
    """A 400 accepts nothing, and points to the items that are wrong: the others are sent again without them.

    https://developers.klaviyo.com/en/docs/rate_limits_and_error_handling
    """
    answer = response.json()
    errors = answer.get("errors") if isinstance(answer, dict) else None
    if response.status != 400 or not isinstance(errors, list):
        return by_status(response)
    wrong: dict[int, str] = {}
    for each in filter(lambda error: isinstance(error, dict), errors):
        source = each.get("source")
        if isinstance(source, dict) and (found := _POINTER.match(str(source.get("pointer")))):
            wrong.setdefault(int(found[1]), str(each.get("detail")))
    if not wrong or max(wrong) >= len(batch.items):
        return by_status(response)
    return [Discarded("400", 400, wrong[at]) if at in wrong else Resend() for at in range(len(batch.items))]


#: Fields of an event that Klaviyo knows by the same name.
_OF_EVENTS = frozenset({"time", "value", "value_currency", "unique_id"})

EVENTS = _bulk("/event-bulk-create-jobs", "event-bulk-create-job", "events-bulk-create")
PROFILES = _bulk("/profile-bulk-import-jobs", "profile-bulk-import-job", "profiles")


def _profile(given: Mapping[str, Any]) -> dict[str, Any] | Discarded:
    """Return the attributes of a profile without empty ones. A phone number that Klaviyo would refuse is left out."""
    attributes = {name: value for name, value in given.items() if value not in (None, "", {})}
    if "phone_number" in attributes:
        phone = str(attributes.pop("phone_number")).translate(_MARKS)
        if _PHONE.fullmatch(phone):
            attributes["phone_number"] = phone
    if not any(name in attributes for name in _IDENTIFIERS):
        return Discarded(FILTERED_AT_MAPPING, response=f"one of {', '.join(_IDENTIFIERS)} is required")
    return attributes


def _event(name: str, profile: Mapping[str, Any], payload: Payload, **more: Any) -> Item[Settings]:
    known = {key: value for key, value in payload.items() if key in _OF_EVENTS}
    attributes: dict[str, Any] = {
        "metric": {"data": {"type": "metric", "attributes": {"name": name}}},
        "properties": payload.get("properties", {}),
        **known,
        **more,
    }
    return Item(
        EVENTS,
        {
            "type": "event-bulk-create",
            "attributes": {
                "profile": {"data": {"type": "profile", "attributes": profile}},
                "events": {"data": [{"type": "event", "attributes": attributes}]},
            },
        },
    )


def track(payload: Payload, _: Call[Settings]) -> list[Item[Settings]] | Discarded:
    profile = _profile(payload["profile"])
    return profile if isinstance(profile, Discarded) else [_event(payload["metric_name"], profile, payload)]


def order(payload: Payload, _: Call[Settings]) -> list[Item[Settings]] | Discarded:
    """Send the order, and an event for each product in it; a repeat has the same ids."""
    profile = _profile(payload["profile"])
    if isinstance(profile, Discarded):
        return profile
    found = [_event(payload["event_name"], profile, payload)]
    shared = omitted(payload, {"properties", "value", "unique_id"})
    for number_, product in enumerate(payload.get("products", [])):
        which = product.get("id") or product.get("product_id") or product.get("sku") or number_
        value = {"value": product["price"]} if isinstance(product.get("price"), int | float) else {}
        unique = f"{payload['unique_id']}_{which}"
        more = {**value, "unique_id": unique, "properties": {**product, "order_id": payload["unique_id"]}}
        found.append(_event(payload["product_event_name"], profile, shared, **more))
    return found


def upsert(payload: Payload, _: Call[Settings]) -> list[Item[Settings]] | Discarded:
    attributes = _profile(omitted(payload, {"list_id"}))
    if isinstance(attributes, Discarded):
        return attributes
    return [Item(PROFILES, {"type": "profile", "attributes": attributes}, payload.get("list_id"))]


_PROFILE = obj(
    "The profile that the event belongs to. At least one of its identifiers is required.",
    {
        "email": first("$.context.traits.email", "$.properties.email"),
        "phone_number": first("$.context.traits.phone", "$.properties.phone"),
        "external_id": path("$.userId"),
        "anonymous_id": path("$.anonymousId"),
    },
    required=True,
    open=True,
    properties={
        "email": string("The person's e-mail address."),
        "phone_number": string("The person's phone number in E.164 format, such as +15555555555."),
        "external_id": string("Your own ID of the person, by which Klaviyo finds the profile again."),
        "anonymous_id": string("The ID of a person whom you do not know by name yet."),
    },
)
_EVENT: dict[str, Field] = {
    "profile": _PROFILE,
    "properties": obj("The properties of the event. Klaviyo takes up to 400 of them.", path("$.properties")),
    "time": datetime("The time of the event. Klaviyo keeps it to the second.", path("$.timestamp")),
    "value_currency": string(
        "The currency of the value as an ISO 4217 code, such as USD.", path("$.properties.currency")
    ),
}

TRACK = Action(
    id="trackEvent",
    title="Track Event",
    description="Record an event on a profile.",
    trigger='type = "track"',
    fields={
        **_EVENT,
        "metric_name": string("The name of the event, of less than 128 characters.", path("$.event"), required=True),
        "value": number("A number that belongs to the event, such as the price of a purchase."),
        "unique_id": string("The ID by which Klaviyo recognises a repeated event.", path("$.messageId")),
    },
    items=track,
)
ORDER = Action(
    id="orderCompleted",
    title="Order Completed",
    description="Record an order, and each product in it, on a profile.",
    trigger='type = "track" and event = "Order Completed"',
    fields={
        **_EVENT,
        "event_name": string("The name of the order's event.", "Order Completed", required=True),
        "product_event_name": string("The name of the event of each product.", "Ordered Product", required=True),
        "value": number("The value of the order.", first("$.properties.total", "$.properties.revenue")),
        "unique_id": string(
            "The ID of the order, by which Klaviyo recognises a repeated one.",
            first("$.properties.order_id", "$.messageId"),
            required=True,
        ),
        "products": obj("The products of the order.", path("$.properties.products"), multiple=True, open=True),
    },
    items=order,
)
UPSERT = Action(
    id="upsertProfile",
    title="Upsert Profile",
    description="Create a profile, or update the one that has the same identifiers.",
    trigger='type = "identify"',
    fields={
        "email": string("The person's e-mail address.", first("$.traits.email", "$.context.traits.email")),
        "phone_number": string(
            "The person's phone number in E.164 format, such as +15555555555.",
            first("$.traits.phone", "$.context.traits.phone"),
        ),
        "external_id": string("Your own ID of the person.", path("$.userId")),
        "anonymous_id": string("The ID of a person whom you do not know by name yet.", path("$.anonymousId")),
        "first_name": string("The person's first name.", first("$.traits.firstName", "$.traits.first_name")),
        "last_name": string("The person's last name.", first("$.traits.lastName", "$.traits.last_name")),
        "organization": string("The company that the person works for.", path("$.traits.company.name")),
        "title": string("The person's job title.", path("$.traits.title")),
        "image": string("The address of a picture of the person.", path("$.traits.avatar")),
        "location": obj(
            "The person's address.",
            {
                "address1": path("$.traits.address.street"),
                "city": path("$.traits.address.city"),
                "region": path("$.traits.address.state"),
                "zip": first("$.traits.address.postalCode", "$.traits.address.postal_code"),
                "country": path("$.traits.address.country"),
            },
            open=True,
        ),
        "properties": obj("Other properties of the profile.", path("$.traits")),
        "list_id": string("The ID of a list that the profile becomes a member of."),
    },
    items=upsert,
)


def _settings(theirs: Mapping[str, Any], _: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    return {"api_key": theirs["api_key"]} if "api_key" in theirs else {}


destination = Destination(
    type="klaviyo",
    title="Klaviyo",
    description="Events and profiles for e-mail and text message marketing.",
    names=("Klaviyo", "Klaviyo (Actions)"),
    settings=Settings,
    actions=(TRACK, ORDER, UPSERT),
    presets=(
        Preset(name="Track Event", action="trackEvent", trigger='type = "track" and event != "Order Completed"'),
        Preset(name="Order Completed", action="orderCompleted", trigger=ORDER.trigger),
        Preset(name="Upsert Profile", action="upsertProfile", trigger=UPSERT.trigger),
    ),
    segment=SegmentImport(slugs=("klaviyo", "actions-klaviyo"), settings=_settings),
)
