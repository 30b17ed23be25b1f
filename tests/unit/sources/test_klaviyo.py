"""Klaviyo: system webhooks."""

import hashlib
import hmac
import json
from typing import Any

import pytest

from catalogue.sources import source_type
from tests.sources import BODY, NOW, SECRET, event, hook, is_proven, translated

KLAVIYO = source_type("klaviyo")
EVENT: dict[str, Any] = {
    "data": {
        "type": "event", "id": "E1",
        "attributes": {
            "timestamp": 1767225600, "datetime": "2026-01-01T00:00:00+00:00", "uuid": "u",
            "event_properties": {
                "Recipient Email Address": "jo@example.com", "Subject": "Hello", "Campaign Name": "Spring",
                "$message": "M1", "orderRef": "o-1",
            },
        },
        "relationships": {"profile": {"data": {"type": "profile", "id": "01P"}}},
    },
}  # fmt: skip


def of(topic: str, payload: Any = EVENT) -> dict[str, Any]:
    item = {"external_id": "E1", "topic": topic, "payload": payload}
    return {"data": [item], "meta": {"klaviyo_account_id": "A1", "timestamp": "2026-01-01T00:00:05+00:00"}}


def test_a_mail_that_was_opened() -> None:
    found = event("klaviyo", of("event:klaviyo.opened_email"))
    assert (found["type"], found["event"], found["anonymousId"]) == ("track", "Email Opened", "jo@example.com")
    assert found["properties"] == {
        "email_subject": "Hello", "campaign_name": "Spring", "email_id": "M1", "orderRef": "o-1",
    }  # fmt: skip
    assert (found["messageId"], found["timestamp"]) == ("acme:E1", "2026-01-01T00:00:00.000Z")
    assert found["context"]["externalIds"][0]["id"] == "01P"


def test_a_profile_that_is_included_has_the_id_of_ours() -> None:
    included = [{"type": "profile", "id": "01P", "attributes": {"external_id": "u-42", "email": "jo@example.com"}}]
    assert event("klaviyo", of("event:klaviyo.opened_email", {**EVENT, "included": included}))["userId"] == "u-42"


def test_a_payload_may_be_text_or_the_event_alone() -> None:
    for payload in (json.dumps(EVENT), EVENT["data"]):
        found = event("klaviyo", of("event:klaviyo.opened_email", payload))
        assert found == event("klaviyo", of("event:klaviyo.opened_email"))


@pytest.mark.parametrize(
    ("topic", "name"),
    [
        ("event:klaviyo.email_delivered", "Email Delivered"),
        ("event:klaviyo.clicked_email", "Email Link Clicked"),
        ("event:klaviyo.bounced_email", "Email Bounced"),
        ("event:klaviyo.marked_email_as_spam", "Email Marked as Spam"),
        ("event:klaviyo.unsubscribed_from_email_marketing", "Email Unsubscribed"),
        ("event:klaviyo.sent_sms", "SMS Sent"),
        ("event:klaviyo.submitted_review", "Submitted Review"),
        ("event:acme.placed_order", "Acme Placed Order"),
    ],
)
def test_names(topic: str, name: str) -> None:
    assert event("klaviyo", of(topic))["event"] == name


def test_a_profile_without_an_address_is_the_one_of_klaviyo() -> None:
    payload = {"data": {**EVENT["data"], "attributes": {"timestamp": 1767225600, "event_properties": {}}}}
    found = event("klaviyo", of("event:klaviyo.sent_sms", payload))
    assert (found["anonymousId"], found["timestamp"]) == ("klaviyo:01P", "2026-01-01T00:00:00.000Z")


def test_several_events_in_one_hook() -> None:
    items = [{**of("event:klaviyo.sent_sms")["data"][0], "external_id": f"E{number}"} for number in range(3)]
    assert len(translated("klaviyo", {"data": items, "meta": {}})) == 3


def test_the_body_is_signed_with_the_time_behind_it() -> None:
    made = hmac.new(SECRET.encode(), BODY + str(NOW).encode(), hashlib.sha256).hexdigest()
    headers = {"klaviyo-signature": made, "klaviyo-timestamp": str(NOW)}
    assert is_proven(KLAVIYO, hook(BODY, **headers))
    assert not is_proven(KLAVIYO, hook(BODY + b" ", **headers))
    assert not is_proven(KLAVIYO, hook(BODY, **headers), now=NOW + 301)
    assert not is_proven(KLAVIYO, hook(BODY[:-1], **headers))
