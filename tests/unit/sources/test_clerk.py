"""Clerk: users and sessions, by Standard Webhooks."""

from datetime import UTC, datetime
from typing import Any

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from catalogue.sources import source_type
from tests.sources import BODY, NOW, event, hook, is_proven, translated

CLERK = source_type("clerk")
KEY = "whsec_c2x1aWNlLXRlc3Qtc2VjcmV0LTI0Ynl0ZXM="
VECTOR = "v1,CeffEx84+uU6Vq5uImSy51RcCpefklOIvdOIGUmiGpw="
HEADERS = {"svix_id": "msg_1"}
JO: dict[str, Any] = {
    "id": "user_29w", "object": "user", "first_name": "Jo", "last_name": None, "username": None, "external_id": "567",
    "primary_email_address_id": "idn_2", "private_metadata": {"salary": 1}, "public_metadata": {"plan": "pro"},
    "email_addresses": [
        {"id": "idn_1", "email_address": "old@example.com"}, {"id": "idn_2", "email_address": "jo@example.com"},
    ],
}  # fmt: skip


def of(kind: str, data: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": kind, "object": "event", "timestamp": 1767225600123, "instance_id": "ins_1", "data": data,
        "event_attributes": {"http_request": {"client_ip": "203.0.113.9", "user_agent": "Mozilla/5.0"}},
    }  # fmt: skip


def test_a_sign_up_is_two_events() -> None:
    identify, track = translated("clerk", of("user.created", JO), HEADERS)
    assert isinstance(identify, dict)
    assert isinstance(track, dict)
    assert (identify["type"], identify["userId"]) == ("identify", "user_29w")
    assert identify["traits"] == {"first_name": "Jo", "plan": "pro", "email": "jo@example.com"}
    assert (track["event"], track["userId"]) == ("Signed Up", "user_29w")
    assert (identify["messageId"], track["messageId"]) == ("acme:msg_1:identify", "acme:msg_1")
    assert track["timestamp"] == "2026-01-01T00:00:00.123Z"
    assert (track["context"]["ip"], track["context"]["userAgent"]) == ("203.0.113.9", "Mozilla/5.0")


def test_a_change_is_identified_and_without_a_primary_address_the_first_counts() -> None:
    found = event("clerk", of("user.updated", {**JO, "primary_email_address_id": None}), HEADERS)
    assert (found["type"], found["traits"]["email"]) == ("identify", "old@example.com")
    assert "email" not in event("clerk", of("user.updated", {**JO, "email_addresses": []}), HEADERS)["traits"]


def test_the_setting_says_that_the_external_id_is_ours() -> None:
    assert event("clerk", of("user.updated", JO), HEADERS, user_id="$.data.external_id")["userId"] == "567"


@pytest.mark.parametrize(
    ("kind", "data", "name", "user"),
    [
        ("session.created", {"id": "sess_1", "user_id": "user_29w"}, "Logged In", "user_29w"),
        ("session.removed", {"id": "sess_1", "user_id": "user_29w"}, "Logged Out", "user_29w"),
        ("session.ended", {"id": "sess_1", "user_id": "user_29w"}, "Session Ended", "user_29w"),
        ("user.deleted", {"id": "user_29w", "deleted": True}, "User Deleted", "user_29w"),
        ("organization.created", {"id": "org_1", "name": "Acme"}, "Organization Created", None),
    ],
)
def test_names(kind: str, data: dict[str, Any], name: str, user: str | None) -> None:
    found = event("clerk", of(kind, data), HEADERS)
    assert (found["event"], found.get("userId")) == (name, user)


def test_who_joins_an_organization_is_in_a_group() -> None:
    data = {
        "organization": {"id": "org_1", "name": "Acme"},
        "public_user_data": {"user_id": "user_29w"},
        "role": "admin",
    }
    found = event("clerk", of("organizationMembership.created", data), HEADERS)
    assert (found["type"], found["groupId"], found["userId"]) == ("group", "org_1", "user_29w")
    assert found["traits"] == {"name": "Acme", "role": "admin"}


def test_codes_and_private_metadata_go_no_further() -> None:
    mail = {"id": "ema_1", "body": "Your code is 424242", "data": {"otp_code": "424242"}, "slug": "verification_code"}
    for found in (
        event("clerk", of("email.created", mail), HEADERS),
        event("clerk", of("organization.updated", {"id": "org_1", "private_metadata": {"salary": 1}}), HEADERS),
        *translated("clerk", of("user.created", JO), HEADERS),
    ):
        assert "424242" not in str(found)
        assert "salary" not in str(found)


@pytest.mark.parametrize("brand", ["svix", "webhook"])
def test_the_vector(brand: str) -> None:
    headers = {f"{brand}-id": "msg_1", f"{brand}-timestamp": str(NOW), f"{brand}-signature": VECTOR}
    assert is_proven(CLERK, hook(BODY, **headers), [KEY])
    assert not is_proven(CLERK, hook(BODY + b" ", **headers), [KEY])
    assert not is_proven(CLERK, hook(BODY, **headers), [KEY], now=NOW + 301)


def test_what_the_library_signs_is_proven_and_what_is_proven_it_verifies() -> None:
    library, now = Webhook(KEY), datetime.now(UTC)
    headers = {
        "webhook-id": "msg_2",
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": library.sign("msg_2", now, BODY.decode()),
    }
    assert is_proven(CLERK, hook(BODY, **headers), [KEY], now=now.timestamp())
    assert library.verify(BODY, headers) == {"id": "evt_1", "ok": True}
    with pytest.raises(WebhookVerificationError):
        library.verify(BODY + b" ", headers)
    assert not is_proven(CLERK, hook(BODY + b" ", **headers), [KEY], now=now.timestamp())
