"""The spec's small parts: JSON as it is sent, exact slices, clocks, query strings."""

import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sluice.spec import times as clock
from sluice.spec.batch_slices import batch_slices
from sluice.spec.json import InvalidJsonError, parse
from sluice.spec.query import InvalidQueryError, link_events, pixel_event

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        ('{"a": NaN, "b": [Infinity, -Infinity, 1.5]}', {"a": None, "b": [None, None, 1.5]}),
        (r'{"half": "\ud83d", "whole": "\ud83d\ude80"}', {"half": "\ufffd", "whole": "🚀"}),
        ('{"big": 9007199254740993, "n": NaN}', {"big": 9007199254740993, "n": None}),
        ('{"n": NaN, "huge": 1' + "0" * 30 + "}", {"n": None, "huge": 1e30}),
        ('{"zero": -0.0}', {"zero": -0.0}),
    ],
)
def test_json_of_real_sdks_is_read_and_made_strict(sent: str, read: Any) -> None:
    assert parse(sent.encode()) == read


@pytest.mark.parametrize(
    "sent", [b"", b"{", b"\xff\xfe{}", b'{"a":1}x', b"[" * 100_000, b"NaN" + b"[" * 300 + b"]" * 300]
)
def test_what_is_not_json_is_told_apart(sent: bytes) -> None:
    with pytest.raises(InvalidJsonError):
        parse(sent)


@given(st.lists(JSON), st.dictionaries(st.text(max_size=5), JSON, max_size=2), st.sampled_from([None, 1, "\t"]))
def test_slices_are_the_text_of_each_element(batch: list[Any], around: dict[str, Any], indent: Any) -> None:
    text = json.dumps({**around, "batch": batch}, indent=indent)
    assert [json.loads(piece) for piece in batch_slices(text)] == batch


def test_slices_keep_the_bytes_as_they_were_sent() -> None:
    assert batch_slices('{"x": 1, "batch" : [ {"b":1 , "a":NaN},\n"\\u00e9" ] }') == ['{"b":1 , "a":NaN}', '"\\u00e9"']


@pytest.mark.parametrize(
    ("body", "cities"),
    [
        (b'{"batch":[{"city":"a"},{"city":"M\xe1laga"}]}', ["a", "M\ufffdlaga"]),
        (b'{"batch":[{"city":"a\nb\x01c"}]}', ["a\nb\x01c"]),
        (b'\xef\xbb\xbf{"batch":[{"city":"a"}]}', ["a"]),
        (b'{"batch":[{"city":"a"}]}\x00\x00 \x00', ["a"]),
        (b'{"batch":[{"city":"a"},\x00\x00\x00{"city":"b"}]}', ["a", "b"]),
        (b'{"batch":[{"city":"a"}\x00,{"city":",]\\" ,}"}]}', ["a", ',]" ,}']),
        (b'{"batch":[{"city":"a",},]}', ["a"]),
        (b'{"batch":[{"city":"a"}]}{"batch":[{"city":"b"}]}', ["a", "b"]),
        ('{"batch":[{"city":"M\u00e1laga"}]}'.encode("utf-16"), ["M\u00e1laga"]),
        ('{"batch":[{"city":"M\u00e1laga"}]}'.encode("utf-16-le"), ["M\u00e1laga"]),
    ],
)
def test_one_bad_byte_costs_no_event(body: bytes, cities: list[str]) -> None:
    assert [event["city"] for event in parse(body)["batch"]] == cities


def test_a_batch_behind_another_keeps_its_clock() -> None:
    body = b'{"sentAt":"A","batch":[{"userId":"u1"}]}{"sentAt":"B","batch":[{"userId":"u2"}]}'
    assert parse(body) == {"sentAt": "A", "batch": [{"userId": "u1"}, {"sentAt": "B", "userId": "u2"}]}


@pytest.mark.parametrize("text", ["[]", '"batch"', '{"batch": {}}', "{}"])
def test_without_a_batch_there_are_no_slices(text: str) -> None:
    assert batch_slices(text) == []


@pytest.mark.parametrize(
    "value",
    [
        "2026-11-23T20:40:48.123Z",
        "2026-11-23T20:40:48.123456+00:00",
        "2026-11-23T22:40:48.123+02:00",
        "2026-11-23T20:40:48.123",
        1795466448.123,
        1795466448123,
        1795466448123456,
        1795466448123456789,
        "1795466448123",
        "1795466448.123",
        "1.795466448123E12",
        "/Date(1795466448123)/",
        " 2026-11-23T20:40:48.123Z ",
        "2026-11-23t20:40:48.123z",
        "2026-11-23T20:40:48,123Z",
        "20261123T204048.123Z",
        "2026-327T20:40:48.123Z",
        "2026-W48-1T20:40:48.123Z",
        "+002026-11-23T20:40:48.123Z",
        "2026-11-23T20:40:48.123GMT",
        "2026-11-23T15:40:48.123\u221205:00",
        "2026-11-23T21:40:48.123+01:00[Europe/Paris]",
        "2026-11-23 20:40:48.123456789 +0000 UTC",
        "2026-11-23 22:40:48.123456789 +0200 CEST",
        "2026-11-24 02:10:48.123 +0530 +0530",
        "2026-11-23 20:40:48.123456 +0000 UTC m=+0.000123",
        "2026-11-23 20:40:48.123 UTC",
    ],
)
def test_one_moment_in_every_form_that_clients_send(value: Any) -> None:
    moment = clock.read(value)
    assert moment is not None
    assert clock.iso(moment) == "2026-11-23T20:40:48.123Z"


