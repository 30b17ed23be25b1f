"""SendGrid: events of mails, and its signature with a key pair."""

import base64
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from sendgrid.helpers.eventwebhook import EventWebhook

from catalogue.sources import source_type
from sluice.sources.hook import Hook
from tests.sources import BODY, NOW, event, hook, is_proven, translated

CLICK: dict[str, Any] = {
    "email": "jo@example.com", "timestamp": 1767225600, "event": "click", "sg_event_id": "c2d9",
    "sg_message_id": "14c5.f0", "url": "https://shop.example.com/a", "useragent": "Mozilla/5.0", "ip": "203.0.113.9",
    "user_id": "u-42", "category": ["welcome"],
}  # fmt: skip
SENDGRID = source_type("sendgrid")
PRIVATE = ec.generate_private_key(ec.SECP256R1())
DER = PRIVATE.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
PUBLIC = base64.b64encode(DER).decode()


def signed(body: bytes = BODY, timestamp: str = str(NOW)) -> Hook:
    made = base64.b64encode(PRIVATE.sign(timestamp.encode() + body, ec.ECDSA(SHA256()))).decode()
    return hook(
        body,
        x_twilio_email_event_webhook_signature=made,
        x_twilio_email_event_webhook_timestamp=timestamp,
    )


def test_a_click() -> None:
    found = event("sendgrid", [CLICK])
    assert (found["type"], found["event"], found["userId"]) == ("track", "Email Link Clicked", "u-42")
    assert found["properties"] == {
        "email_id": "14c5.f0", "link_url": "https://shop.example.com/a", "category": ["welcome"],
    }  # fmt: skip
    assert found["context"] == {
        "library": {"name": "sluice-sendgrid"}, "ip": "203.0.113.9", "userAgent": "Mozilla/5.0",
        "traits": {"email": "jo@example.com"},
    }  # fmt: skip
    assert (found["messageId"], found["timestamp"]) == ("acme:c2d9", "2026-01-01T00:00:00.000Z")


def test_without_an_id_of_ours_the_address_stands_for_the_reader() -> None:
    for user_id in (None, ""):
        found = event("sendgrid", [{**CLICK, "user_id": user_id}])
        assert ("userId" in found, found["anonymousId"]) == (False, "jo@example.com")


def test_an_id_that_is_a_large_number_keeps_its_digits() -> None:
    assert event("sendgrid", [{**CLICK, "user_id": 2**53 + 1}])["userId"] == "9007199254740993"


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({"event": "processed"}, "Email Sent"),
        ({"event": "delivered"}, "Email Delivered"),
        ({"event": "open"}, "Email Opened"),
        ({"event": "open", "sg_machine_open": False}, "Email Opened"),
        ({"event": "open", "sg_machine_open": True}, "Email Machine Opened"),
        ({"event": "bounce", "type": "bounce"}, "Email Bounced"),
        ({"event": "bounce", "type": "blocked"}, "Email Soft Bounced"),
        ({"event": "deferred"}, "Email Deferred"),
        ({"event": "dropped"}, "Email Dropped"),
        ({"event": "spamreport"}, "Email Marked as Spam"),
        ({"event": "unsubscribe"}, "Email Unsubscribed"),
        ({"event": "group_unsubscribe"}, "Email Unsubscribed"),
        ({"event": "group_resubscribe"}, "Email Resubscribed"),
        ({"event": "account_status_change", "type": "compliance_suspend"}, "Account Status Change"),
    ],
)
def test_names(fields: dict[str, Any], name: str) -> None:
    assert event("sendgrid", [{**CLICK, **fields}])["event"] == name


def test_a_bounce_keeps_its_reason_and_the_address_of_the_server_is_not_the_readers() -> None:
    sent = {
        "email": "jo@example.com", "timestamp": 1767225600, "smtp-id": "<1@s>", "event": "bounce", "ip": "168.1.1.1",
        "category": "cat facts", "sg_event_id": "b1", "sg_message_id": "m1", "reason": "500 unknown recipient",
        "status": "5.0.0", "type": "bounce", "bounce_classification": "Invalid Address", "asm_group_id": 10,
    }  # fmt: skip
    found = event("sendgrid", [sent])
    assert "ip" not in found["context"]
    assert found["properties"] == {
        "smtp_id": "<1@s>", "ip": "168.1.1.1", "category": ["cat facts"], "email_id": "m1", "asm_group_id": "10",
        "reason": "500 unknown recipient", "status": "5.0.0", "type": "bounce",
        "bounce_classification": "Invalid Address",
    }  # fmt: skip


def test_custom_arguments_are_kept_also_where_they_are_called_as_a_property_of_the_spec() -> None:
    own = {"orderRef": "o-1", "campaign_id": "mine", "marketing_campaign_id": 7, "marketing_campaign_name": "Spring"}
    properties = event("sendgrid", [{**CLICK, **own}])["properties"]
    assert properties["orderRef"] == "o-1"
    assert properties["campaign_id"] == "mine"
    assert properties["marketing_campaign_id"] == "7"
    assert properties["campaign_name"] == "Spring"


def test_a_list_is_an_event_each_and_the_same_list_the_same_ids() -> None:
    sent = [{**CLICK, "sg_event_id": f"e{number}"} for number in range(128)]
    ids = [each["messageId"] for each in translated("sendgrid", sent) if isinstance(each, dict)]
    assert len(set(ids)) == 128
    assert ids == [each["messageId"] for each in translated("sendgrid", sent) if isinstance(each, dict)]


def test_what_the_private_key_signs_is_proven_also_to_the_vendors_library() -> None:
    given = signed()
    for key in (PUBLIC, f"-----BEGIN PUBLIC KEY-----\n{PUBLIC}\n-----END PUBLIC KEY-----\n"):
        assert is_proven(SENDGRID, given, [key])
        assert is_proven(SENDGRID, given, ["not a key", key])
    headers = given.headers
    assert EventWebhook(PUBLIC).verify_signature(
        BODY.decode(),
        headers["x-twilio-email-event-webhook-signature"],
        headers["x-twilio-email-event-webhook-timestamp"],
    )


def test_what_another_key_signed_or_what_was_changed_is_not_proven() -> None:
    other = ec.generate_private_key(ec.SECP256R1()).public_key()
    key = base64.b64encode(other.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).decode()
    assert not is_proven(SENDGRID, signed(), [key])
    assert not is_proven(SENDGRID, signed(), [])
    changed = hook(BODY + b" ", **dict(signed().headers))
    assert not is_proven(SENDGRID, changed, [PUBLIC])


def test_a_key_of_another_kind_proves_nothing() -> None:
    public = rsa.generate_private_key(65537, 2048).public_key()
    key = base64.b64encode(public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).decode()
    assert not is_proven(SENDGRID, signed(), [key])


def test_what_was_refused_is_taken_for_a_day_and_no_longer() -> None:
    assert is_proven(SENDGRID, signed(), [PUBLIC], NOW + 86_400)
    assert not is_proven(SENDGRID, signed(), [PUBLIC], NOW + 86_401)


@pytest.mark.parametrize("signature", ["", "é", "AAAA", "%%%"])
def test_a_signature_that_is_none_proves_nothing(signature: str) -> None:
    headers = {"x-twilio-email-event-webhook-timestamp": str(NOW), "x-twilio-email-event-webhook-signature": signature}
    assert not is_proven(SENDGRID, hook(BODY, **headers), [PUBLIC])
