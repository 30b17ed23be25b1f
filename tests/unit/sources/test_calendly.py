"""Calendly: invitees of meetings."""

from typing import Any

import pytest

from catalogue.sources import source_type
from tests.sources import BODY, NOW, event, hook, is_proven

V1 = "7849f3f77ae17f71e5c31b3527ac6121095495fad02d627b06761287f1613100"
INVITEE: dict[str, Any] = {
    "uri": "https://api.calendly.com/scheduled_events/E1/invitees/I1", "email": "jo@example.com", "name": "Jo",
    "status": "active", "rescheduled": False, "old_invitee": None, "new_invitee": None,
    "scheduled_event": {"name": "Demo", "start_time": "2026-01-02T10:00:00Z"},
    "questions_and_answers": [{"question": "Topic?", "answer": "Prices", "position": 0}],
    "tracking": {"utm_source": "news", "utm_campaign": None, "salesforce_uuid": "sf1"},
}  # fmt: skip


def of(name: str = "invitee.created", **changes: Any) -> dict[str, Any]:
    return {"event": name, "created_at": "2026-01-01T00:00:00Z", "payload": {**INVITEE, **changes}}


def test_a_meeting_that_is_booked() -> None:
    found = event("calendly", of())
    assert (found["type"], found["event"], found["anonymousId"]) == ("track", "Meeting Booked", "jo@example.com")
    assert found["properties"] == {
        "invitee_uri": INVITEE["uri"], "status": "active", "rescheduled": False,
        "scheduled_event": INVITEE["scheduled_event"], "answers": {"Topic?": "Prices"},
        "tracking": {"salesforce_uuid": "sf1"},
    }  # fmt: skip
    assert found["context"]["campaign"] == {"source": "news"}
    assert found["context"]["traits"] == {"email": "jo@example.com", "name": "Jo"}
    assert (found["messageId"], found["timestamp"]) == ("acme:I1:invitee.created", "2026-01-01T00:00:00.000Z")


@pytest.mark.parametrize(
    ("sent", "name"),
    [
        (of(old_invitee="https://api.calendly.com/scheduled_events/E0/invitees/I0"), "Meeting Rescheduled"),
        (of("invitee.canceled", status="canceled"), "Meeting Cancelled"),
        (of("invitee.canceled", rescheduled=True, old_invitee="x"), "Meeting Cancelled"),
        (of("invitee_no_show.created"), "Meeting Missed"),
        (of("invitee_no_show.deleted"), "Invitee No Show Deleted"),
    ],
)
def test_names(sent: dict[str, Any], name: str) -> None:
    assert event("calendly", sent)["event"] == name


def test_one_who_books_and_cancels_is_in_two_events() -> None:
    assert event("calendly", of())["messageId"] != event("calendly", of("invitee.canceled"))["messageId"]


def test_a_form_that_routes_has_no_invitee() -> None:
    payload = {"uri": "https://api.calendly.com/routing_form_submissions/R1", "questions_and_answers": None}
    found = event("calendly", {"event": "routing_form_submission.created", "payload": payload})
    assert (found["event"], found["messageId"]) == ("Form Submitted", "acme:R1:routing_form_submission.created")
    assert found["anonymousId"] == "acme"


def test_the_vector() -> None:
    kind, header = source_type("calendly"), f"t={NOW},v1={V1}"
    assert is_proven(kind, hook(calendly_webhook_signature=header), now=NOW + 180)
    assert not is_proven(kind, hook(calendly_webhook_signature=header), now=NOW + 181)
    assert not is_proven(kind, hook(BODY + b" ", calendly_webhook_signature=header))
