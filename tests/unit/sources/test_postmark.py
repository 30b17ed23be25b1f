"""Postmark: hooks of its message streams."""

import base64
from typing import Any

import pytest

from catalogue.sources import source_type
from tests.sources import event, hook, is_proven

OPEN: dict[str, Any] = {
    "RecordType": "Open", "MessageStream": "outbound", "Metadata": {"user_id": "u-42"}, "FirstOpen": True,
    "Recipient": "jo@example.com", "MessageID": "00000000-0000", "ReceivedAt": "2026-01-01T00:00:00Z",
    "Platform": "Desktop", "UserAgent": "Mozilla/5.0", "Tag": "welcome",
}  # fmt: skip


def test_an_open() -> None:
    found = event("postmark", OPEN, source="mail")
    assert (found["type"], found["event"], found["userId"]) == ("track", "Email Opened", "u-42")
    assert found["messageId"] == "mail:Open:00000000-0000:2026-01-01T00:00:00Z"
    assert found["timestamp"] == "2026-01-01T00:00:00.000Z"
    assert found["properties"] == {
        "email_id": "00000000-0000", "tag": "welcome", "first_open": True, "message_stream": "outbound",
    }  # fmt: skip
    assert found["context"] == {
        "library": {"name": "sluice-postmark"}, "userAgent": "Mozilla/5.0", "device": {"type": "Desktop"},
        "traits": {"email": "jo@example.com"},
    }  # fmt: skip


def test_the_readers_address_is_that_of_the_network_and_metadata_is_kept() -> None:
    found = event("postmark", {**OPEN, "Geo": {"IP": "203.0.113.9"}, "Metadata": {"order": "o-1"}})
    assert found["context"]["ip"] == "203.0.113.9"
    assert found["properties"]["metadata"] == {"order": "o-1"}
    assert found["anonymousId"] == "jo@example.com"


@pytest.mark.parametrize("missing", [{"Metadata": None}, {"Metadata": {}}, {"Platform": None, "UserAgent": ""}])
def test_what_is_missing_is_missing(missing: dict[str, Any]) -> None:
    found = event("postmark", {**OPEN, **missing})
    assert found["event"] == "Email Opened"
    assert "metadata" not in found["properties"]


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({"RecordType": "Delivery", "DeliveredAt": "2026-01-01T00:00:00.1234567-05:00"}, "Email Delivered"),
        ({"RecordType": "Click", "OriginalLink": "https://shop.example.com"}, "Email Link Clicked"),
        ({"RecordType": "Bounce", "Type": "HardBounce"}, "Email Bounced"),
        ({"RecordType": "Bounce", "Type": "SoftBounce"}, "Email Soft Bounced"),
        ({"RecordType": "Bounce", "Type": "Transient"}, "Email Soft Bounced"),
        ({"RecordType": "Bounce", "Type": "AutoResponder"}, "Email Auto Responded"),
        ({"RecordType": "SpamComplaint"}, "Email Marked as Spam"),
        ({"RecordType": "SubscriptionChange", "SuppressSending": True}, "Email Unsubscribed"),
        ({"RecordType": "SubscriptionChange", "SuppressSending": False}, "Email Resubscribed"),
        ({"RecordType": "SMTPApiError"}, "Smtp Api Error"),
        ({"RecordType": None, "FromFull": {"Email": "jo@example.com"}}, "Email Received"),
    ],
)
def test_names(fields: dict[str, Any], name: str) -> None:
    assert event("postmark", {**OPEN, **fields})["event"] == name


def test_a_bounce_has_the_address_elsewhere_and_an_id_beyond_what_others_count_to() -> None:
    bounce = {
        "RecordType": "Bounce", "ID": 2**62, "Type": "HardBounce", "TypeCode": 1, "MessageID": "m1",
        "Email": "jo@example.com", "BouncedAt": "2026-01-01T00:00:00.9070259Z", "Subject": "Hello", "Content": "x" * 99,
    }  # fmt: skip
    found = event("postmark", bounce)
    assert found["anonymousId"] == "jo@example.com"
    assert found["messageId"] == "acme:Bounce:m1:2026-01-01T00:00:00.9070259Z"
    assert found["timestamp"] == "2026-01-01T00:00:00.907Z"
    assert found["properties"] == {
        "bounce_id": str(2**62), "type": "HardBounce", "type_code": 1, "email_id": "m1", "email_subject": "Hello",
    }  # fmt: skip


def test_the_secret_is_the_password_or_in_a_header_of_ones_own() -> None:
    kind = source_type("postmark")
    basic = "Basic " + base64.b64encode(b"sluice:s3cret").decode()
    assert is_proven(kind, hook(authorization=basic), ["s3cret"])
    assert not is_proven(kind, hook(authorization=basic), ["other"])
    own = kind.adapted(kind, kind.settings(secret="s3cret", header="X-Sluice"))
    assert is_proven(own, hook(x_sluice="s3cret"), ["s3cret"])
    assert not is_proven(own, hook(authorization=basic), ["s3cret"])
