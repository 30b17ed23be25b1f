"""From what clients send to what everything downstream sees."""

from datetime import UTC, datetime
from typing import Any

import pytest

from sluice.spec.normalisation import Arrival, Normalised, Refused, normalise
from tests import examples

RECEIVED = datetime(2026, 11, 23, 20, 40, 48, 500_000, tzinfo=UTC)


def arrival(**changes: Any) -> Arrival:
    return Arrival(**{"name": "req-1", "received": RECEIVED, "source_type": "browser", "ip": "203.0.113.7", **changes})


def event(raw: Any, **changes: Any) -> dict[str, Any]:
    result = normalise(raw, arrival(**changes), 0)
    assert isinstance(result, Normalised), result
    return result.event


@pytest.mark.parametrize("raw", examples.ALL_CALLS, ids=lambda raw: raw["type"])
def test_every_call_keeps_what_it_said(raw: dict[str, Any]) -> None:
    seen = event(raw)
    for name in (
        "type",
        "messageId",
        "userId",
        "anonymousId",
        "groupId",
        "previousId",
        "event",
        "name",
        "properties",
        "traits",
    ):
        assert seen.get(name) == raw.get(name)


def test_common_fields_are_filled_in() -> None:
    seen = event(examples.TRACK)
    assert seen["channel"] == "client"
    assert seen["version"] == 2
    assert seen["context"]["ip"] == "203.0.113.7"
    assert seen["receivedAt"] == "2026-11-23T20:40:48.500Z"
    assert seen["originalTimestamp"] == "2026-11-23T20:40:47.000Z"
    assert seen["timestamp"] == "2026-11-23T20:40:48.250Z"  # sent 250 ms after it happened


def test_what_was_given_is_left_as_it_was() -> None:
    raw = {**examples.TRACK, "writeKey": "wk_website"}
    before = {**raw}
    assert "writeKey" not in event(raw)
    assert raw == before


def test_the_sender_of_a_server_is_not_the_user() -> None:
    assert "ip" not in event(examples.IDENTIFY, source_type="server")["context"]
    direct = {**examples.IDENTIFY, "context": {"direct": True}}
    assert event(direct, source_type="server")["context"]["ip"] == "203.0.113.7"


def test_an_address_that_the_client_chose_stays() -> None:
    assert event({**examples.TRACK, "context": {"ip": "0.0.0.0"}})["context"]["ip"] == "0.0.0.0"


def test_numbers_become_ids_and_nulls_are_absent() -> None:
    seen = event({**examples.TRACK, "userId": 12345, "anonymousId": None})
    assert seen["userId"] == "12345"
    assert "anonymousId" not in seen


def test_a_missing_message_id_is_made_and_the_same_when_the_message_is_read_again() -> None:
    raw = {name: value for name, value in examples.TRACK.items() if name != "messageId"}
    first, again, other = normalise(raw, arrival(), 0), normalise(raw, arrival(), 0), normalise(raw, arrival(), 1)
    assert isinstance(first, Normalised)
    assert isinstance(again, Normalised)
    assert isinstance(other, Normalised)
    assert not first.named
    assert first.event["messageId"] == again.event["messageId"] != other.event["messageId"]


def test_the_batch_speaks_for_events_that_say_nothing_themselves() -> None:
    shared = {
        "context": {"library": {"name": "go"}, "app": {"name": "shop"}},
        "integrations": {"All": False, "A": True},
    }
    raw = {**examples.TRACK, "integrations": {"A": False}, "sentAt": None}
    seen = event(raw, sent=datetime(2026, 11, 23, 20, 40, 47, 500_000, tzinfo=UTC), **shared)
    assert seen["context"]["library"]["name"] == "analytics.js"
    assert seen["context"]["app"] == {"name": "shop"}
    assert seen["integrations"] == {"All": False, "A": False}
    assert seen["sentAt"] == "2026-11-23T20:40:47.500Z"


def test_rudderstack_names_its_time_stamp_otherwise() -> None:
    raw = {**examples.IDENTIFY, "timestamp": None, "originalTimestamp": "2026-11-23T20:00:00.000Z"}
    assert event(raw)["timestamp"] == "2026-11-23T20:00:00.000Z"


def test_a_time_that_cannot_be_read_is_kept_and_not_used() -> None:
    seen = event({**examples.IDENTIFY, "timestamp": "yesterday"})
    assert seen["originalTimestamp"] == "yesterday"
    assert seen["timestamp"] == seen["receivedAt"]


def test_the_path_decides_the_type() -> None:
    assert event({**examples.PAGE, "type": "nonsense"}, type="page")["type"] == "page"


def consent(given: Any) -> dict[str, Any]:
    context = {"consent": given}
    return {"type": "track", "userId": "u", "event": "Segment Consent Preference Updated", "context": context}


def test_consent_that_is_whole_is_good() -> None:
    good = consent({"categoryPreferences": {"ads": True, "analytics": False}, "version": 2})
    assert isinstance(normalise(good, arrival(), 0), Normalised)


def test_rudderstack_writes_traits_into_the_context() -> None:
    raw = {**examples.IDENTIFY, "traits": None, "context": {"traits": {"plan": "pro"}}}
    assert event(raw)["traits"] == {"plan": "pro"}


