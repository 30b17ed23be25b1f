"""Customer.io: its reporting webhooks."""

from typing import Any

import pytest

from catalogue.sources import source_type
from tests.sources import BODY, NOW, event, hook, is_proven

BOUNCED: dict[str, Any] = {
    "event_id": "01E4", "object_type": "email", "metric": "bounced", "timestamp": 1767225600,
    "data": {
        "customer_id": None, "email_address": "jo@example.com", "campaign_id": 31, "subject": "Hello",
        "delivery_id": "RPIL", "failure_message": "550 5.1.1",
    },
}  # fmt: skip


def of(object_type: str, metric: str, **data: Any) -> dict[str, Any]:
    return {**BOUNCED, "object_type": object_type, "metric": metric, "data": data}


def test_a_bounced_mail() -> None:
    found = event("customerio", BOUNCED)
    assert (found["type"], found["event"]) == ("track", "Email Bounced")
    assert ("userId" in found, found["anonymousId"]) == (False, "jo@example.com")
    assert found["properties"] == {
        "email_id": "RPIL", "email_subject": "Hello", "campaign_id": "31", "failure_message": "550 5.1.1",
    }  # fmt: skip
    assert found["context"]["traits"] == {"email": "jo@example.com"}
    assert (found["messageId"], found["timestamp"]) == ("acme:01E4", "2026-01-01T00:00:00.000Z")


def test_the_id_of_a_person_is_the_one_that_customer_io_was_given() -> None:
    assert event("customerio", of("email", "opened", customer_id="u-42"))["userId"] == "u-42"
    newer = {"identifiers": {"id": "u-42", "email": None, "cio_id": "d9c1"}, "recipient": "jo@example.com"}
    found = event("customerio", of("email", "opened", **newer))
    assert found["userId"] == "u-42"
    assert found["context"]["traits"] == {"email": "jo@example.com"}
    assert [each["id"] for each in found["context"]["externalIds"]] == ["d9c1"]


@pytest.mark.parametrize(
    ("object_type", "metric", "name"),
    [
        ("email", "sent", "Email Sent"),
        ("email", "delivered", "Email Delivered"),
        ("email", "opened", "Email Opened"),
        ("email", "clicked", "Email Link Clicked"),
        ("email", "spammed", "Email Marked as Spam"),
        ("email", "unsubscribed", "Email Unsubscribed"),
        ("email", "deferred", "Email Deferred"),
        ("email", "dropped", "Email Dropped"),
        ("push", "opened", "Push Notification Opened"),
        ("sms", "delivered", "SMS Delivered"),
        ("in_app", "clicked", "In-App Message Clicked"),
        ("customer", "unsubscribed", "Customer Unsubscribed"),
        ("fax", "received", "Fax Received"),
    ],
)
def test_names(object_type: str, metric: str, name: str) -> None:
    assert event("customerio", of(object_type, metric, customer_id="u-42"))["event"] == name


def test_a_text_message_is_about_the_number_it_went_to() -> None:
    found = event("customerio", of("sms", "sent", recipient="+15550001111", delivery_id="D1"))
    assert found["anonymousId"] == "+15550001111"
    assert found["properties"] == {"recipient": "+15550001111", "delivery_id": "D1"}


def test_the_vector() -> None:
    kind = source_type("customerio")
    vector = "8c51a44e155f688db0fca3d5085336ce58df91aa8eeac618490889d0d92abc7f"
    assert is_proven(kind, hook(x_cio_signature=vector, x_cio_timestamp=str(NOW)))
    assert not is_proven(kind, hook(BODY + b" ", x_cio_signature=vector, x_cio_timestamp=str(NOW)))
    assert not is_proven(kind, hook(x_cio_signature=vector, x_cio_timestamp=str(NOW + 1)))
    assert not is_proven(kind, hook(x_cio_signature=vector, x_cio_timestamp=str(NOW)), now=NOW + 301)
