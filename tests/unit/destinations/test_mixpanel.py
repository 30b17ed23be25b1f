"""Mixpanel's requests, written down by hand from https://developer.mixpanel.com/reference."""

import re
from typing import Any

import pytest

from catalogue.destinations.mixpanel.records import insert_id_of
from tests.unit.destinations.golden import EVENT, MILLISECONDS, PROPERTIES, made
from tests.unit.destinations.test_vendors import sent


def mixpanel_event(name: str, insert_id: str, time: int, **properties: Any) -> dict[str, Any]:
    return {"event": name, "properties": {
        "time": time, "distinct_id": "u1", "$insert_id": insert_id, "id": "u1", "$user_id": "u1",
        "$identified_id": "u1", "$anon_id": "a1", "$device_id": "a1", "ip": "203.0.113.7", "$device_type": "ios",
        "$app_version_string": "1.2", "$source": "segment", "event_original_name": "Paid", **properties,
    }}  # fmt: skip


def test_mixpanel_events_and_orders() -> None:
    url = "api.mixpanel.com/import"
    assert made("mixpanel", "trackEvent") == [(url, [mixpanel_event("Paid", "m1", MILLISECONDS, **PROPERTIES)])]
    products = [{"product_id": "p1", "price": 10}]
    assert made("mixpanel", "trackPurchase", properties={"order_id": "o1", "total": 30, "products": products}) == [
        (url, [
            mixpanel_event("Paid", "m1", MILLISECONDS, order_id="o1", total=30, products=products),
            mixpanel_event("Product Purchased", "0m1", MILLISECONDS - 1, order_id="o1", product_id="p1", price=10),
        ]),
    ]  # fmt: skip


def test_mixpanel_profiles_groups_and_aliases() -> None:
    host, who = "api.mixpanel.com", {"$token": "t", "$distinct_id": "u1", "$ip": "203.0.113.7"}
    joined = {"$identified_id": "u1", "$anon_id": "a1", "token": "t"}
    traits = {"$created": "2026-01-01T00:00:00Z", "$email": "jane@example.com"}
    assert made("mixpanel", "identifyUser") == [
        (f"{host}/track", {"data": {"event": "$identify", "properties": joined}}),
        (f"{host}/engage", {"data": {**who, "$set": traits}}),
    ]
    group = {"$token": "t", "$group_key": "$group_id", "$group_id": "g1",
             "$set": {"$created": "2026-01-01T00:00:00Z", "email": "jane@example.com"}}  # fmt: skip
    assert made("mixpanel", "groupIdentifyUser") == [(f"{host}/groups", {"data": group})]
    added = {**who, "$add": {"visits": 2}}
    assert made("mixpanel", "incrementProperties", {"increment": {"visits": "2"}}) == [
        (f"{host}/engage", {"data": added}),
    ]  # fmt: skip
    alias = {"event": "$create_alias", "properties": {"distinct_id": "a0", "alias": "u1", "token": "t"}}
    assert made("mixpanel", "alias") == [(f"{host}/track", {"data": alias})]


@pytest.mark.parametrize("name", ["order_123:1", "x" * 37, "größe", ""])
def test_mixpanel_gets_an_id_in_its_alphabet_and_always_the_same(name: str) -> None:
    assert re.fullmatch("[A-Za-z0-9-]{1,36}", insert_id_of(name))
    assert insert_id_of(name) == insert_id_of(name)


def test_mixpanel_keeps_an_id_that_it_takes() -> None:
    assert insert_id_of("0a1b-2C") == "0a1b-2C"


@pytest.mark.parametrize("action", ["trackEvent", "identifyUser", "groupIdentifyUser", "alias"])
def test_mixpanel_does_not_take_our_address_for_the_users(action: str) -> None:
    settings = {"project_token": "t", "api_secret": "s"}
    found = sent("mixpanel", {**EVENT, "context": {}}, settings, {"action": action, "trigger": "all"})
    assert found
    assert all("ip=0" in url.partition("?")[2].split("&") for url, _, _ in found)
