"""Twilio: forms, events of Event Streams, and its signature over the address."""

import hashlib
from typing import Any
from urllib.parse import urlencode

import pytest
from twilio.request_validator import RequestValidator

from catalogue.sources import source_type
from catalogue.sources.twilio.signature import with_and_without_port
from sluice.edge.endpoints.hook import HookSource, collect
from sluice.edge.request import Request
from tests.sources import BODY, SECRET, URL, event, hook, is_proven

TWILIO = source_type("twilio")
DELIVERED = (
    b"MessageSid=SM7&MessageStatus=delivered&To=%2B15550001111&From=%2B15559990000&AccountSid=AC1&ApiVersion=2010-04-01"
)
PARAMETERS = {"MessageSid": "SM1", "MessageStatus": "delivered", "To": "+15550001111"}
FORM = urlencode(PARAMETERS).encode()
OF_JSON = f"{URL}&bodySHA256={hashlib.sha256(BODY).hexdigest()}"


def streamed(kind: str = "messaging.message.delivered", **data: Any) -> dict[str, Any]:
    return {
        "specversion": "1.0", "type": f"com.twilio.{kind}", "source": "/2010-04-01/Accounts/AC1", "id": "EZ1",
        "data": {
            "messageSid": "SM7", "timestamp": "2026-01-01T00:00:00.000Z", "accountSid": "AC1", "from": "+15559990000",
            "to": "+15550001111", "messageStatus": "DELIVERED", "tags": {"order": "o-1"}, "numberOfSegments": 1, **data,
        },
    }  # fmt: skip


def test_a_delivered_message() -> None:
    found = event("twilio", DELIVERED, source="sms")
    assert (found["type"], found["event"], found["anonymousId"]) == ("track", "SMS Delivered", "+15550001111")
    assert found["messageId"] == "sms:SM7:delivered"
    assert found["properties"] == {"message_sid": "SM7", "from": "+15559990000", "to": "+15550001111"}


@pytest.mark.parametrize(
    ("form", "name", "person"),
    [
        ("MessageStatus=queued", "SMS Queued", "+15550001111"),
        ("MessageStatus=undelivered&ErrorCode=30005", "SMS Undelivered", "+15550001111"),
        ("SmsStatus=received&Body=hi", "SMS Received", "+15559990000"),
        ("MessageStatus=partially_delivered", "SMS Partially Delivered", "+15550001111"),
    ],
)
def test_statuses(form: str, name: str, person: str) -> None:
    found = event("twilio", f"MessageSid=SM7&To=%2B15550001111&From=%2B15559990000&{form}".encode())
    assert (found["event"], found["anonymousId"]) == (name, person)


def test_a_person_has_one_id_on_each_channel() -> None:
    found = event("twilio", b"MessageSid=SM7&MessageStatus=read&To=whatsapp%3A%2B15550001111")
    assert (found["event"], found["anonymousId"]) == ("WhatsApp Read", "+15550001111")
    assert found["context"]["traits"] == {"phone": "+15550001111"}


def test_a_call() -> None:
    found = event("twilio", b"CallSid=CA1&CallStatus=in-progress&To=%2B15550001111&From=%2B1555&Direction=inbound")
    assert (found["event"], found["anonymousId"], found["messageId"]) == (
        "Call In Progress", "+1555", "acme:CA1:in-progress",
    )  # fmt: skip


def test_event_streams() -> None:
    found = event("twilio", [streamed()], source="sms")
    assert (found["event"], found["anonymousId"], found["messageId"]) == ("SMS Delivered", "+15550001111", "sms:EZ1")
    assert found["timestamp"] == "2026-01-01T00:00:00.000Z"
    assert found["properties"] == {
        "message_sid": "SM7", "from": "+15559990000", "to": "+15550001111", "tags": {"order": "o-1"},
        "number_of_segments": 1,
    }  # fmt: skip


def test_a_message_that_comes_in_by_event_streams() -> None:
    found = event("twilio", [streamed("messaging.inbound-message.received")])
    assert (found["event"], found["anonymousId"]) == ("SMS Received", "+15559990000")


def test_other_events_of_event_streams_are_called_as_twilio_calls_them() -> None:
    sent = {"specversion": "1.0", "type": "com.twilio.video.room.ended", "id": "EZ2", "data": {"RoomSid": "RM1"}}
    found = event("twilio", sent)
    assert (found["event"], found["properties"]) == ("Video Room Ended", {"room_sid": "RM1"})


