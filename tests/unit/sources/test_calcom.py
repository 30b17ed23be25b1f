"""Cal.com: bookings."""

from typing import Any

import pytest

from catalogue.sources import source_type
from tests.sources import BODY, event, hook, is_proven

BOOKING: dict[str, Any] = {
    "type": "60min", "title": "60min between Pro and Jo", "startTime": "2026-01-02T09:30:00Z", "uid": "bFJe",
    "bookingId": 91, "eventTypeId": 7, "organizer": {"id": 5, "name": "Pro"}, "seatsPerTimeSlot": None,
    "attendees": [{"email": "jo@example.com", "name": "Jo", "timeZone": "Europe/Berlin"}, {"email": "al@example.com"}],
    "responses": {"email": {"label": "email", "value": "jo@example.com"}, "notes": {"label": "notes"}},
    "metadata": {"user_id": "u-42", "videoCallUrl": "https://v.example.com"},
}  # fmt: skip


def of(trigger: str = "BOOKING_CREATED", **changes: Any) -> dict[str, Any]:
    return {"triggerEvent": trigger, "createdAt": "2026-01-01T00:00:00.000Z", "payload": {**BOOKING, **changes}}


def test_a_booking() -> None:
    found = event("calcom", of())
    assert (found["type"], found["event"], found["userId"]) == ("track", "Meeting Booked", "u-42")
    assert found["properties"] == {
        "type": "60min", "title": "60min between Pro and Jo", "start_time": "2026-01-02T09:30:00Z", "uid": "bFJe",
        "booking_id": "91", "event_type_id": "7", "organizer": {"id": "5", "name": "Pro"},
        "answers": {"email": "jo@example.com"}, "guests": ["al@example.com"],
        "metadata": {"videoCallUrl": "https://v.example.com"},
    }  # fmt: skip
    assert found["context"]["traits"] == {"email": "jo@example.com", "name": "Jo", "timezone": "Europe/Berlin"}
    assert found["messageId"] == "acme:bFJe:BOOKING_CREATED:2026-01-01T00:00:00.000Z"


@pytest.mark.parametrize(
    ("trigger", "name"),
    [
        ("BOOKING_RESCHEDULED", "Meeting Rescheduled"),
        ("BOOKING_CANCELLED", "Meeting Cancelled"),
        ("BOOKING_PAID", "Meeting Paid"),
        ("MEETING_ENDED", "Meeting Ended"),
        ("FORM_SUBMITTED", "Form Submitted"),
        ("AFTER_HOSTS_CAL_VIDEO_NO_SHOW", "After Hosts Cal Video No Show"),
    ],
)
def test_names(trigger: str, name: str) -> None:
    assert event("calcom", of(trigger))["event"] == name


def test_who_booked_is_also_known_by_an_answer() -> None:
    answers = {"email": {"value": "jo@example.com"}, "user_id": {"value": 17}}
    assert event("calcom", of(attendees=[], metadata=None, responses=answers))["userId"] == "17"
    found = event("calcom", of(attendees=None, metadata={}, responses={"email": {"value": "jo@example.com"}}))
    assert found["anonymousId"] == "jo@example.com"


def test_a_meeting_that_ended_comes_without_an_envelope() -> None:
    found = event("calcom", {"triggerEvent": "MEETING_ENDED", **BOOKING})
    assert (found["event"], found["userId"], found["messageId"]) == ("Meeting Ended", "u-42", "acme:bFJe:MEETING_ENDED")
    assert "trigger_event" not in found["properties"]


def test_a_ping_is_answered_and_no_event() -> None:
    handshake = source_type("calcom").handshake
    assert handshake(hook(b'{"triggerEvent":"PING","createdAt":"2026-01-01T00:00:00Z","payload":{}}')) is not None
    assert handshake(hook(BODY)) is None


def test_the_vector() -> None:
    kind, vector = source_type("calcom"), "2b3f61ad4e49553aa88baa3cedb12078fe7162380201ffaa436ed5f6b479e5ec"
    assert is_proven(kind, hook(x_cal_signature_256=vector))
    assert not is_proven(kind, hook(BODY + b" ", x_cal_signature_256=vector))
