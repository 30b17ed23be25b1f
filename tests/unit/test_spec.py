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
    ],
)
def test_one_moment_in_every_form_that_clients_send(value: Any) -> None:
    moment = clock.read(value)
    assert moment is not None
    assert clock.iso(moment) == "2026-11-23T20:40:48.123Z"


@pytest.mark.parametrize("value", [None, "", "yesterday", True, {}, [], float("1e300"), "2026-13-45"])
def test_what_is_no_time_is_none(value: Any) -> None:
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
