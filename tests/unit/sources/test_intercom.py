"""Intercom: topics of its webhooks, and how it tries them."""

from typing import Any

import pytest

from catalogue.sources import source_type
from sluice.edge.endpoints.hook import HookSource, collect
from sluice.edge.request import Request
from tests.sources import BODY, SECRET, event, hook, is_proven

INTERCOM = source_type("intercom")
JO: dict[str, Any] = {"type": "user", "id": "53", "external_id": "u-42", "email": "jo@example.com"}


def of(topic: str, item: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "notification_event", "id": "notif_5", "topic": topic, "app_id": "ab1", "created_at": 1767225600,
        "delivery_attempts": 1, "data": {"type": "notification_event_data", "item": item},
    }  # fmt: skip


STARTED = of(
    "conversation.user.created",
    {
        "type": "conversation",
        "id": "147",
        "source": {"author": {"id": "53", "external_id": "u-42", "email": "jo@example.com"}},
    },
)


def test_a_conversation() -> None:
    found = event("intercom", STARTED)
    assert (found["type"], found["event"], found["userId"]) == ("track", "Conversation Started", "u-42")
    assert found["properties"] == {"conversation_id": "147"}
    assert (found["messageId"], found["timestamp"]) == ("acme:notif_5", "2026-01-01T00:00:00.000Z")
    assert found["context"]["traits"] == {"email": "jo@example.com"}


def test_another_attempt_has_the_same_id() -> None:
    assert event("intercom", {**STARTED, "delivery_attempts": 2})["messageId"] == "acme:notif_5"


def test_of_a_conversation_that_a_teammate_started_the_contact_is_meant() -> None:
    item = {
        "type": "conversation", "id": "147", "source": {"body": "hi", "author": {"type": "admin", "id": "9"}},
        "contacts": {"contacts": [{"type": "contact", "id": "53", "external_id": "u-42"}]},
    }  # fmt: skip
    found = event("intercom", of("conversation.admin.replied", item))
    assert (found["event"], found["userId"]) == ("Conversation Admin Replied", "u-42")
    assert found["properties"]["source"] == {"body": "hi"}


def test_an_author_without_the_id_of_ours_has_that_of_the_contact() -> None:
    item = {
        "type": "conversation", "id": "147", "source": {"author": {"type": "user", "id": "53", "external_id": None}},
        "contacts": {"contacts": [{"type": "contact", "id": "53", "external_id": "u-42"}]},
    }  # fmt: skip
    assert event("intercom", of("conversation.user.replied", item))["userId"] == "u-42"


def test_a_lead_that_nobody_knows_is_the_one_of_intercom() -> None:
    found = event("intercom", of("contact.lead.signed_up", {"type": "contact", "id": "53", "external_id": None}))
    assert (found["event"], found["anonymousId"]) == ("Contact Lead Signed Up", "intercom:53")


@pytest.mark.parametrize("topic", ["contact.user.created", "contact.lead.created", "contact.email.updated"])
def test_a_contact_is_identified(topic: str) -> None:
    item = {**JO, "type": "contact", "name": "Jo", "role": "user", "custom_attributes": {"plan": "pro"}}
    found = event("intercom", of(topic, item))
    assert (found["type"], found["userId"]) == ("identify", "u-42")
    assert found["traits"] == {"plan": "pro", "email": "jo@example.com", "name": "Jo", "role": "user"}


def test_a_tag_is_no_change_of_the_contact() -> None:
    item = {"type": "contact_tag", "contact": {**JO, "type": "contact"}, "tag": {"id": "7", "name": "vip"}}
    found = event("intercom", of("contact.user.tag.created", item))
    assert (found["event"], found["userId"]) == ("Contact User Tag Created", "u-42")
    assert found["properties"]["tag"] == {"id": "7", "name": "vip"}


def test_an_event_of_ones_own_keeps_its_name() -> None:
    item = {"type": "event", "event_name": "invited-friend", "user_id": "u-42", "metadata": {"n": 2}}
    found = event("intercom", of("event.created", item))
    assert (found["event"], found["userId"], found["properties"]) == ("invited-friend", "u-42", {"n": 2})


def test_a_ping_is_answered_and_no_event_and_so_is_head() -> None:
    assert INTERCOM.handshake(hook(b'{"type":"notification_event","topic":"ping","data":{}}')) is not None
    assert INTERCOM.handshake(hook(BODY)) is None
    sources = {"acme": HookSource(INTERCOM, lambda: INTERCOM.settings(secret=SECRET))}
    result = collect(Request("HEAD", "/v1/sources/acme/hook"), sources)
    assert (result.response.status, result.envelope) == (200, None)


def test_the_vector() -> None:
    vector = "sha1=123272e8c4ddb35a6efd5a6a757934d671c7d65c"
    assert is_proven(INTERCOM, hook(x_hub_signature=vector))
    assert not is_proven(INTERCOM, hook(BODY + b" ", x_hub_signature=vector))
    assert not is_proven(INTERCOM, hook(x_hub_signature=vector.removeprefix("sha1=")))
