"""Resend: events of mails, by Standard Webhooks."""

from typing import Any

import pytest

from catalogue.sources import source_type
from tests.sources import BODY, NOW, event, hook, is_proven

HEADERS = {"svix_id": "msg_1"}
MAIL: dict[str, Any] = {
    "email_id": "56761188", "created_at": "2025-12-31T23:59:00.000Z", "from": "Shop <shop@example.com>",
    "to": ["jo@example.com"], "subject": "Hello", "broadcast_id": "8b14",
    "tags": {"user_id": "u-42", "kind": "welcome"},
}  # fmt: skip


def of(kind: str, **changes: Any) -> dict[str, Any]:
    return {"type": kind, "created_at": "2026-01-01T00:00:00.000Z", "data": {**MAIL, **changes}}


def test_a_click() -> None:
    click = {"ipAddress": "203.0.113.9", "link": "https://shop.example.com", "userAgent": "Mozilla/5.0"}
    found = event("resend", of("email.clicked", click=click), HEADERS)
    assert (found["type"], found["event"], found["userId"]) == ("track", "Email Link Clicked", "u-42")
    assert found["properties"] == {
        "email_id": "56761188", "from": "Shop <shop@example.com>", "email_subject": "Hello", "campaign_id": "8b14",
        "link_url": "https://shop.example.com", "tags": {"kind": "welcome"},
    }  # fmt: skip
    assert found["context"] == {
        "library": {"name": "sluice-resend"}, "ip": "203.0.113.9", "userAgent": "Mozilla/5.0",
        "traits": {"email": "jo@example.com"},
    }  # fmt: skip
    assert (found["messageId"], found["timestamp"]) == ("acme:msg_1", "2026-01-01T00:00:00.000Z")


def test_tags_may_also_be_a_list() -> None:
    found = event("resend", of("email.sent", tags=[{"name": "user_id", "value": "u-42"}, {"name": "a", "value": "b"}]))
    assert (found["userId"], found["properties"]["tags"]) == ("u-42", {"a": "b"})


@pytest.mark.parametrize(
    ("kind", "more", "name"),
    [
        ("email.sent", {}, "Email Sent"),
        ("email.delivered", {}, "Email Delivered"),
        ("email.opened", {"open": {"ipAddress": "203.0.113.9"}}, "Email Opened"),
        ("email.bounced", {"bounce": {"type": "Permanent", "subType": "Suppressed"}}, "Email Bounced"),
        ("email.bounced", {"bounce": {"type": "Transient"}}, "Email Soft Bounced"),
        ("email.complained", {}, "Email Marked as Spam"),
        ("email.delivery_delayed", {}, "Email Deferred"),
        ("email.failed", {"failed": {"reason": "x"}}, "Email Failed"),
        ("domain.created", {}, "Domain Created"),
    ],
)
def test_names(kind: str, more: dict[str, Any], name: str) -> None:
    assert event("resend", of(kind, **more), HEADERS)["event"] == name


def test_a_mail_to_several_is_about_the_first_and_names_them_all() -> None:
    found = event("resend", of("email.sent", tags=None, to=["jo@example.com", "al@example.com"]), HEADERS)
    assert found["anonymousId"] == "jo@example.com"
    assert found["properties"]["to"] == ["jo@example.com", "al@example.com"]
    assert event("resend", of("email.sent", tags=None, to="jo@example.com"))["anonymousId"] == "jo@example.com"


def test_a_mail_that_came_in_is_about_who_sent_it() -> None:
    sent = of("email.received", **{"from": "Jo <jo@example.com>", "to": ["help@example.com"], "tags": None})
    found = event("resend", sent, HEADERS)
    assert (found["event"], found["anonymousId"]) == ("Email Received", "jo@example.com")
    assert found["properties"]["to"] == ["help@example.com"]


def test_a_contact_is_identified() -> None:
    data = {"id": "c1", "email": "jo@example.com", "first_name": "Jo", "last_name": None, "unsubscribed": False}
    found = event("resend", {"type": "contact.updated", "created_at": "2026-01-01T00:00:00Z", "data": data}, HEADERS)
    assert (found["type"], found["anonymousId"]) == ("identify", "jo@example.com")
    assert found["traits"] == {"email": "jo@example.com", "first_name": "Jo", "unsubscribed": False}


def test_the_vector() -> None:
    key = "whsec_c2x1aWNlLXRlc3Qtc2VjcmV0LTI0Ynl0ZXM="
    signature = "v1,CeffEx84+uU6Vq5uImSy51RcCpefklOIvdOIGUmiGpw="
    headers = {"svix-id": "msg_1", "svix-timestamp": str(NOW), "svix-signature": signature}
    assert is_proven(source_type("resend"), hook(BODY, **headers), [key])
    assert not is_proven(source_type("resend"), hook(BODY, **(headers | {"svix-id": "msg_2"})), [key])
