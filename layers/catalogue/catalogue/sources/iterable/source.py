"""Iterable: what becomes of mails, pushes and text messages.

https://support.iterable.com/hc/en-us/articles/208013936-System-Webhooks
"""

from typing import Any

from sluice.sources.fields import object_at, renamed
from sluice.sources.settings import Presented
from sluice.sources.signature import AnyOf, BasicPassword, HeaderValue
from sluice.sources.source import Identity, Source, in_header

_NAMES = {
    "messageId": "email_id", "emailSubject": "email_subject", "url": "link_url", "linkUrl": "link_url",
    "campaignId": "campaign_id", "campaignName": "campaign_name",
}  # fmt: skip
_ELSEWHERE = ("createdAt", "ip", "userAgent", "email", "userId", "eventName")


def _flat(item: dict[str, Any], _: Presented) -> dict[str, Any]:
    """Have the fields of the message as properties, and the kind of a bounce."""
    data = object_at(item, "dataFields")
    is_email = str(item.get("eventName")).lower().startswith("email")
    names = _NAMES if is_email else {**_NAMES, "messageId": "message_id"}
    soft = "soft" in str(data.get("recipientState")).lower()
    return {
        **item,
        "kind": "soft" if soft and item.get("eventName") == "emailBounce" else "",
        "properties": renamed(data, names, without=_ELSEWHERE, snake_case=True),
    }


source = Source(
    type="iterable",
    title="Iterable",
    description="Mails, pushes, in-app and text messages of Iterable, as its system webhooks send them.",
    setup="Under Integrations → System Webhooks, create a webhook with the address of the hook. Choose Basic or OAuth2 "
    "as the authentication, with `secret` as the token; or add an HTTP header, which `header` names, with `secret` as "
    "its value. Iterable signs nothing.",
    documentation="https://support.iterable.com/hc/en-us/articles/208013936-System-Webhooks",
    settings=Presented,
    signature=AnyOf(
        (
            HeaderValue("authorization", "Basic "),
            HeaderValue("authorization", "OAuth2 "),
            HeaderValue("authorization"),
            BasicPassword(),
        )
    ),
    adapted=in_header,
    prepare=_flat,
    name=("$.eventName", "$.kind"),
    events={
        "emailSend": "Email Sent",
        "emailOpen": "Email Opened",
        "emailClick": "Email Link Clicked",
        "emailBounce": "Email Bounced",
        "emailBounce soft": "Email Soft Bounced",
        "emailComplaint": "Email Marked as Spam",
        "emailSubscribe": "Email Subscribed",
        "emailUnSubscribe": "Email Unsubscribed",
        "emailSendSkip": "Email Dropped",
        "pushSend": "Push Notification Sent",
        "pushOpen": "Push Notification Opened",
        "pushBounce": "Push Notification Bounced",
        "smsSend": "SMS Sent",
        "smsClick": "SMS Clicked",
        "smsBounce": "SMS Bounced",
        "smsReceived": "SMS Received",
    },
    timestamp="$.dataFields.createdAt",
    identity=Identity(user_id=("$.userId", "$.dataFields.userId"), email=("$.email", "$.dataFields.email")),
    context={"ip": {"@path": "$.dataFields.ip"}, "userAgent": {"@path": "$.dataFields.userAgent"}},
    other={"properties": {"@path": "$.properties"}},
)
