"""Calendly: meetings that are booked and cancelled. https://developer.calendly.com/docs/webhooks/overview"""

from typing import Any

from sluice.sources.fields import object_at, renamed
from sluice.sources.settings import Signed
from sluice.sources.signature import Hmac
from sluice.sources.source import Identity, Source

_ELSEWHERE = ("email", "name", "first_name", "last_name", "text_reminder_number", "questions_and_answers", "tracking")
_CAMPAIGN = {"utm_source": "source", "utm_medium": "medium", "utm_campaign": "name", "utm_term": "term",
             "utm_content": "content"}  # fmt: skip


def _flat(item: dict[str, Any], _: Signed) -> dict[str, Any]:
    """Have answers by their question, the campaign in the context, and the invitee's id without its address."""
    payload = item["payload"]
    tracking = object_at(payload, "tracking")
    answers = {
        each["question"]: each.get("answer")
        for each in payload.get("questions_and_answers") or []
        if isinstance(each, dict) and each.get("question")
    }
    more = {
        "answers": answers or None,
        "tracking": renamed(tracking, without=_CAMPAIGN) or None,
    }
    moved = item.get("event") == "invitee.created" and payload.get("old_invitee")
    return {
        **item,
        "id": str(payload.get("uri", "")).rpartition("/")[2],
        "kind": "moved" if moved else "",
        "campaign": {ours: tracking[name] for name, ours in _CAMPAIGN.items() if tracking.get(name)} or None,
        "traits": renamed({"name": payload.get("name"), "phone": payload.get("text_reminder_number")}) or None,
        "properties": renamed(payload, {"uri": "invitee_uri"}, without=_ELSEWHERE) | renamed(more),
    }


source = Source(
    type="calendly",
    title="Calendly",
    description="Meetings of Calendly that are booked, moved and cancelled.",
    setup="Create a webhook subscription with Calendly's API, with the address of the hook as its `url` and a "
    "`signing_key`: it is `secret`. One that is moved is sent as two: a booked one, which becomes Meeting Rescheduled, "
    "and a cancelled one, which has `rescheduled: true`.",
    documentation="https://developer.calendly.com/api-docs/overview/webhooks/webhook-signatures",
    settings=Signed,
    signature=Hmac(
        "calendly-webhook-signature",
        over="{timestamp}.{body}",
        prefix="v1=",
        separator=",",
        timestamp="t=",
        tolerance=180,
    ),
    prepare=_flat,
    name=("$.event", "$.kind"),
    events={
        "invitee.created": "Meeting Booked",
        "invitee.created moved": "Meeting Rescheduled",
        "invitee.canceled": "Meeting Cancelled",
        "invitee_no_show.created": "Meeting Missed",
        "routing_form_submission.created": "Form Submitted",
    },
    message_id=("$.id", "$.event"),
    timestamp="$.created_at",
    identity=Identity(email="$.payload.email"),
    context={"campaign": {"@path": "$.campaign"}, "traits": {"@path": "$.traits"}},
    other={"properties": {"@path": "$.properties"}},
)
