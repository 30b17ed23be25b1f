"""RevenueCat: purchases, of users and of testers."""

from typing import Any

import pytest

from catalogue.sources import source_type
from sluice.sources.translator import LEFT_OUT
from tests.sources import event, hook, is_proven, translated

PURCHASE: dict[str, Any] = {
    "id": "12345-A", "type": "INITIAL_PURCHASE", "app_user_id": "$RCAnonymousID:8069",
    "event_timestamp_ms": 1767225600123, "product_id": "pro_month", "price": 9.99, "currency": "USD",
    "store": "APP_STORE", "environment": "PRODUCTION",
}  # fmt: skip


def of(**changes: Any) -> dict[str, Any]:
    return {"api_version": "1.0", "event": {**PURCHASE, **changes}}


def test_a_purchase() -> None:
    found = event("revenuecat", of())
    assert (found["type"], found["event"]) == ("track", "Initial Purchase")
    assert ("userId" in found, found["anonymousId"]) == (False, "$RCAnonymousID:8069")
    assert found["timestamp"] == "2026-01-01T00:00:00.123Z"
    assert found["properties"] == {"product_id": "pro_month", "revenue": 9.99, "currency": "USD", "store": "APP_STORE"}
    assert found["messageId"] == "acme:12345-A"


def test_an_id_that_the_app_gave_is_the_users() -> None:
    found = event("revenuecat", of(app_user_id="u-42"))
    assert found["userId"] == "u-42"
    assert "anonymousId" not in found


def test_somebody_anonymous_stays_so_also_with_an_address() -> None:
    found = event(
        "revenuecat", of(subscriber_attributes={"$email": {"value": "jo@example.com"}, "plan": {"value": "x"}})
    )
    assert found["anonymousId"] == "$RCAnonymousID:8069"
    assert found["context"]["traits"] == {"email": "jo@example.com"}
    assert found["properties"]["subscriber_attributes"]["plan"] == {"value": "x"}


def test_the_revenue_is_in_the_currency_of_the_purchase() -> None:
    properties = event("revenuecat", of(currency="EUR", price_in_purchased_currency=8.49))["properties"]
    assert (properties["revenue"], properties["currency"], properties["price_usd"]) == (8.49, "EUR", 9.99)
    refund = event("revenuecat", of(type="CANCELLATION", price=-9.99, price_in_purchased_currency=0))["properties"]
    assert (refund["revenue"], refund["price_usd"]) == (0, -9.99)


def test_a_transfer_is_about_whom_it_goes_to() -> None:
    sent = of(type="TRANSFER", app_user_id=None, transferred_from=["$RCAnonymousID:1"], transferred_to=["u-42"])
    found = event("revenuecat", sent)
    assert (found["event"], found["userId"]) == ("Transfer", "u-42")
    assert found["properties"]["transferred_from"] == ["$RCAnonymousID:1"]


def test_a_purchase_in_the_sandbox_is_left_out_unless_it_is_asked_for() -> None:
    assert translated("revenuecat", of(environment="SANDBOX")) == [LEFT_OUT]
    found = event("revenuecat", of(environment="SANDBOX"), sandbox=True)
    assert found["properties"]["environment"] == "SANDBOX"


@pytest.mark.parametrize("missing", ["price", "currency", "environment", "app_user_id", "event_timestamp_ms"])
def test_what_is_missing_is_missing(missing: str) -> None:
    assert event("revenuecat", of(**{missing: None}))["event"] == "Initial Purchase"


def test_a_test_event_is_answered_and_becomes_none() -> None:
    handshake = source_type("revenuecat").handshake
    assert handshake(hook(b'{"api_version":"1.0","event":{"type":"TEST","id":"1"}}')) is not None
    assert handshake(hook(b'{"api_version":"1.0","event":{"type":"RENEWAL","id":"1"}}')) is None


def test_the_secret_is_the_value_of_the_authorization_header() -> None:
    kind = source_type("revenuecat")
    assert is_proven(kind, hook(authorization="Bearer abc"), ["old", "Bearer abc"])
    assert not is_proven(kind, hook(authorization="Bearer abc"), ["abc", ""])
    assert not is_proven(kind, hook(), [""])
