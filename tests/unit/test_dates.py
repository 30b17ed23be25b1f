"""Dates as JavaScript reads them: what Segment's code, asked the same, gave in Node 20."""

from datetime import UTC, datetime

import pytest

from sluice.javascript.dates import date_of, is_date, milliseconds_of


def moment(text: str) -> int:
    return round(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("2026-01-15T12:00:00.000Z", "2026-01-15T12:00:00"),
        ("2026-01-15T12:00:00Z", "2026-01-15T12:00:00"),
        ("2026-01-15t12:00:00.5z", "2026-01-15T12:00:00.500"),
        ("2026-01-15T12:00:00.123456Z", "2026-01-15T12:00:00.123"),
        ("2026-01-15T12:00:00+02:00", "2026-01-15T10:00:00"),
        ("2026-01-15T12:00:00-0330", "2026-01-15T15:30:00"),
        ("2026-01-15T24:00:00Z", "2026-01-16T00:00:00"),
        ("2026-02-30T10:00:00Z", "2026-03-02T10:00:00"),
        ("2026-01-15", "2026-01-15T00:00:00"),
        ("2026-01", "2026-01-01T00:00:00"),
        ("2026", "2026-01-01T00:00:00"),
    ],
)
def test_iso_8601(text: str, found: str) -> None:
    assert date_of(text) == moment(found)
    assert milliseconds_of(text) == moment(found)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Jan 5, 2026 3:04 PM", "2026-01-05T15:04:00"),
        ("Thu Jan 15 2026 12:00:00 GMT+0100 (Central European Standard Time)", "2026-01-15T11:00:00"),
        ("Thu, 15 Jan 2026 12:00:00 GMT", "2026-01-15T12:00:00"),
        ("15 January 2026", "2026-01-15T00:00:00"),
        ("1/2/2026", "2026-01-02T00:00:00"),
        ("2026/01/02 10:00:30.5", "2026-01-02T10:00:30.500"),
        ("2026-01-10 10:00:00 +0200", "2026-01-10T08:00:00"),
        ("2026-01-10 10:00 PST", "2026-01-10T18:00:00"),
        ("12:30 AM 5 May 99", "1999-05-05T00:30:00"),
        ("around the 7", "2001-07-01T00:00:00"),
        ("12.5", "2001-12-05T00:00:00"),
    ],
)
def test_dates_in_words(text: str, found: str) -> None:
    assert date_of(text) == moment(found)


@pytest.mark.parametrize(
    "text",
    [
        "", "soon", "2026-13-01Z", "2026-01-15T10Z", "2026-01-15T10:00:60Z", "2026-01-15T10:00:00 +02:00",
        "5th May 2026", "13:00 PM 5 May 2026", "1 2 3 4", "25:00 5 May 2026", "5 May 2026)", "5 May 2026 GMT-12345",
        "x" * 500, "1" * 401, "99999999-01-01",
    ],
)  # fmt: skip
def test_what_is_no_date(text: str) -> None:
    assert date_of(text) is None
    assert not is_date(text)


@pytest.mark.parametrize(
    ("value", "found"),
    [
        (1768474960000, 1768474960000),
        (12.7, 12),
        ("20260110", moment("2026-01-10")),
        ("2026-1-5 7:08", moment("2026-01-05T07:08")),
        ("2026-13-45", moment("2027-02-14")),
        ("1768474960", 1768474960000),
        ("1768474960123", 1768474960123),
        (True, None),
        (None, None),
        (1e21, None),
    ],
)
def test_moments_as_dayjs_has_them_and_digits_that_can_only_be_a_unix_time(value: object, found: int | None) -> None:
    assert milliseconds_of(value) == found


def test_any_number_is_a_date_to_schemas() -> None:
    assert is_date("-5")
    assert is_date("12.5")
    assert not is_date("1e21")
    assert not is_date("-0x5")
