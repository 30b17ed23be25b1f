"""Google's events, written down by hand from

https://developers.google.com/analytics/devguides/collection/protocol/ga4/reference/events
"""

from typing import Any

import pytest

from catalogue.destinations.ga4.events import name_of
from sluice.destinations.outcome import Discarded
from tests.unit.destinations.golden import MILLISECONDS, made

SHOP = {
    "order_id": "o1", "total": 30, "value": 30, "currency": "EUR", "query": "hat", "payment_method": "card",
    "list_id": "l1", "category": "Hats", "promotion_id": "x1", "creative": "top", "type": "mail", "product_id": "p1",
    "name": "Hat", "coupon": "MAY", "tax": 2, "shipping": 3, "position": "front",
    "products": [{"product_id": "p1", "name": "Hat", "price": 10, "quantity": 2, "brand": "Acme", "position": 1}],
}  # fmt: skip
MONEY, ORDER = {"currency": "EUR", "value": 30}, {"transaction_id": "o1", "tax": 2, "shipping": 3}
ITEMS = [{"item_id": "p1", "item_name": "Hat", "price": 10, "quantity": 2, "item_brand": "Acme", "index": 1}]
ITEM = [{"item_id": "p1", "item_name": "Hat", "coupon": "MAY", "item_category": "Hats"}]
PROMOTION = {"creative_slot": "top", "promotion_id": "x1", "promotion_name": "Hat"}


@pytest.mark.parametrize(
    ("action", "name", "params"),
    [
        ("addPaymentInfo", "add_payment_info", {**MONEY, "payment_type": "card", "items": ITEMS}),
        ("addToCart", "add_to_cart", {**MONEY, "items": ITEM}),
        ("addToWishlist", "add_to_wishlist", {**MONEY, "items": ITEM}),
        ("beginCheckout", "begin_checkout", {**MONEY, "coupon": "MAY", "items": ITEMS}),
        ("generateLead", "generate_lead", MONEY),
        ("login", "login", {}),
        ("purchase", "purchase", {**MONEY, **ORDER, "coupon": "MAY", "items": ITEMS}),
        ("refund", "refund", {**MONEY, "transaction_id": "o1", "shipping": 3, "items": ITEMS}),
        ("removeFromCart", "remove_from_cart", {**MONEY, "items": ITEM}),
        ("search", "search", {"search_term": "hat"}),
        ("selectItem", "select_item", {"items": ITEM}),
        ("selectPromotion", "select_promotion", {**PROMOTION, "items": ITEM}),
        ("signUp", "sign_up", {"method": "mail"}),
        ("viewCart", "view_cart", {**MONEY, "items": ITEMS}),
        ("viewItem", "view_item", {**MONEY, "items": ITEM}),
        ("viewItemList", "view_item_list", {"item_list_id": "l1", "item_list_name": "Hats", "items": ITEMS}),
        ("viewPromotion", "view_promotion", {**PROMOTION, "location_id": "front", "items": ITEM}),
    ],
)
def test_ga4_recommended_events(action: str, name: str, params: dict[str, Any]) -> None:
    assert made("ga4", action, properties=SHOP) == [("www.google-analytics.com/mp/collect", {
        "client_id": "a1", "user_id": "u1", "timestamp_micros": MILLISECONDS * 1000,
        "events": [{"name": name, "params": {**params, "engagement_time_msec": 1}}],
    })]  # fmt: skip


def test_ga4_pages_own_events_apps_users_and_consent() -> None:
    ((_, page),) = made("ga4", "pageView", context={"page": {"url": "https://x/", "title": "X"}})
    assert page["events"][0]["name"] == "page_view"
    params = page["events"][0]["params"]
    assert params == {"page_location": "https://x/", "page_title": "X", "engagement_time_msec": 1}
    mapping = {
        "data_stream_type": "Mobile App", "app_instance_id": "i1", "lowercase": True, "ad_user_data_consent": "GRANTED",
        "user_properties": {"plan": "pro"},
    }  # fmt: skip
    ((_, document),) = made("ga4", "customEvent", mapping, event=" Level Up ", properties={"level": 3})
    assert document == {
        "app_instance_id": "i1", "user_id": "u1", "timestamp_micros": MILLISECONDS * 1000,
        "user_properties": {"plan": {"value": "pro"}}, "consent": {"ad_user_data": "GRANTED"},
        "events": [{"name": "level_up", "params": {"level": 3, "engagement_time_msec": 1}}],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("name", "sent"),
    [("Home | Nav", "Home___Nav"), ("sign-up-done", "sign_up_done"), ("Größe", "Größe"), ("a" * 40, "a" * 40)],
)
def test_ga4_gets_a_name_that_it_takes(name: str, sent: str) -> None:
    ((_, seen),) = made("ga4", "customEvent", {"name": name})
    assert seen["events"][0]["name"] == sent


@pytest.mark.parametrize(
    "name", ["1st Purchase", "session_start", "firebase_x", "ga_x", "_private", "click", "a" * 41, "-"]
)
def test_ga4_drops_such_names_silently_and_we_do_not(name: str) -> None:
    assert isinstance(name_of(name, is_lowered=False), Discarded)


def test_ga4_gets_parameters_that_it_takes() -> None:
    odd = {"bad-name": 1, "1num": 3, "with space": 4, "google_x": 5, "y" * 41: 6}
    ((_, seen),) = made("ga4", "customEvent", {"name": "x", "params": {**odd, "good": 1}})
    assert seen["events"][0]["params"] == {"engagement_time_msec": 1, "good": 1}


def test_ga4_gets_no_more_parameters_than_it_takes() -> None:
    ((_, seen),) = made("ga4", "customEvent", {"name": "x", "params": {f"p{number}": number for number in range(40)}})
    assert len(seen["events"][0]["params"]) == 25
