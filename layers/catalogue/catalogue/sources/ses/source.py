"""Amazon SES: what becomes of each mail, by way of a topic of Amazon SNS.

https://docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-sns-contents.html
"""

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any

from catalogue.sources.ses.sns import Confirmation, Sns, Topic
from sluice.sources.fields import object_at, renamed
from sluice.sources.settings import Secret, settings
from sluice.sources.signature import AnyOf
from sluice.sources.source import Identity, Source, own_tokens
from sluice.spec.json import parse

#: Where each kind of event has its recipients; all others are about those of the mail.
_RECIPIENTS = {"Bounce": "bouncedRecipients", "Complaint": "complainedRecipients", "DeliveryDelay": "delayedRecipients"}
_DETAILS = {"Rendering Failure": "failure", "DeliveryDelay": "deliveryDelay"}
_NAMES = {"link": "link_url"}
_ELSEWHERE = ("timestamp", "ipAddress", "userAgent", "recipients", *_RECIPIENTS.values())


@settings
class Settings:
    """`topic` is the ARN of the SNS topic, and `token` stands at the end of the hook's address.

    Let the token be long and random; a list of two lets you change it. `user_id` is the path of your own user id in
    the events.
    """

    topic: str
    token: Secret | list[Secret]
    user_id: str = ""

    def __post_init__(self) -> None:
        """Raise ValueError for what is no topic."""
        Topic(self.topic).host  # noqa: B018 - it raises


def messages(payload: bytes) -> Sequence[Any]:
    """Return the event in a message of SNS, once for each of its recipients. Raises InvalidJsonError."""
    envelope = parse(payload)
    if not isinstance(envelope, dict) or not isinstance(envelope.get("Message"), str):
        return [envelope]
    event = parse(envelope["Message"].encode("utf-8", "surrogatepass"))
    if not isinstance(event, dict):
        return [event]
    return [
        {**event, "sns_id": envelope.get("MessageId"), "part": str(number or ""), "recipient": recipient}
        for number, recipient in enumerate(_recipients(event))
    ]


def _recipients(event: dict[str, Any]) -> Sequence[Any]:
    kind = event.get("eventType") or event.get("notificationType")
    detail = object_at(event, _detail(kind))
    found = detail.get(_RECIPIENTS.get(str(kind), "recipients")) or object_at(event, "mail").get("destination")
    several = found if isinstance(found, list) else []
    return [each if isinstance(each, dict) else {"emailAddress": each} for each in several] or [{}]


def _detail(kind: Any) -> str:
    return _DETAILS.get(str(kind)) or str(kind).lower()


def _flat(item: dict[str, Any], _: Settings) -> dict[str, Any]:
    """Have the mail, its tags and what happened to it as properties."""
    kind = item.get("eventType") or item["notificationType"]
    mail, detail = object_at(item, "mail"), object_at(item, _detail(kind))
    tags = {name: values[0] for name, values in object_at(mail, "tags").items() if isinstance(values, list) and values}
    is_off = kind == "Subscription" and object_at(detail, "newTopicPreferences").get("unsubscribeAll") is True
    is_soft = kind == "Bounce" and detail.get("bounceType") != "Permanent"
    more = {
        "email_id": mail.get("messageId"),
        "email_subject": object_at(mail, "commonHeaders").get("subject"),
        "configuration_set": tags.get("ses:configuration-set"),
        "tags": {name: each for name, each in tags.items() if name != "user_id" and not name.startswith("ses:")}
        or None,
    }
    about = renamed(item["recipient"], without=("emailAddress",), snake_case=True)
    return {
        **item,
        "type": kind,
        "kind": "soft" if is_soft else "off" if is_off else "",
        "user_id": tags.get("user_id"),
        "email": mail.get("source") if kind == "Received" else item["recipient"].get("emailAddress"),
        "reader": {"ip": detail.get("ipAddress"), "agent": detail.get("userAgent")}
        if kind in ("Open", "Click")
        else {},
        "time": detail.get("timestamp") or mail.get("timestamp"),
        "properties": renamed(more) | about | renamed(detail, _NAMES, without=_ELSEWHERE, snake_case=True),
    }


@lru_cache(64)
def _of_topic(source: Source[Settings], arn: str) -> Source[Settings]:
    topic = Topic(arn)
    return replace(source, signature=Sns(topic), handshake=Confirmation(topic))


source = Source(
    type="ses",
    title="Amazon SES",
    description="Sent, delivered, opened, clicked and bounced mails of Amazon SES, by way of Amazon SNS.",
    setup="Let a configuration set publish its events to an SNS topic, whose ARN is `topic`. Subscribe the address of "
    "the hook to it by HTTPS, with `token` at its end, `/v1/sources/<id>/hook/<token>`, and leave raw message delivery "
    "off, which is not signed. The subscription is confirmed by itself. Put your own user id into a message tag "
    "`user_id`. SNS tries three times within a minute unless its delivery policy says more: give it an hour, and the "
    "subscription a dead-letter queue.",
    documentation="https://docs.aws.amazon.com/ses/latest/dg/event-publishing-add-event-destination-sns.html",
    settings=Settings,
    signature=AnyOf(()),
    secrets=own_tokens,
    split=messages,
    prepare=_flat,
    name=("$.type", "$.kind"),
    events={
        "Send": "Email Sent",
        "Delivery": "Email Delivered",
        "Open": "Email Opened",
        "Click": "Email Link Clicked",
        "Bounce": "Email Bounced",
        "Bounce soft": "Email Soft Bounced",
        "Complaint": "Email Marked as Spam",
        "Subscription off": "Email Unsubscribed",
        "DeliveryDelay": "Email Deferred",
        "Reject": "Email Dropped",
        "Received": "Email Received",
    },
    message_id=("$.sns_id", "$.part"),
    timestamp="$.time",
    identity=Identity(user_id="$.user_id", email="$.email"),
    context={"ip": {"@path": "$.reader.ip"}, "userAgent": {"@path": "$.reader.agent"}},
    other={"properties": {"@path": "$.properties"}},
    adapted=lambda source, declared: _of_topic(source, declared.topic),
)
