"""Mandrill: lists of events in a form, its signature over the address, and the test before there is a key."""

import base64
import hmac
import json
from typing import Any
from urllib.parse import urlencode

import pytest

from catalogue.sources import source_type
from tests.sources import SECRET, URL, event, hook, is_proven, translated

MANDRILL = source_type("mandrill")
CLICK: dict[str, Any] = {
    "event": "click", "_id": "m1", "ts": 1767225600, "url": "https://shop.example.com/a", "ip": "203.0.113.9",
    "user_agent": "Mozilla/5.0", "location": {"country_short": "DE", "country_long": "Germany", "city": "Berlin"},
    "msg": {
        "_id": "m1", "ts": 1767225000, "subject": "Hello", "email": "jo@example.com", "sender": "shop@example.com",
        "tags": ["welcome"], "metadata": {"user_id": 111, "order": "o-1"}, "state": "sent", "opens": [{"ts": 1}],
    },
}  # fmt: skip


def form(*events: dict[str, Any]) -> bytes:
    return urlencode({"mandrill_events": json.dumps(events)}).encode()


def signed(key: str = SECRET, **parameters: str) -> str:
    text = URL + "".join(name + value for name, value in sorted(parameters.items()))
    return base64.b64encode(hmac.digest(key.encode(), text.encode(), "sha1")).decode()


def test_a_click() -> None:
    found = event("mandrill", form(CLICK))
    assert (found["type"], found["event"], found["userId"]) == ("track", "Email Link Clicked", "111")
    assert found["properties"] == {
        "email_id": "m1", "email_subject": "Hello", "sender": "shop@example.com", "tags": ["welcome"], "state": "sent",
        "link_url": "https://shop.example.com/a", "metadata": {"order": "o-1"},
    }  # fmt: skip
    assert found["context"] == {
        "library": {"name": "sluice-mandrill"}, "ip": "203.0.113.9", "userAgent": "Mozilla/5.0",
        "location": {"country": "Germany", "city": "Berlin"}, "traits": {"email": "jo@example.com"},
    }  # fmt: skip
    assert found["messageId"].startswith("acme:m1:click:1767225600:")
    assert found["timestamp"] == "2026-01-01T00:00:00.000Z"


def test_what_is_sent_again_has_the_same_id_and_another_link_another() -> None:
    first, again, other = (
        event("mandrill", form({**CLICK, "url": url}))["messageId"] for url in (CLICK["url"], CLICK["url"], "https://b")
    )
    assert first == again != other
    assert event("mandrill", form({**CLICK, "event": "open", "url": None}))["messageId"] == "acme:m1:open:1767225600"


@pytest.mark.parametrize("metadata", [[], {}, None])
def test_without_metadata_the_address_stands_for_the_reader(metadata: Any) -> None:
    found = event("mandrill", form({**CLICK, "location": None, "msg": {**CLICK["msg"], "metadata": metadata}}))
    assert found["anonymousId"] == "jo@example.com"
    assert "location" not in found["context"]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("send", "Email Sent"),
        ("open", "Email Opened"),
        ("hard_bounce", "Email Bounced"),
        ("soft_bounce", "Email Soft Bounced"),
        ("spam", "Email Marked as Spam"),
        ("unsub", "Email Unsubscribed"),
        ("deferral", "Email Deferred"),
        ("reject", "Email Dropped"),
        ("delivered", "Delivered"),
    ],
)
def test_names(name: str, words: str) -> None:
    assert event("mandrill", form({**CLICK, "event": name}))["event"] == words


def test_a_list_that_changed_has_no_mail() -> None:
    sent = {
        "type": "blacklist",
        "action": "add",
        "ts": 1767225600,
        "reject": {"email": "jo@example.com", "reason": "x"},
    }
    found = event("mandrill", form(sent))
    assert (found["event"], found["anonymousId"]) == ("Blacklist Add", "jo@example.com")
    assert found["properties"] == {"reason": "x"}


def test_a_mail_that_came_in_is_about_who_sent_it() -> None:
    mail = {"from_email": "jo@example.com", "email": "help@example.com", "text": "hi", "html": "<p>", "raw_msg": "…"}
    found = event("mandrill", form({"event": "inbound", "ts": 1767225600, "msg": mail}))
    assert (found["event"], found["anonymousId"]) == ("Email Received", "jo@example.com")
    assert found["properties"] == {"from_email": "jo@example.com", "text": "hi", "received_by": "help@example.com"}


def test_many_events_in_one_form() -> None:
    assert len(translated("mandrill", form(CLICK, {**CLICK, "ts": 2}))) == 2


def test_the_vector() -> None:
    vector = "WkiRGN3dmITCOfPU/Xsa8NrIE8Q="
    assert is_proven(MANDRILL, hook(b"mandrill_events=%5B%5D", x_mandrill_signature=vector))
    assert signed(mandrill_events="[]") == vector


def test_a_form_is_signed_with_its_address() -> None:
    body = form(CLICK)
    made = signed(mandrill_events=json.dumps([CLICK]))
    assert is_proven(MANDRILL, hook(body, x_mandrill_signature=made))
    assert not is_proven(MANDRILL, hook(body, url=URL + "/", x_mandrill_signature=made))
    assert not is_proven(MANDRILL, hook(form(CLICK, CLICK), x_mandrill_signature=made))


def test_the_key_that_everybody_knows_counts_for_the_test_alone() -> None:
    test = b"mandrill_events=%5B%5D"
    empty = signed("test-webhook", mandrill_events="[]")
    assert is_proven(MANDRILL, hook(test, x_mandrill_signature=empty))
    assert MANDRILL.handshake(hook(test)) is not None
    body = form(CLICK)
    forged = signed("test-webhook", mandrill_events=json.dumps([CLICK]))
    assert not is_proven(MANDRILL, hook(body, x_mandrill_signature=forged))
    assert MANDRILL.handshake(hook(body)) is None
    for filler in (b"&", b"&" * 1000 + b"&"):
        more = b"mandrill_events=%5B%5D" + filler + b"mandrill_events=x"
        text = f"{URL}mandrill_events[]mandrill_eventsx".encode()
        forged = base64.b64encode(hmac.digest(b"test-webhook", text, "sha1")).decode()
        assert not is_proven(MANDRILL, hook(more, x_mandrill_signature=forged))
        assert MANDRILL.handshake(hook(more)) is None
