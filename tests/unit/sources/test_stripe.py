"""Stripe: hooks as its documentation has them."""

import time
from typing import Any

import pytest
import stripe

from catalogue.sources import source_type
from tests.sources import BODY, NOW, SECRET, event, hook, is_proven

PAID: dict[str, Any] = {
    "id": "evt_1Q",
    "object": "event",
    "api_version": "2025-09-30",
    "created": 1767225600,
    "type": "invoice.paid",
    "livemode": True,
    "data": {
        "object": {
            "id": "in_9",
            "object": "invoice",
            "customer": "cus_7",
            "amount_paid": 4200,
            "currency": "usd",
            "metadata": {"user_id": "u-42"},
        }
    },
}


def of(**changes: Any) -> dict[str, Any]:
    return {**PAID, "data": {"object": {**PAID["data"]["object"], **changes}}}


def test_a_paid_invoice() -> None:
    paid = event("stripe", PAID, source="billing")
    assert paid["type"] == "track"
    assert paid["event"] == "Invoice Paid"
    assert paid["userId"] == "u-42"
    assert paid["messageId"] == "billing:evt_1Q"
    assert paid["timestamp"] == "2026-01-01T00:00:00.000Z"
    assert paid["properties"] == PAID["data"]["object"]
    assert paid["context"]["library"] == {"name": "sluice-stripe"}
    assert paid["context"]["externalIds"] == [
        {"id": "cus_7", "type": "stripe_customer_id", "collection": "users", "encoding": "none"}
    ]


def test_without_an_id_of_ours_the_address_or_the_customer_stands_for_the_person() -> None:
    by_mail = event("stripe", of(metadata={}, customer_email="jo@example.com"))
    assert (by_mail.get("userId"), by_mail["anonymousId"]) == (None, "jo@example.com")
    assert by_mail["context"]["traits"] == {"email": "jo@example.com"}
    by_customer = event("stripe", of(metadata={}))
    assert by_customer["anonymousId"] == "stripe:cus_7"


def test_an_event_about_nobody_has_the_id_of_its_source() -> None:
    assert event("stripe", of(metadata={}, customer=None), source="billing")["anonymousId"] == "billing"


def test_the_setting_says_where_the_id_of_ours_is() -> None:
    mine = event("stripe", of(metadata={"account": 17, "user_id": "u-42"}), user_id="$.data.object.metadata.account")
    assert mine["userId"] == "17"


def test_a_customer_is_identified() -> None:
    customer = {
        "id": "cus_7",
        "object": "customer",
        "email": "jo@example.com",
        "name": "Jo",
        "metadata": {"plan": "pro"},
    }
    found = event("stripe", {**PAID, "type": "customer.updated", "data": {"object": customer}})
    assert found["type"] == "identify"
    assert found["traits"] == {
        "plan": "pro", "email": "jo@example.com", "name": "Jo", "stripe_customer_id": "cus_7",
    }  # fmt: skip
    assert found["anonymousId"] == "jo@example.com"
    assert found["context"]["externalIds"][0]["id"] == "cus_7"


def test_a_customer_that_is_expanded_is_the_same_as_its_id() -> None:
    whole = event("stripe", of(metadata={}, customer={"id": "cus_7", "email": "jo@example.com"}))
    assert whole["properties"]["customer"] == "cus_7"
    assert whole["anonymousId"] == "jo@example.com"


def test_what_the_vendors_library_signs_is_proven_and_what_is_proven_it_verifies() -> None:
    now, kind = int(time.time()), source_type("stripe")
    signature = stripe.WebhookSignature._compute_signature(f"{now}.{BODY.decode()}", SECRET)
    header = f"t={now},v1={signature}"
    assert is_proven(kind, hook(stripe_signature=header), now=now)
    assert stripe.WebhookSignature.verify_header(BODY.decode(), header, SECRET, tolerance=300)
    with pytest.raises(stripe.SignatureVerificationError):
        stripe.WebhookSignature.verify_header(BODY.decode() + " ", header, SECRET, tolerance=300)
    assert not is_proven(kind, hook(BODY + b" ", stripe_signature=header), now=now)


def test_the_vector() -> None:
    header = f"t={NOW},v1=7849f3f77ae17f71e5c31b3527ac6121095495fad02d627b06761287f1613100"
    assert is_proven(source_type("stripe"), hook(stripe_signature=header))
