"""Mailchimp: forms of its audiences, and the token in the address."""

from typing import Any
from urllib.parse import urlencode

import pytest

from catalogue.sources import source_type
from sluice.edge.endpoints.hook import HookSource, collect
from sluice.edge.request import Request
from tests.sources import event as of_kind
from tests.sources import hook, is_proven

MAILCHIMP = source_type("mailchimp")
SUBSCRIBE = (
    b"type=subscribe&fired_at=2026-01-01+00%3A00%3A00&data%5Bid%5D=8a25&data%5Bemail%5D=jo%40example.com"
    b"&data%5Blist_id%5D=a6b5&data%5Bmerges%5D%5BFNAME%5D=Jo"
)


def event(payload: bytes, **settings: Any) -> dict[str, Any]:
    return of_kind("mailchimp", payload, **settings)


def of(kind: str, **data: str) -> bytes:
    fields = {"type": kind, "fired_at": "2026-01-01 00:00:00"}
    return urlencode(fields | {f"data[{name}]": value for name, value in data.items()}).encode()


def test_somebody_who_subscribes() -> None:
    found = event(SUBSCRIBE)
    assert (found["type"], found["event"], found["anonymousId"]) == ("track", "Subscribed", "jo@example.com")
    assert found["context"]["traits"] == {"email": "jo@example.com", "first_name": "Jo"}
    assert found["properties"] == {"list_id": "a6b5"}
    assert found["timestamp"] == "2026-01-01T00:00:00.000Z"
    assert found["context"]["externalIds"][0]["id"] == "8a25"


def test_what_is_sent_again_has_the_same_id_and_anything_else_another() -> None:
    assert event(SUBSCRIBE)["messageId"] == event(SUBSCRIBE)["messageId"]
    assert event(SUBSCRIBE)["messageId"] != event(SUBSCRIBE.replace(b"jo", b"al"))["messageId"]


@pytest.mark.parametrize(
    ("payload", "name"),
    [
        (of("unsubscribe", email="jo@example.com", action="unsub", reason="manual"), "Unsubscribed"),
        (of("cleaned", email="jo@example.com", reason="hard", campaign_id="c1"), "Email Bounced"),
        (of("cleaned", email="jo@example.com", reason="abuse"), "Email Marked as Spam"),
        (of("upemail", new_email="jo@example.com", old_email="j@example.com"), "Email Changed"),
        (of("campaign", id="c1", status="sent", subject="Hello"), "Campaign Sent"),
        (of("campaign", id="c1", status="canceled"), "Campaign Canceled"),
        (of("tagged", email="jo@example.com"), "Tagged"),
    ],
)
def test_names(payload: bytes, name: str) -> None:
    assert event(payload)["event"] == name


def test_a_changed_profile_is_identified_with_its_merge_fields() -> None:
    found = event(SUBSCRIBE.replace(b"type=subscribe", b"type=profile") + b"&data[merges][PLAN]=pro&data[merges][X]=")
    assert (found["type"], found["anonymousId"]) == ("identify", "jo@example.com")
    assert found["traits"] == {"email": "jo@example.com", "first_name": "Jo", "plan": "pro"}


def test_a_merge_field_may_have_an_id_of_ours() -> None:
    found = event(SUBSCRIBE + b"&data[merges][USER_ID]=u-42", user_id="$.data.merges.USER_ID")
    assert found["userId"] == "u-42"


def test_a_new_address_stands_for_the_person_and_the_old_one_is_kept() -> None:
    found = event(of("upemail", new_id="9", new_email="jo@example.com", old_email="j@example.com", list_id="a6"))
    assert found["anonymousId"] == "jo@example.com"
    assert found["properties"] == {"new_email": "jo@example.com", "old_email": "j@example.com", "list_id": "a6"}


def test_a_campaign_is_about_nobody() -> None:
    found = event(of("campaign", id="c1", status="sent", subject="Hello", list_id="a6b5"))
    assert found["anonymousId"] == "acme"
    assert found["properties"] == {
        "campaign_id": "c1", "status": "sent", "email_subject": "Hello", "list_id": "a6b5",
    }  # fmt: skip


def test_the_token_at_the_end_of_the_address_is_the_secret() -> None:
    assert is_proven(MAILCHIMP, hook(SUBSCRIBE, token="t0ken"), ["t0ken"])
    assert not is_proven(MAILCHIMP, hook(SUBSCRIBE, token="other"), ["t0ken"])
    assert not is_proven(MAILCHIMP, hook(SUBSCRIBE), ["t0ken", ""])
    assert list(MAILCHIMP.secrets(MAILCHIMP.settings(token=["new", "old"]))) == ["new", "old"]


def test_mailchimp_looks_with_get_whether_somebody_is_there() -> None:
    sources = {"acme": HookSource(MAILCHIMP, lambda: MAILCHIMP.settings(token="t0ken"))}
    assert collect(Request("GET", "/v1/sources/acme/hook/t0ken"), sources).response.status == 200
    taken = collect(Request("POST", "/v1/sources/acme/hook/t0ken", body=SUBSCRIBE), sources)
    assert taken.envelope is not None