def test_the_vectors() -> None:
    assert is_proven(TWILIO, hook(FORM, x_twilio_signature="l+hdQqiEZStbpL2UwXIsdRIo+vI="))
    assert is_proven(TWILIO, hook(BODY, url=OF_JSON, x_twilio_signature="GzLJ14zXyGcSRzOJN9sHwt1JQKk="))


@pytest.mark.parametrize("algorithm", ["HMAC_SHA1", "HMAC_SHA256"])
@pytest.mark.parametrize(
    "url", [URL, URL.replace(".com", ".com:443"), URL.replace(".com", ".com:8443"), "https://a.example.com/v1"]
)
def test_what_the_vendors_library_signs_is_proven_with_port_and_without(url: str, algorithm: str) -> None:
    validator = RequestValidator(SECRET)
    for form in with_and_without_port(url):
        signature = validator.compute_signature(form, PARAMETERS, algorithm)
        assert is_proven(TWILIO, hook(FORM, url=url, x_twilio_signature=signature))
        assert validator.validate(url, PARAMETERS, signature, algorithm)
        assert not is_proven(TWILIO, hook(FORM + b"&a=1", url=url, x_twilio_signature=signature))


def test_a_callback_by_get_is_signed_as_its_address() -> None:
    signature = RequestValidator(SECRET).compute_signature(URL, {})
    assert is_proven(TWILIO, hook(b"", method="GET", x_twilio_signature=signature))


def test_a_body_in_json_is_bound_to_the_digest_in_the_address() -> None:
    validator = RequestValidator(SECRET)
    signature = validator.compute_signature(OF_JSON, {})
    assert validator.validate(OF_JSON, BODY.decode(), signature)
    assert is_proven(TWILIO, hook(BODY, url=OF_JSON, x_twilio_signature=signature))
    for body in (BODY + b" ", b"", FORM):
        assert not is_proven(TWILIO, hook(body, url=OF_JSON, x_twilio_signature=signature))


def test_the_signature_of_an_address_without_a_digest_proves_no_body() -> None:
    signature = RequestValidator(SECRET).compute_signature(URL, {})
    for body in (BODY, b'{"a":"\xff"}', b"&".join(b"a%d=1" % number for number in range(1001))):
        assert not is_proven(TWILIO, hook(body, x_twilio_signature=signature))


@pytest.mark.parametrize(
    "url", ["", "https://[", "https://a:b/", "nothing", "https://a.example.com:99999/?bodySHA256="]
)
def test_no_address_breaks_the_signature(url: str) -> None:
    assert not is_proven(TWILIO, hook(FORM, url=url, x_twilio_signature="AAAA"))


def test_what_comes_in_is_answered_in_twiml() -> None:
    assert (TWILIO.answer.body, TWILIO.answer.content_type) == (b"<Response/>", "text/xml")


@pytest.mark.parametrize(
    ("public", "query", "signed"),
    [
        ("https://events.example.com/twilio", "", "https://events.example.com/twilio"),
        ("https://events.example.com/twilio", "a=1", "https://events.example.com/twilio?a=1"),
        (
            "https://events.example.com/twilio?a=1",
            "a=1&bodySHA256=x",
            "https://events.example.com/twilio?a=1&bodySHA256=x",
        ),
        ("https://events.example.com/twilio?a=1", "", "https://events.example.com/twilio?a=1"),
    ],
)
def test_behind_a_proxy_the_address_is_the_one_that_twilio_has(public: str, query: str, signed: str) -> None:
    body = BODY if "bodySHA256" in query else FORM
    digest = hashlib.sha256(body).hexdigest()
    query, signed = (text.replace("=x", f"={digest}") for text in (query, signed))
    made = RequestValidator(SECRET).compute_signature(signed, {} if "bodySHA256" in query else PARAMETERS)
    sources = {"sms": HookSource(TWILIO, lambda: TWILIO.settings(secret=SECRET, public_url=public))}
    headers = {"host": "inside.example.com", "x-twilio-signature": made}
    result = collect(Request("POST", "/v1/sources/sms/hook", query=query, headers=headers, body=body), sources)
    assert (result.response.status, result.response.body) == (200, b"<Response/>")


def test_the_setting_finds_the_id_of_ours_in_what_twilio_sent() -> None:
    found = event("twilio", [streamed()], user_id="$.data.tags.order")
    assert found["userId"] == "o-1"
