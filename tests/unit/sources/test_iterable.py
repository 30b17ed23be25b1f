"""Iterable: system webhooks, which are not signed."""

import base64
from typing import Any

import pytest

from catalogue.sources import source_type
from tests.sources import event, hook, is_proven

ITERABLE = source_type("iterable")
CLICK: dict[str, Any] = {
    "email": "jo@example.com", "userId": "u-42", "eventName": "emailClick",
    "dataFields": {
        "campaignId": 49313, "campaignName": "Spring", "templateId": 79190, "messageId": "d0aa", "hrefIndex": 0,
        "emailSubject": "Hello", "url": "https://shop.example.com", "ip": "203.0.113.9", "userAgent": "Mozilla/5.0",
        "createdAt": "2026-01-01 00:00:00 +00:00", "workflowId": None, "orderRef": "o-1",
    },
}  # fmt: skip


def of(name: str, **data: Any) -> dict[str, Any]:
    return {**CLICK, "eventName": name, "dataFields": {**CLICK["dataFields"], **data}}


def test_a_click() -> None:
    found = event("iterable", CLICK)
    assert (found["type"], found["event"], found["userId"]) == ("track", "Email Link Clicked", "u-42")
    assert found["properties"] == {
        "campaign_id": "49313", "campaign_name": "Spring", "template_id": "79190", "email_id": "d0aa", "href_index": 0,
        "email_subject": "Hello", "link_url": "https://shop.example.com", "order_ref": "o-1",
    }  # fmt: skip
    assert (found["context"]["ip"], found["context"]["userAgent"]) == ("203.0.113.9", "Mozilla/5.0")
    assert found["context"]["traits"] == {"email": "jo@example.com"}
    assert found["timestamp"] == "2026-01-01T00:00:00.000Z"


def test_what_is_sent_again_has_the_same_id_and_another_click_another() -> None:
    assert event("iterable", CLICK)["messageId"] == event("iterable", CLICK)["messageId"]
    assert event("iterable", CLICK)["messageId"] != event("iterable", of("emailClick", hrefIndex=1))["messageId"]


@pytest.mark.parametrize(
    ("sent", "name"),
    [
        (of("emailSend"), "Email Sent"),
        (of("emailOpen"), "Email Opened"),
        (of("emailBounce", recipientState="HardBounce"), "Email Bounced"),
        (of("emailBounce", recipientState="SoftBounce"), "Email Soft Bounced"),
        (of("emailComplaint"), "Email Marked as Spam"),
        (of("emailUnSubscribe"), "Email Unsubscribed"),
        (of("pushOpen"), "Push Notification Opened"),
        (of("smsReceived"), "SMS Received"),
        (of("whatsAppSeen"), "Whats App Seen"),
    ],
)
def test_names(sent: dict[str, Any], name: str) -> None:
    assert event("iterable", sent)["event"] == name


def test_without_an_id_of_ours_the_address_stands_for_the_person() -> None:
    found = event("iterable", {**CLICK, "userId": None, "dataFields": None})
    assert (found["anonymousId"], found["properties"]) == ("jo@example.com", {})


def test_the_secret_is_the_token_or_in_a_header_of_ones_own() -> None:
    basic = "Basic " + base64.b64encode(b"sluice:s3cret").decode()
    for value in ("s3cret", "Basic s3cret", "OAuth2 s3cret", basic):
        assert is_proven(ITERABLE, hook(authorization=value), ["s3cret"])
        assert not is_proven(ITERABLE, hook(authorization=value), ["other", ""])
    own = ITERABLE.adapted(ITERABLE, ITERABLE.settings(secret="s3cret", header="X-Sluice"))
    assert is_proven(own, hook(x_sluice="s3cret"), ["s3cret"])
    assert not is_proven(own, hook(authorization="s3cret"), ["s3cret"])
