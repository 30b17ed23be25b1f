"""SendGrid: what becomes of each mail. https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/event"""

from typing import Any

from catalogue.sources.sendgrid.signature import Ecdsa
from sluice.sources.fields import renamed
from sluice.sources.settings import Signed
from sluice.sources.source import Identity, Source

_NAMES = {
    "sg_message_id": "email_id",
    "subject": "email_subject",
    "url": "link_url",
    "smtp-id": "smtp_id",
    "marketing_campaign_id": "campaign_id",
    "marketing_campaign_name": "campaign_name",
    "singlesend_id": "campaign_id",
    "singlesend_name": "campaign_name",
}
_ELSEWHERE = ("email", "timestamp", "event", "sg_event_id", "useragent", "user_id")
#: The events whose `ip` is the reader's. Of all others it is that of SendGrid's own server.
_BY_READER = ("open", "click")


def _flat(item: dict[str, Any], _: Signed) -> dict[str, Any]:
    """Have SendGrid's fields and the custom arguments, which stand beside each other, as properties."""
    event = item.get("event")
    by_reader = event in _BY_READER
    properties = renamed(item, _NAMES, without=(*_ELSEWHERE, "ip") if by_reader else _ELSEWHERE)
    if isinstance(category := properties.get("category"), str):
        properties["category"] = [category]
    machine = event == "open" and item.get("sg_machine_open") is True
    blocked = event == "bounce" and item.get("type") == "blocked"
    return {
        **item,
        "kind": "machine" if machine else "blocked" if blocked else "",
        "reader_ip": item.get("ip") if by_reader else None,
        "properties": properties,
    }


source = Source(
    type="sendgrid",
    title="SendGrid",
    description="Sent, delivered, opened, clicked and bounced mails of SendGrid.",
    setup="Add an Event Webhook under Settings → Mail Settings, with the address of the hook. Enable Signature "
    "Verification under Security features; the verification key that the page shows is `secret`. Put your own user id "
    "into the custom argument `user_id` of a mail. Custom arguments become properties.",
    documentation="https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/"
    "getting-started-event-webhook-security-features",
    settings=Signed,
    signature=Ecdsa(),
    prepare=_flat,
    name=("$.event", "$.kind"),
    events={
        "processed": "Email Sent",
        "delivered": "Email Delivered",
        "open": "Email Opened",
        "open machine": "Email Machine Opened",
        "click": "Email Link Clicked",
        "bounce": "Email Bounced",
        "bounce blocked": "Email Soft Bounced",
        "deferred": "Email Deferred",
        "dropped": "Email Dropped",
        "spamreport": "Email Marked as Spam",
        "unsubscribe": "Email Unsubscribed",
        "group_unsubscribe": "Email Unsubscribed",
        "group_resubscribe": "Email Resubscribed",
    },
    message_id=("$.sg_event_id",),
    timestamp="$.timestamp",
    identity=Identity(user_id="$.user_id", email="$.email"),
    context={"ip": {"@path": "$.reader_ip"}, "userAgent": {"@path": "$.useragent"}},
    other={"properties": {"@path": "$.properties"}},
)
