"""Amplitude's requests, by hand from https://amplitude.com/docs/apis/analytics/http-v2 and the pages beside it."""

import pytest

from tests.unit.destinations.golden import MILLISECONDS, PROPERTIES, TRAITS, made

A_DEVICE = {"user_id": "u1", "device_id": "a1", "app_version": "1.2", "platform": "iOS", "insert_id": "m1"}
AN_EVENT = {
    **A_DEVICE, "event_type": "Paid", "time": MILLISECONDS, "ip": "203.0.113.7", "user_properties": TRAITS,
}  # fmt: skip


@pytest.mark.parametrize("action", ["logEvent", "logEventV2"])
def test_amplitude_events(action: str) -> None:
    expected = {**AN_EVENT, "event_properties": PROPERTIES}
    assert made("amplitude", action) == [("api2.amplitude.com/2/httpapi", {"api_key": "k", "events": [expected]})]


def test_amplitude_events_with_revenue_campaign_and_shorter_ids_to_the_batch_endpoint() -> None:
    mapping = {"use_batch_endpoint": True, "min_id_length": 1, "user_properties": None}
    ((url, document),) = made("amplitude", "logPurchase", mapping, properties={"price": 10, "quantity": 2},
                              context={"campaign": {"name": "spring"}})  # fmt: skip
    assert (url, document["options"]) == ("api2.amplitude.com/batch", {"min_id_length": 1})
    assert document["events"] == [{
        "user_id": "u1", "device_id": "a1", "event_type": "Paid", "time": MILLISECONDS, "insert_id": "m1",
        "event_properties": {"price": 10, "quantity": 2}, "price": 10, "quantity": 2, "revenue": 20,
        "revenueType": "Purchase",
        "user_properties": {"$set": {"utm_campaign": "spring"}, "$setOnce": {"initial_utm_campaign": "spring"}},
    }]  # fmt: skip


def test_amplitude_orders_with_revenue_by_product() -> None:
    products = [{"productId": "p1", "price": 10, "quantity": 2}, {"productId": "p2", "revenue": 5}]
    ((_, document),) = made("amplitude", "logPurchase", {"trackRevenuePerProduct": True},
                            properties={"revenue": 25, "products": products})  # fmt: skip
    order, first, second = document["events"]
    assert order == {**AN_EVENT, "event_properties": {"revenue": 25, "products": products}}
    assert first == {
        **AN_EVENT, "event_type": "Product Purchased", "insert_id": "m1-2", "event_properties": products[0],
        "productId": "p1", "price": 10, "quantity": 2, "revenue": 20, "revenueType": "Purchase",
    }  # fmt: skip
    assert (second["insert_id"], second["revenue"], second["productId"]) == ("m1-3", 5, "p2")


def test_amplitude_users_groups_and_aliases() -> None:
    host = "api2.amplitude.com"
    person = {**A_DEVICE, "user_properties": TRAITS, "library": "segment"}
    assert made("amplitude", "identifyUser") == [(f"{host}/identify", {"api_key": "k", "identification": person})]
    member = {
        "user_id": "u1", "device_id": "a1", "groups": {"company": "g1"}, "user_properties": {"company": "g1"},
        "insert_id": "m1", "time": MILLISECONDS, "library": "segment",
    }  # fmt: skip
    group = {"group_type": "company", "group_value": "g1", "group_properties": TRAITS, "library": "segment"}
    mapping = {"group_type": "company", "group_value": {"@path": "$.groupId"}}
    assert made("amplitude", "groupIdentifyUser", mapping) == [
        (f"{host}/identify", {"api_key": "k", "identification": [member]}),
        (f"{host}/groupidentify", {"api_key": "k", "identification": [group]}),
    ]
    alias = [{"user_id": "a0", "global_user_id": "u1"}]
    assert made("amplitude", "mapUser") == [("api.amplitude.com/usermap", {"api_key": "k", "mapping": alias})]
