"""Stripe: payments, subscriptions and customers. https://docs.stripe.com/api/events/types"""

from typing import Any

from sluice.sources.settings import Signed
from sluice.sources.signature import Hmac
from sluice.sources.source import Identity, Rule, Source

_OBJECT = "$.data.object"
_TRAITS = {
    "email": {"@path": f"{_OBJECT}.email"},
    "name": {"@path": f"{_OBJECT}.name"},
    "phone": {"@path": f"{_OBJECT}.phone"},
    "address": {"@path": f"{_OBJECT}.address"},
    "currency": {"@path": f"{_OBJECT}.currency"},
    "stripe_customer_id": {"@path": f"{_OBJECT}.id"},
}


def _named(item: dict[str, Any], _: Signed) -> dict[str, Any]:
    """Have every object name its customer in one way: a customer is its own, and others may hold it whole."""
    data = item["data"]
    found = data["object"]
    customer = found.get("customer")
    if found.get("object") == "customer":
        named = {**found, "customer": found.get("id"), "customer_email": found.get("email")}
    elif isinstance(customer, dict):
        named = {**found, "customer": customer.get("id"), "customer_email": customer.get("email")}
    else:
        return item
    return {**item, "data": {**data, "object": named}}


source = Source(
    type="stripe",
    title="Stripe",
    description="Payments, invoices, subscriptions and customers, under Stripe's names in words: Invoice Paid.",
    setup="Add an endpoint under Developers → Webhooks, with the address of the hook and the events that you want. Its "
    "signing secret is `secret`. Put your own user id into the `metadata` of customers, subscriptions and payments, as "
    "`user_id`.",
    documentation="https://docs.stripe.com/webhooks",
    settings=Signed,
    signature=Hmac("stripe-signature", over="{timestamp}.{body}", prefix="v1=", separator=",", timestamp="t="),
    prepare=_named,
    name=("$.type",),
    message_id=("$.id",),
    timestamp="$.created",
    identity=Identity(
        user_id=(
            f"{_OBJECT}.metadata.user_id",
            f"{_OBJECT}.subscription_details.metadata.user_id",
            f"{_OBJECT}.parent.subscription_details.metadata.user_id",
            f"{_OBJECT}.client_reference_id",
        ),
        email=(f"{_OBJECT}.customer_email", f"{_OBJECT}.customer_details.email", f"{_OBJECT}.receipt_email"),
        anonymous_ids=(("stripe:", f"{_OBJECT}.customer"),),
        external_ids=(("stripe_customer_id", f"{_OBJECT}.customer"),),
    ),
    rules=(
        Rule(
            trigger='type = "customer.created" or type = "customer.updated"',
            mapping={
                "type": "identify",
                "traits": {"@merge": {"objects": [{"@path": f"{_OBJECT}.metadata"}, _TRAITS], "direction": "right"}},
            },
        ),
    ),
    other={"properties": {"@path": _OBJECT}},
)
