"""RevenueCat: purchases and subscriptions in apps.

https://www.revenuecat.com/docs/integrations/webhooks/event-types-and-fields

A newer guide of its names a header X-RevenueCat-Signature, whose scheme no page has; so it is not checked.
"""

from typing import Any

from sluice.sources.fields import renamed
from sluice.sources.handshakes import tried_by
from sluice.sources.settings import Secret, settings
from sluice.sources.signature import HeaderValue
from sluice.sources.source import Identity, Source

_ANONYMOUS = "$RCAnonymousID:"
_ELSEWHERE = ("id", "type", "app_user_id", "event_timestamp_ms", "price", "price_in_purchased_currency")


@settings
class Settings:
    """`secret` is the value of the Authorization header; a list of two lets you change it.

    `sandbox` keeps purchases of testers, whose `environment` is SANDBOX. `user_id` is the path of your own user id in
    the vendor's events.
    """

    secret: Secret | list[Secret]
    sandbox: bool = False
    user_id: str = ""


def _flat(item: dict[str, Any], declared: Settings) -> dict[str, Any] | None:
    """Have the revenue in the currency of the purchase, and leave out testers."""
    event = item["event"]
    is_sandbox = event.get("environment") == "SANDBOX"
    if is_sandbox and not declared.sandbox:
        return None
    paid, in_dollars = event.get("price_in_purchased_currency"), event.get("price")
    # Of a transfer only those are known that it was from and to.
    person = event.get("app_user_id") or next(iter(event.get("transferred_to") or []), None)
    is_anonymous = isinstance(person, str) and person.startswith(_ANONYMOUS)
    revenue = {"revenue": in_dollars if paid is None else paid, "price_usd": None if paid is None else in_dollars}
    without = _ELSEWHERE if is_sandbox else (*_ELSEWHERE, "environment")
    return {
        **item,
        **renamed({"anonymous": person if is_anonymous else None, "user": None if is_anonymous else person}),
        "properties": renamed(event, without=without) | renamed(revenue),
    }


source = Source(
    type="revenuecat",
    title="RevenueCat",
    description="Purchases, renewals and cancellations of subscriptions in apps.",
    setup="Under Integrations → Webhooks, add the address of the hook, with `secret` as the Authorization header. "
    "Give the SDK your own user id as the App User ID. Sandbox purchases are left out unless `sandbox` is true.",
    documentation="https://www.revenuecat.com/docs/integrations/webhooks",
    settings=Settings,
    signature=HeaderValue("authorization"),
    handshake=tried_by("$.event.type", "TEST"),
    prepare=_flat,
    name=("$.event.type",),
    message_id=("$.event.id",),
    timestamp="$.event.event_timestamp_ms",
    identity=Identity(user_id="$.user", email="$.event.subscriber_attributes.$email.value"),
    other={"anonymousId": {"@path": "$.anonymous"}, "properties": {"@path": "$.properties"}},
)
