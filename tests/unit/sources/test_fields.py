"""Fields: a vendor's object as properties, with nothing lost, and what it is tried with."""

from typing import Any

from sluice.sources.fields import object_at, renamed, with_text_ids
from sluice.sources.handshakes import tried_by
from tests.sources import hook


def test_fields_get_the_names_of_the_spec_and_all_others_keep_theirs() -> None:
    sent: dict[str, Any] = {
        "sg_message_id": "14c5",
        "orderRef": "o-1",
        "event": "click",
        "reason": None,
        "_headers": {},
    }
    assert renamed(sent, {"sg_message_id": "email_id"}, without={"event"}) == {"email_id": "14c5", "orderRef": "o-1"}


def test_a_field_of_the_users_is_not_lost_to_one_of_the_vendors() -> None:
    sent = {"sg_message_id": "14c5", "email_id": "mine"}
    assert renamed(sent, {"sg_message_id": "email_id"}) == sent
    assert renamed({**sent, "email_id": None}, {"sg_message_id": "email_id"}) == {"email_id": "14c5"}


def test_pascal_case_becomes_snake_case() -> None:
    sent = {"MessageID": "00", "FirstOpen": True}
    assert renamed(sent, {"MessageID": "email_id"}, snake_case=True) == {"email_id": "00", "first_open": True}


def test_ids_are_text_at_any_depth_and_other_numbers_stay() -> None:
    sent: dict[str, Any] = {
        "id": 2**60,
        "total": 3,
        "ok": True,
        "items": [{"product_id": 1, "n": 1}],
        "campaignId": 7,
        "idle": 5,
    }
    assert with_text_ids(sent) == {
        "id": str(2**60), "total": 3, "ok": True, "items": [{"product_id": "1", "n": 1}], "campaignId": "7", "idle": 5,
    }  # fmt: skip


def test_what_is_no_object_has_no_fields() -> None:
    for sent in (None, "text", [1]):
        assert renamed(sent) == {}
        assert object_at({"data": {"object": sent}}, "data", "object") == {}
        assert object_at(sent, "data") == {}
    assert object_at({"data": {"object": {"a": 1}}}, "data", "object") == {"a": 1}


def test_a_vendor_may_try_a_hook_with_a_document_of_its_own() -> None:
    handshake = tried_by("$.event.type", "TEST")
    assert handshake(hook(b'{"event":{"type":"TEST"}}')) is not None
    for body in (b'{"event":{"type":"RENEWAL"}}', b"{}", b"[]", b"null", b"", b"\xff", b"TEST"):
        assert handshake(hook(body)) is None