@pytest.mark.parametrize(
    ("traits", "name"),
    [
        ({"firstName": "Ana", "lastName": " Núñez "}, "Ana Núñez"),
        ({"first_name": "Ana", "last_name": "Núñez"}, "Ana Núñez"),
        ({"firstName": "Ana", "lastName": "Núñez", "name": "A. N."}, "A. N."),
        ({"firstName": "Ana"}, None),
        ({"firstName": 1, "lastName": 2}, None),
    ],
)
def test_the_full_name_is_assembled_where_it_is_absent(traits: dict[str, Any], name: str | None) -> None:
    assert event({**examples.IDENTIFY, "traits": traits})["traits"].get("name") == name


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        ("text", "bad_request"),
        ({"userId": "u"}, "bad_request"),
        ({"type": ["track"], "userId": "u"}, "bad_request"),
        ({"type": "track", "event": "E"}, "no_user_anon_id"),
        ({"type": "track", "event": "E", "userId": "", "anonymousId": None}, "no_user_anon_id"),
        ({"type": "track", "event": "E", "userId": {"id": 1}}, "id_not_string"),
        ({"type": "track", "event": "E", "userId": True}, "id_not_string"),
        ({"type": "track", "userId": "u"}, "event_not_defined"),
        ({"type": "track", "userId": "u", "event": None}, "event_not_defined"),
        ({"type": "track", "userId": "u", "event": 7}, "event_not_string"),
        ({"type": "track", "userId": "u", "event": "E", "properties": [1]}, "properties_not_object"),
        ({"type": "identify", "userId": "u", "traits": "x"}, "traits_not_object"),
        ({"type": "page", "userId": "u", "name": 7}, "name_not_string"),
        ({"type": "screen", "userId": "u", "category": 7}, "category_not_string"),
        ({"type": "group", "userId": "u"}, "id_required"),
        ({"type": "alias", "userId": "u"}, "id_required"),
        (
            {"type": "page", "userId": "u", "context": {"device": {"advertisingId": 7}}},
            "device_advertisingid_should_be_string",
        ),
        (consent(None), "consent_categorypreferences_should_exist"),
        (consent({"categoryPreferences": []}), "consent_categorypreferences_fields_should_be_object"),
        (
            consent({"categoryPreferences": {"ads": "yes"}}),
            "consent_categorypreferences_fields_should_be_bool",
        ),
        (consent({"categoryPreferences": {"ads": True}, "version": "2"}), "consent_version_should_be_number"),
    ],
)
def test_what_is_wrong_has_segments_name_for_it(raw: Any, reason: str) -> None:
    assert normalise(raw, arrival(), 0) == Refused(reason)  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", ["track", "identify", "page", "group"])
def test_events_without_properties_or_traits_are_good(kind: str) -> None:
    raw = {"type": kind, "userId": "u", "event": "E", "groupId": "g", "properties": None}
    assert isinstance(normalise(raw, arrival(), 0), Normalised)


@pytest.mark.parametrize("call", ["track", "page", "screen", "identify", "group"])
def test_an_empty_array_of_php_is_an_empty_object(call: str) -> None:
    name = "traits" if call in ("identify", "group") else "properties"
    assert event({"type": call, "userId": "u", "groupId": "g", "event": "E", name: []})[name] == {}


@pytest.mark.parametrize(
    ("sent", "read"), [(12345, "12345"), (12345.0, "12345"), (1e3, "1000"), (1.5, "1.5"), (2**53 + 1, str(2**53 + 1))]
)
@pytest.mark.parametrize("name", ["userId", "anonymousId", "groupId", "previousId", "messageId"])
def test_an_id_that_is_a_number_is_written_as_javascript_writes_it(name: str, sent: float, read: str) -> None:
    assert event({"type": "track", "userId": "u", "event": "E", name: sent})[name] == read


def test_two_ids_beyond_64_bits_stay_two() -> None:
    written = [b'{"userId":123456789012345678901}', b'{"userId":123456789012345678902}']
    ids = [
        event({"type": "track", "event": "E", "userId": 1.2345678901234568e20}, written=lambda _, each=each: each)
        for each in written
    ]
    assert [each["userId"] for each in ids] == ["123456789012345678901", "123456789012345678902"]


@pytest.mark.parametrize("name", ["all", "ALL", "All"])
def test_what_is_switched_off_everywhere_is_so_in_any_case(name: str) -> None:
    assert event({"type": "track", "userId": "u", "event": "E", "integrations": {name: False}})["integrations"] == {
        "All": False
    }


def test_an_empty_time_hides_no_other() -> None:
    raw = {
        "type": "track",
        "userId": "u",
        "event": "E",
        "timestamp": "",
        "originalTimestamp": "2026-01-15T12:00:00.000Z",
    }
    assert event(raw)["timestamp"] == "2026-01-15T12:00:00.000Z"


def test_a_time_that_cannot_be_read_stays_beside_that_of_receipt() -> None:
    found = normalise({"type": "track", "userId": "u", "event": "E", "timestamp": "soon"}, arrival(), 0)
    assert isinstance(found, Normalised)
    assert found.is_unreadable
    assert (found.event["timestamp"], found.event["originalTimestamp"]) == ("2026-11-23T20:40:48.500Z", "soon")


def test_a_time_of_sending_that_cannot_be_read_corrects_nothing() -> None:
    raw = {"type": "track", "userId": "u", "event": "E", "timestamp": "2026-11-23T20:40:00.000Z", "sentAt": "soon"}
    assert event(raw)["timestamp"] == "2026-11-23T20:40:00.000Z"
