"""Klaviyo: requests as its documentation has them, and answers as it gives them."""

import json
from typing import Any

import pytest

from sluice.destinations.http import Response
from sluice.destinations.item import Batch, Item
from sluice.destinations.outcome import Delivered, Discarded, Misconfigured, Resend, Retry
from tests.destinations import kind, requests

KLAVIYO = kind("klaviyo")
SETTINGS = KLAVIYO.settings(api_key="pk_1")
WHO = {"userId": "u1", "anonymousId": "a1", "messageId": "m1", "timestamp": "2026-11-26T12:00:00.000Z"}
EVENTS = KLAVIYO.action("trackEvent").items({"profile": {"email": "a@b.c"}, "metric_name": "x"}, None)[0].endpoint  # type: ignore[union-attr,arg-type,index]


def sent(event: dict[str, Any], *actions: Any) -> tuple[str, Any]:
    (request,) = requests(event, KLAVIYO, SETTINGS, *actions)
    assert request.headers["authorization"] == "Klaviyo-API-Key pk_1"
    assert request.headers["revision"] == "2025-01-15"
    return request.url, json.loads(request.body)


def test_an_event_is_a_bulk_job_with_the_message_id_as_its_unique_id() -> None:
    context = {"traits": {"email": "jane@example.com"}}
    url, body = sent(
        {"type": "track", "event": "Viewed", **WHO, "properties": {"sku": "x"}, "context": context},
        {"action": "trackEvent"},
    )
    assert url == "https://a.klaviyo.com/api/event-bulk-create-jobs"
    assert body["data"]["type"] == "event-bulk-create-job"
    (one,) = body["data"]["attributes"]["events-bulk-create"]["data"]
    assert one["attributes"]["profile"]["data"] == {
        "type": "profile",
        "attributes": {"email": "jane@example.com", "external_id": "u1", "anonymous_id": "a1"},
    }
    (told,) = one["attributes"]["events"]["data"]
    assert told["attributes"] == {
        "metric": {"data": {"type": "metric", "attributes": {"name": "Viewed"}}},
        "properties": {"sku": "x"},
        "time": "2026-11-26T12:00:00.000Z",
        "unique_id": "m1",
    }


def test_an_order_is_an_event_and_one_for_each_product() -> None:
    products = [{"product_id": "p1", "price": 19.5}, {"sku": "s2"}]
    properties = {"order_id": "o7", "total": 42, "currency": "EUR", "products": products}
    event = {"type": "track", "event": "Order Completed", **WHO, "properties": properties}
    _, body = sent(event, {"action": "orderCompleted"})
    found = body["data"]["attributes"]["events-bulk-create"]["data"]
    told = [each["attributes"]["events"]["data"][0]["attributes"] for each in found]
    assert [each["metric"]["data"]["attributes"]["name"] for each in told] == [
        "Order Completed", "Ordered Product", "Ordered Product",
    ]  # fmt: skip
    assert [each["unique_id"] for each in told] == ["o7", "o7_p1", "o7_s2"]
    assert [each.get("value") for each in told] == [42, 19.5, None]
    assert told[1]["properties"] == {"product_id": "p1", "price": 19.5, "order_id": "o7"}
    assert {each["value_currency"] for each in told} == {"EUR"}


def test_a_profile_is_imported_and_may_join_a_list() -> None:
    traits = {
        "email": "jane@example.com",
        "firstName": "Jane",
        "phone": "+1 (555) 010-0000",
        "address": {"city": "Oslo"},
    }
    event = {"type": "identify", **WHO, "traits": traits}
    url, body = sent(event, {"action": "upsertProfile", "mapping": {"list_id": "L1"}})
    assert url == "https://a.klaviyo.com/api/profile-bulk-import-jobs"
    assert body["data"]["relationships"] == {"lists": {"data": [{"type": "list", "id": "L1"}]}}
    (profile,) = body["data"]["attributes"]["profiles"]["data"]
    assert profile["attributes"] == {
        "email": "jane@example.com", "phone_number": "+15550100000", "external_id": "u1", "anonymous_id": "a1",
        "first_name": "Jane", "location": {"city": "Oslo"}, "properties": traits,
    }  # fmt: skip
    _, body = sent(event)
    assert "relationships" not in body["data"]


def test_a_phone_number_that_klaviyo_would_refuse_costs_only_itself() -> None:
    _, body = sent({"type": "identify", **WHO, "traits": {"phone": "555 0100"}})
    (profile,) = body["data"]["attributes"]["profiles"]["data"]
    assert "phone_number" not in profile["attributes"]


def test_a_profile_without_an_address_has_no_location() -> None:
    _, body = sent({"type": "identify", **WHO, "traits": {"email": "jane@example.com"}})
    assert "location" not in json.dumps(body)


def test_an_event_of_nobody_is_discarded() -> None:
    assert requests({"type": "track", "event": "Viewed", "messageId": "m1", "properties": {}}, KLAVIYO, SETTINGS) == []


def error(place: int, **more: Any) -> dict[str, Any]:
    pointer = f"/data/attributes/events-bulk-create/data/{place}/attributes/profile"
    return {"detail": f"wrong at {place}", "source": {"pointer": pointer}, **more}


@pytest.mark.parametrize(
    ("response", "expected"),
    [
        (Response(202), Delivered(202)),
        (Response(429, {"retry-after": "7"}), Retry("429", 429, 7.0)),
        (Response(401), Misconfigured("401", 401)),
        (
            Response(400, body=json.dumps({"errors": [error(1)]}).encode()),
            [Resend(), Discarded("400", 400, "wrong at 1"), Resend()],
        ),
    ],
)
def test_what_klaviyo_answers_is_understood(response: Response, expected: object) -> None:
    items = [Item(EVENTS, {}) for _ in range(3)]
    assert EVENTS.outcomes(Batch(EVENTS, items, [b"{}"] * 3, SETTINGS), response) == expected


@pytest.mark.parametrize("errors", [[], [{}], [None], [error(9)], [{"source": "x"}], "x"])
def test_an_error_that_points_nowhere_is_about_all(errors: object) -> None:
    items = [Item(EVENTS, {}) for _ in range(3)]
    response = Response(400, body=json.dumps({"errors": errors}).encode())
    found = EVENTS.outcomes(Batch(EVENTS, items, [b"{}"] * 3, SETTINGS), response)
    assert isinstance(found, Discarded)
