"""Shopify: orders, checkouts and customers of a shop. https://shopify.dev/docs/api/webhooks/"""

from typing import Any

from sluice.sources.fields import with_text_ids
from sluice.sources.settings import Signed
from sluice.sources.signature import Hmac
from sluice.sources.source import Identity, Rule, Source

#: The Spec's names of what Shopify calls by topic. https://segment.com/docs/connections/spec/ecommerce/v2/
_ORDERS = {
    "orders/paid": "Order Completed",
    "orders/updated": "Order Updated",
    "orders/cancelled": "Order Cancelled",
    "checkouts/create": "Checkout Started",
}
_AMOUNTS = ("total_price", "subtotal_price", "total_tax", "total_discounts", "price", "amount")


def _typed(item: dict[str, Any], _: Signed) -> dict[str, Any]:
    """Make numbers of Shopify's amounts, and strings of its ids, which are beyond what other languages count to."""
    return {**_values(with_text_ids(item)), "_headers": item.get("_headers", {})}


def _values(value: Any, name: str = "") -> Any:
    if isinstance(value, dict):
        return {key: _values(each, key) for key, each in value.items()}
    if isinstance(value, list):
        return [_values(each, name) for each in value]
    if isinstance(value, str) and name in _AMOUNTS:
        return _number(value)
    return value


def _number(text: str) -> float | str:
    try:
        return float(text)
    except ValueError:
        return text


_PRODUCTS = {
    "@arrayPath": [
        "$.line_items",
        {
            "product_id": {"@path": "$.product_id"},
            "variant": {"@path": "$.variant_title"},
            "name": {"@path": "$.title"},
            "brand": {"@path": "$.vendor"},
            "sku": {"@path": "$.sku"},
            "price": {"@path": "$.price"},
            "quantity": {"@path": "$.quantity"},
        },
    ]
}
_ORDER = {
    "order_id": {"@path": "$.id"},
    "order_number": {"@path": "$.name"},
    "checkout_id": {"@path": "$.checkout_id"},
    "total": {"@path": "$.total_price"},
    "subtotal": {"@path": "$.subtotal_price"},
    "tax": {"@path": "$.total_tax"},
    "discount": {"@path": "$.total_discounts"},
    "coupon": {"@path": "$.discount_codes[0].code"},
    "currency": {"@path": "$.currency"},
    "products": _PRODUCTS,
}


def _order(topic: str, event: str) -> Rule:
    properties = {**_ORDER, "order_id": {"@path": "$.order_id"}, "checkout_id": {"@path": "$.id"}}
    return Rule(
        trigger=f'_headers.x_shopify_topic = "{topic}"',
        mapping={"event": event, "properties": properties if topic.startswith("checkouts") else _ORDER},
    )


source = Source(
    type="shopify",
    title="Shopify",
    description="Orders, checkouts, refunds and customers of a shop, under the names of Segment's e-commerce Spec.",
    setup="Under Settings → Notifications → Webhooks, or by the Admin API, subscribe the address of the hook to topics "
    "in JSON. The key that the page shows, or the app's client secret, is `secret`. Shopify wants an answer within "
    "five seconds, and ends a subscription that fails for four hours.",
    documentation="https://shopify.dev/docs/apps/build/webhooks",
    settings=Signed,
    signature=Hmac("x-shopify-hmac-sha256", encoding="base64"),
    headers=("x-shopify-topic", "x-shopify-event-id", "x-shopify-webhook-id", "x-shopify-shop-domain"),
    prepare=_typed,
    name=("$._headers.x_shopify_topic",),
    message_id=(("$._headers.x_shopify_event_id", "$._headers.x_shopify_webhook_id"),),
    timestamp=("$.updated_at", "$.created_at"),
    identity=Identity(
        user_id=("$.customer.id",),
        email=("$.customer.email", "$.email", "$.contact_email"),
        external_ids=(("shopify_customer_id", "$.customer.id"),),
    ),
    rules=(
        *(_order(topic, event) for topic, event in _ORDERS.items()),
        Rule(
            trigger='_headers.x_shopify_topic = "refunds/create"',
            mapping={
                "event": "Order Refunded",
                "properties": {
                    "order_id": {"@path": "$.order_id"},
                    "refund_id": {"@path": "$.id"},
                    "total": {"@path": "$.transactions[0].amount"},
                    "currency": {"@path": "$.transactions[0].currency"},
                },
            },
        ),
        Rule(
            trigger='_headers.x_shopify_topic = "fulfillments/create"',
            mapping={
                "event": "Order Fulfilled",
                "properties": {
                    "order_id": {"@path": "$.order_id"},
                    "fulfillment_id": {"@path": "$.id"},
                    "tracking_number": {"@path": "$.tracking_number"},
                    "tracking_company": {"@path": "$.tracking_company"},
                    "products": _PRODUCTS,
                },
            },
        ),
        Rule(
            trigger='match(_headers.x_shopify_topic, "customers/*") and _headers.x_shopify_topic != "customers/delete"',
            mapping={
                "type": "identify",
                "userId": {"@path": "$.id"},
                "traits": {
                    "email": {"@path": "$.email"},
                    "first_name": {"@path": "$.first_name"},
                    "last_name": {"@path": "$.last_name"},
                    "phone": {"@path": "$.phone"},
                    "address": {"@path": "$.default_address"},
                    "tags": {"@path": "$.tags"},
                    "created_at": {"@path": "$.created_at"},
                },
            },
        ),
    ),
)
