"""Amazon SES: events of mails in messages of SNS."""

import json
from typing import Any

import pytest

from catalogue.sources import source_type
from sluice.spec.json import InvalidJsonError
from tests.sources import event, translated

TOPIC = "arn:aws:sns:eu-central-1:123456789012:mail-events"
MAIL: dict[str, Any] = {
    "timestamp": "2025-12-31T23:59:00.000Z", "source": "Shop <shop@example.com>", "messageId": "0100-1",
    "destination": ["jo@example.com"], "commonHeaders": {"subject": "Hello"},
    "tags": {"user_id": ["u-42"], "kind": ["welcome"], "ses:configuration-set": ["shop"]},
}  # fmt: skip
CLICK = {
    "timestamp": "2026-01-01T00:00:00.000Z", "ipAddress": "203.0.113.9", "userAgent": "Mozilla/5.0",
    "link": "https://shop.example.com", "linkTags": {"a": ["b"]},
}  # fmt: skip


def message(
    kind: str, *, mail: dict[str, Any] | None = None, name: str = "eventType", **details: Any
) -> dict[str, Any]:
    sent = {name: kind, "mail": MAIL if mail is None else mail, **details}
    return {
        "Type": "Notification", "MessageId": "22b80b92", "TopicArn": TOPIC, "Message": json.dumps(sent),
        "Timestamp": "2026-01-01T00:00:01.000Z",
    }  # fmt: skip


def of(sent: dict[str, Any]) -> dict[str, Any]:
    return event("ses", sent, topic=TOPIC)


def test_a_click() -> None:
    found = of(message("Click", click=CLICK))
    assert (found["type"], found["event"], found["userId"]) == ("track", "Email Link Clicked", "u-42")
    assert found["properties"] == {
        "email_id": "0100-1", "email_subject": "Hello", "configuration_set": "shop", "tags": {"kind": "welcome"},
        "link_url": "https://shop.example.com", "link_tags": {"a": ["b"]},
    }  # fmt: skip
    assert found["context"] == {
        "library": {"name": "sluice-ses"}, "ip": "203.0.113.9", "userAgent": "Mozilla/5.0",
        "traits": {"email": "jo@example.com"},
    }  # fmt: skip
    assert (found["messageId"], found["timestamp"]) == ("acme:22b80b92", "2026-01-01T00:00:00.000Z")


@pytest.mark.parametrize(
    ("sent", "name"),
    [
        (message("Send", send={}), "Email Sent"),
        (message("Delivery", delivery={"recipients": ["jo@example.com"]}), "Email Delivered"),
        (message("Open", open={}), "Email Opened"),
        (message("Bounce", bounce={"bounceType": "Permanent"}), "Email Bounced"),
        (message("Bounce", bounce={"bounceType": "Transient"}), "Email Soft Bounced"),
        (message("Bounce", bounce={"bounceType": "Undetermined"}), "Email Soft Bounced"),
        (message("Bounce", name="notificationType", bounce={"bounceType": "Permanent"}), "Email Bounced"),
        (message("Complaint", complaint={"complaintFeedbackType": "abuse"}), "Email Marked as Spam"),
        (message("DeliveryDelay", deliveryDelay={"delayType": "TransientCommunicationFailure"}), "Email Deferred"),
        (message("Reject", reject={"reason": "Bad content"}), "Email Dropped"),
        (message("Rendering Failure", failure={"templateName": "t"}), "Rendering Failure"),
        (message("Subscription", subscription={"newTopicPreferences": {"unsubscribeAll": True}}), "Email Unsubscribed"),
        (message("Subscription", subscription={"newTopicPreferences": {"unsubscribeAll": False}}), "Subscription"),
    ],
)
def test_names(sent: dict[str, Any], name: str) -> None:
    assert of(sent)["event"] == name


def test_what_happens_to_several_is_an_event_for_each_with_ids_that_stay() -> None:
    bounce = {
        "bounceType": "Permanent", "timestamp": "2026-01-01T00:00:00.000Z",
        "bouncedRecipients": [
            {"emailAddress": "jo@example.com", "status": "5.1.1", "diagnosticCode": "smtp; 550"},
            {"emailAddress": "al@example.com", "status": "5.2.2"},
        ],
    }  # fmt: skip
    sent = message("Bounce", mail={**MAIL, "tags": None}, bounce=bounce)
    first, second = translated("ses", sent, topic=TOPIC)
    assert isinstance(first, dict)
    assert isinstance(second, dict)
    assert (first["anonymousId"], first["messageId"]) == ("jo@example.com", "acme:22b80b92")
    assert (second["anonymousId"], second["messageId"]) == ("al@example.com", "acme:22b80b92:1")
    assert (first["properties"]["status"], first["properties"]["diagnostic_code"]) == ("5.1.1", "smtp; 550")
    assert translated("ses", sent, topic=TOPIC) == [first, second]


def test_a_mail_that_came_in_is_about_who_sent_it() -> None:
    sent = message("Received", name="notificationType", mail={**MAIL, "source": "jo@example.com", "tags": None})
    assert (of(sent)["event"], of(sent)["anonymousId"]) == ("Email Received", "jo@example.com")


def test_a_mail_without_recipients_or_tags() -> None:
    found = of(message("Send", mail={"messageId": "0100-1"}, send={}))
    assert (found["anonymousId"], found["properties"]) == ("acme", {"email_id": "0100-1"})


def test_a_message_that_is_no_event_is_kept_as_not_understood() -> None:
    with pytest.raises(InvalidJsonError):
        translated("ses", {**message("Send"), "Message": "Successfully validated SNS topic"}, topic=TOPIC)


@pytest.mark.parametrize("topic", ["", "mail-events", "arn:aws:sqs:eu-central-1:123456789012:q", TOPIC + "\n"])
def test_what_is_no_topic_is_refused_when_it_is_built(topic: str) -> None:
    with pytest.raises(ValueError, match="ARN of a topic"):
        source_type("ses").settings(topic=topic, token="t")
