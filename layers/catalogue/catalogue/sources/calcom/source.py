"""Cal.com: meetings that are booked and cancelled. https://cal.com/docs/developing/guides/automation/webhooks"""

from typing import Any

from sluice.sources.fields import object_at, renamed
from sluice.sources.handshakes import tried_by
from sluice.sources.settings import Signed
from sluice.sources.signature import Hmac
from sluice.sources.source import Identity, Source

_ELSEWHERE = ("triggerEvent", "createdAt", "attendees", "responses", "userFieldsResponses", "metadata")


def _flat(item: dict[str, Any], _: Signed) -> dict[str, Any]:
    """Have answers by the name of their question, and who booked. Of a meeting that ended, the booking stands alone."""
    booking = object_at(item, "payload") or item
    attendees = [each for each in booking.get("attendees") or [] if isinstance(each, dict)]
    booker = attendees[0] if attendees else {}
    responses = object_at(booking, "responses") | object_at(booking, "userFieldsResponses")
    answers = renamed({
        name: each.get("value") for name, each in responses.items() if isinstance(each, dict)
    })  # fmt: skip
    metadata = object_at(booking, "metadata")
    more = {
        "answers": answers or None,
        "metadata": {name: value for name, value in metadata.items() if name != "user_id"} or None,
        "guests": [each.get("email") for each in attendees[1:]] or None,
    }
    return {
        **item,
        "uid": booking.get("uid"),
        "user_id": metadata.get("user_id") or answers.get("user_id"),
        "email": booker.get("email") or answers.get("email"),
        "traits": renamed({"name": booker.get("name"), "timezone": booker.get("timeZone")}) or None,
        "properties": renamed(booking, without=_ELSEWHERE, snake_case=True) | renamed(more),
    }


source = Source(
    type="calcom",
    title="Cal.com",
    description="Meetings of Cal.com that are booked, moved and cancelled.",
    setup="Under Settings → Developer → Webhooks, add the address of the hook as the Subscriber URL, and a secret, "
    "which is `secret` here. Leave the payload template as it is. Your own user id is known from the metadata of a "
    "booking, or from a question, that is called `user_id`.",
    documentation="https://cal.com/docs/developing/guides/automation/webhooks",
    settings=Signed,
    signature=Hmac("x-cal-signature-256"),
    handshake=tried_by("$.triggerEvent", "PING"),
    prepare=_flat,
    name=("$.triggerEvent",),
    events={
        "BOOKING_CREATED": "Meeting Booked",
        "BOOKING_RESCHEDULED": "Meeting Rescheduled",
        "BOOKING_CANCELLED": "Meeting Cancelled",
        "BOOKING_REQUESTED": "Meeting Requested",
        "BOOKING_REJECTED": "Meeting Rejected",
        "BOOKING_PAID": "Meeting Paid",
    },
    message_id=("$.uid", "$.triggerEvent", "$.createdAt"),
    timestamp="$.createdAt",
    identity=Identity(user_id="$.user_id", email="$.email"),
    context={"traits": {"@path": "$.traits"}},
    other={"properties": {"@path": "$.properties"}},
)
