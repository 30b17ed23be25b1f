"""Zendesk: events of tickets and users, and what triggers send."""

from typing import Any

import pytest

from catalogue.sources import source_type
from tests.sources import BODY, NOW, event, hook, is_proven

TICKET: dict[str, Any] = {
    "type": "zen:event-type:ticket.status_changed", "account_id": 12514403, "id": "2b24ef10",
    "time": "2026-01-01T00:00:00Z", "zendesk_event_version": "2022-11-06", "subject": "zen:ticket:35436",
    "detail": {"id": "35436", "requester_id": "6596848315901", "status": "OPEN", "external_id": "t-1"},
    "event": {"current": "OPEN", "previous": "NEW", "meta": {"sequence": {"id": "s1"}}},
}  # fmt: skip
USER: dict[str, Any] = {
    **TICKET, "type": "zen:event-type:user.created",
    "detail": {"id": "6596848315901", "external_id": "u-42", "email": "jo@example.com", "role": "end-user"},
    "event": {},
}  # fmt: skip


def test_a_ticket() -> None:
    found = event("zendesk", TICKET)
    assert (found["type"], found["event"], found["anonymousId"]) == (
        "track", "Ticket Status Changed", "zendesk:6596848315901",
    )  # fmt: skip
    assert found["properties"] == {
        "current": "OPEN", "previous": "NEW", "ticket_id": "35436", "requester_id": "6596848315901", "status": "OPEN",
        "external_id": "t-1",
    }  # fmt: skip
    assert (found["messageId"], found["timestamp"]) == ("acme:2b24ef10", "2026-01-01T00:00:00.000Z")


def test_a_new_user_is_identified() -> None:
    found = event("zendesk", USER)
    assert (found["type"], found["userId"]) == ("identify", "u-42")
    assert found["traits"] == {"email": "jo@example.com", "role": "end-user"}


def test_a_user_without_an_id_of_ours() -> None:
    detail = {**USER["detail"], "external_id": ""}
    assert event("zendesk", {**USER, "detail": detail})["anonymousId"] == "jo@example.com"
    assert event("zendesk", {**USER, "detail": {**detail, "email": None}})["anonymousId"] == "zendesk:6596848315901"


def test_numbers_are_ids_to_the_last_digit() -> None:
    found = event("zendesk", {**TICKET, "detail": {"id": 2**60, "requester_id": 2**60 + 1}})
    assert found["properties"]["ticket_id"] == str(2**60)
    assert found["anonymousId"] == f"zendesk:{2**60 + 1}"


@pytest.mark.parametrize("sent", [{"ticket": 17, "type": "solved"}, {"ticket": 17}])
def test_what_a_trigger_sends_is_as_its_author_wrote_it(sent: dict[str, Any]) -> None:
    found = event("zendesk", sent)
    assert found["event"] == ("Solved" if "type" in sent else "Webhook Received")
    assert found["properties"] == sent
    assert event("zendesk", sent)["messageId"] == found["messageId"]


def test_the_vector() -> None:
    kind = source_type("zendesk")
    headers = {
        "x-zendesk-webhook-signature": "2McE6JPABwpTsDkSvKv+oCiMSKQOMGrd8bG7zjILzqs=",
        "x-zendesk-webhook-signature-timestamp": "2026-01-01T00:00:00Z",
    }
    assert is_proven(kind, hook(BODY, **headers))
    assert not is_proven(kind, hook(BODY + b" ", **headers))
    assert not is_proven(kind, hook(BODY, **headers), now=NOW + 301)
