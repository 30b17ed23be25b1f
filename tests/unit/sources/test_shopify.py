"""Shopify: topics become events of the e-commerce Spec."""

from typing import Any

import pytest

from catalogue.sources import source_type
from tests.sources import BODY, event, hook, is_proven

ORDER: dict[str, Any] = {
    "id": 820982911946154508, "email": "jo@example.com", "created_at": "2026-01-01T01:00:00+01:00",
    "total_price": "59.90", "currency": "EUR", "customer": {"id": 115310627314723954},
    "line_items": [{"product_id": 632910392, "title": "Mug", "sku": "MUG-1", "price": "29.95", "quantity": 2}],
}  # fmt: skip


def of(topic: str, **more: str) -> dict[str, str]:
    return {"x_shopify_topic": topic, "x_shopify_event_id": "e1", "x_shopify_webhook_id": "w1", **more}


def test_a_paid_order() -> None:
    found = event("shopify", ORDER, of("orders/paid"), source="shop")
    assert (found["type"], found["event"], found["userId"]) == ("track", "Order Completed", "115310627314723954")
    assert found["properties"] == {
        "order_id": "820982911946154508",
        "total": 59.9,
        "currency": "EUR",
        "products": [{"product_id": "632910392", "name": "Mug", "sku": "MUG-1", "price": 29.95, "quantity": 2}],
    }
    assert found["messageId"] == "shop:e1"
    assert found["timestamp"] == "2026-01-01T00:00:00.000Z"


@pytest.mark.parametrize(
    ("topic", "name"),
    [
        ("orders/cancelled", "Order Cancelled"),
        ("orders/updated", "Order Updated"),
        ("checkouts/create", "Checkout Started"),
        ("fulfillments/create", "Order Fulfilled"),
        ("refunds/create", "Order Refunded"),
        ("draft_orders/create", "Draft Orders Create"),
    ],
)
def test_topics(topic: str, name: str) -> None:
    assert event("shopify", ORDER, of(topic))["event"] == name


def test_a_refund_names_its_order_and_its_amount() -> None:
    refund = {"id": 509562969, "order_id": 450789469, "transactions": [{"amount": "41.94", "currency": "USD"}]}
    found = event("shopify", refund, of("refunds/create"))
    assert found["properties"] == {
        "order_id": "450789469", "refund_id": "509562969", "total": 41.94, "currency": "USD",
    }  # fmt: skip


def test_a_customer_is_identified() -> None:
    customer = {"id": 706405506930370084, "email": "jo@example.com", "first_name": "Jo"}
    found = event("shopify", customer, of("customers/update"))
    assert (found["type"], found["userId"]) == ("identify", "706405506930370084")
    assert found["traits"] == {"email": "jo@example.com", "first_name": "Jo"}


def test_an_older_shop_sends_no_event_id() -> None:
    assert event("shopify", ORDER, {"x_shopify_topic": "orders/paid", "x_shopify_webhook_id": "w1"})["messageId"] == (
        "acme:w1"
    )


def test_headers_go_no_further() -> None:
    assert "_headers" not in event("shopify", ORDER, of("draft_orders/create"))["properties"]


def test_the_vector() -> None:
    kind, vector = source_type("shopify"), "Kz9hrU5JVTqoi6o87bEgeP5xYjgCAf+qQ27V9rR55ew="
    assert is_proven(kind, hook(x_shopify_hmac_sha256=vector))
    assert not is_proven(kind, hook(BODY + b" ", x_shopify_hmac_sha256=vector))