@pytest.mark.parametrize(
    "value",
    [
        "1795466448",
        "Mon, 23 Nov 2026 20:40:48 GMT",
        "Mon, 23 Nov 2026 20:40:48 +0000",
        "Monday, 23-Nov-26 20:40:48 GMT",
        "23 Nov 26 15:40:48 EST",
        "Mon Nov 23 20:40:48 2026",
        "Mon Nov 23 20:40:48 UTC 2026",
        "Mon Nov 23 21:40:48 CET 2026",
        "Mon Nov 23 21:40:48 +0100 2026",
        "Mon Nov 23 2026 21:40:48 GMT+0100 (Central European Standard Time)",
        "11/23/2026, 8:40:48\u202fPM",
        "2026/11/23 20:40:48",
        "2026-11-23 20:40:48 +0000",
        "Nov 23, 2026 8:40:48 PM",
    ],
)
def test_a_second_in_every_form_that_languages_print(value: str) -> None:
    assert clock.read(value) == datetime(2026, 11, 23, 20, 40, 48, tzinfo=UTC)


def test_a_leap_second_is_the_last_of_its_minute() -> None:
    assert clock.read("2016-12-31T23:59:60Z") == datetime(2016, 12, 31, 23, 59, 59, tzinfo=UTC)


def test_digits_may_be_a_year_or_a_day() -> None:
    assert clock.read("2026") == datetime(2026, 1, 1, tzinfo=UTC)
    assert clock.read("20261123") == datetime(2026, 11, 23, tzinfo=UTC)


@pytest.mark.parametrize(
    "value",
    [None, "", "  ", "yesterday", "order 12", "0", "-1", "1e99", "9" * 300, True, {}, [], float("1e300"), "2026-13-45"],
)
def test_what_is_no_time_is_none(value: Any) -> None:
    assert clock.read(value) is None


@pytest.mark.parametrize("value", ["1712-03-10T23:45:00Z", "0001-01-01T00:00:00Z", "2101-01-01", 4_200_000_000_000, -1])
def test_years_that_no_event_is_of_are_no_times(value: Any) -> None:
    assert clock.read(value) is None


def test_a_clock_that_is_an_hour_fast_is_corrected() -> None:
    received = datetime(2026, 11, 23, 12, 0, 10, tzinfo=UTC)
    fast = timedelta(hours=1)
    happened, sent = received - timedelta(seconds=10) + fast, received - timedelta(seconds=2) + fast
    assert clock.corrected(received, sent, happened) == received - timedelta(seconds=8)


def test_correction_needs_both_of_the_clients_times() -> None:
    received = datetime(2026, 11, 23, tzinfo=UTC)
    original = datetime(2020, 1, 1, tzinfo=timezone(timedelta(hours=2)))
    assert clock.corrected(received, None, original) == original
    assert clock.corrected(received, original, None) == received


@pytest.mark.parametrize(
    "data",
    [
        "eyJ1c2VySWQiOiAidT8_In0",  # URL-safe, no padding
        "eyJ1c2VySWQiOiAidT8/In0=",
        "eyJ1c2VySWQiOiAidT8%2FIn0%3D",
    ],
)
def test_a_pixel_reads_base64_in_every_form(data: str) -> None:
    assert pixel_event(f"data={data}") == {"userId": "u??"}


def test_a_plus_that_became_a_space_is_still_base64() -> None:
    assert pixel_event("data=eyJhIjoifn4+In0") == {"a": "~~>"}


def test_a_pixel_reads_dotted_names() -> None:
    query = "userId=u1&event=Email%20Opened&properties.subject=Hello+you&context.page.url=https%3A%2F%2Fa.example%2F"
    assert pixel_event(query) == {
        "userId": "u1",
        "event": "Email Opened",
        "properties": {"subject": "Hello you"},
        "context": {"page": {"url": "https://a.example/"}},
    }


@pytest.mark.parametrize(
    "query", ["data=%%%", "data=bm90IGpzb24", "data=WzFd", "&".join(f"p{n}=1" for n in range(1001))]
)
def test_a_pixel_that_cannot_be_read_is_told_apart(query: str) -> None:
    with pytest.raises(InvalidQueryError):
        pixel_event(query)


def test_a_link_is_an_identify_and_a_track() -> None:
    identify, track = link_events("ajs_uid=u1&ajs_trait_plan=pro&ajs_event=Clicked&ajs_prop_link=footer&ajs_aid=a1")
    assert (identify["type"], identify["userId"], identify["traits"]) == ("identify", "u1", {"plan": "pro"})
    assert (track["event"], track["properties"], track["anonymousId"]) == ("Clicked", {"link": "footer"}, "a1")


def test_a_link_without_a_trigger_says_nothing() -> None:
    assert link_events("ajs_trait_plan=pro&utm_source=mail") == []
