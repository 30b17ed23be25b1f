"""Times in every form that clients stamp: Unix times as strings, and the forms of JavaScript, Go, Ruby, Java and HTTP.

ISO 8601 in its usual form never comes here: `sluice.spec.times` reads it in a tenth of the time.
"""

import re
from datetime import UTC, datetime, timedelta

from sluice.javascript.dates import date_of

#: What is longer is no time.
_MAX_CHARACTERS = 100
_UNIX = re.compile(r"[+-]?[0-9]+(?:\.[0-9]*)?(?:[eE][+]?[0-9]{1,2})?")
#: A smaller number of seconds, before March of 1973, is no time of an event if it comes as a string.
_UNIX_FROM = 1e8
#: Digits that are a year, or a day in ISO 8601's basic form: `2026`, `20260115`.
_CALENDAR = re.compile(r"(?:19|20)[0-9]{2}(?:[01][0-9][0-3][0-9])?")
#: Microsoft's JSON: `/Date(1712031012345+0100)/`. The offset does not change the moment.
_MICROSOFT = re.compile(r"\\?/Date\((-?[0-9]{1,16})(?:[+-][0-9]{4})?\)\\?/")
_ORDINAL = re.compile(r"([0-9]{4})-([0-9]{3})(?![0-9])")
_BEGINNING = re.compile(
    r"[0-9]|(?:sun|mon|tue|wed|thu|fri|sat|jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)", re.IGNORECASE
)
_YEAR_OR_CLOCK = re.compile(r"(?<![0-9])(?:19|20|21)[0-9]{2}(?![0-9])|[0-9]:[0-9]{2}|^\+00[0-9]{4}-")
#: Zones that V8 does not know and that mean one offset the world over. `IST` means three.
_ZONES = {
    "WET": "+0000", "WEST": "+0100", "BST": "+0100", "CET": "+0100", "CEST": "+0200", "EET": "+0200", "EEST": "+0300",
    "MSK": "+0300", "SGT": "+0800", "HKT": "+0800", "JST": "+0900", "KST": "+0900", "AEST": "+1000", "AEDT": "+1100",
    "NZST": "+1200", "NZDT": "+1300", "AKST": "-0900", "AKDT": "-0800", "HST": "-1000",
}  # fmt: skip
_ZONE = re.compile(rf"(?<=[0-9] )(?:{'|'.join(_ZONES)})(?![A-Za-z])")

#: What is put into a form that others read, in this order.
_REWRITES: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile("[\u00a0\u2009\u202f]"), " "),  # blanks of JavaScript's toLocaleString
    (re.compile("\u2212"), "-"),  # a minus sign, which ISO 8601 prefers
    (re.compile(r" m=[+-][0-9.]+$"), ""),  # Go's monotonic clock
    (re.compile(r"\[[^\]]*\]$"), ""),  # Java's ZonedDateTime names the zone behind the offset
    (re.compile(r"([+-][0-9]{2}:?[0-9]{2}) (?:[A-Z]{2,5}|[+-][0-9]{2,4})$"), r"\1"),  # Go's zone behind the offset
    (re.compile(r"(?<=[0-9])(?:GMT|UTC|UT)$"), "Z"),
    (re.compile(r"(:[0-9]{2}):60(?![0-9])"), r"\1:59"),  # a leap second
)


def seconds_of(number: float) -> float:
    """Return a Unix time in seconds, of one in seconds, milliseconds, microseconds or nanoseconds.

    Each unit ends where the next one begins to be plausible: 10^11 seconds are the year 5138, and 10^11 milliseconds
    the year 1973.
    """
    size = abs(number)
    if size < 1e11:
        return number
    if size < 1e14:
        return number / 1e3
    return number / 1e6 if size < 1e17 else number / 1e9


def read(value: str) -> datetime | None:
    """Return the moment in UTC, or None for what is not a time. A time without a zone is UTC."""
    text = value.strip().strip("\"'").strip()
    if not text or len(text) > _MAX_CHARACTERS:
        return None
    if _UNIX.fullmatch(text) and not _CALENDAR.fullmatch(text):
        number = float(text)
        return _unix(number) if number >= _UNIX_FROM else None
    if match := _MICROSOFT.fullmatch(text):
        return _unix(float(match[1]) / 1000)
    for pattern, replacement in _REWRITES:
        text = pattern.sub(replacement, text)
    text = _ZONE.sub(lambda zone: f"GMT{_ZONES[zone[0]]}", text.strip())
    return _iso(text) or _in_words(text)


def _unix(number: float) -> datetime | None:
    try:
        return datetime.fromtimestamp(seconds_of(number), UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _iso(text: str) -> datetime | None:
    """Return what Python reads as ISO 8601, days of a year (`2026-015`) and lower case included."""
    try:
        if match := _ORDINAL.match(text):
            day = datetime(int(match[1]), 1, 1) + timedelta(days=int(match[2]) - 1)  # noqa: DTZ001 - its zone follows
            text = f"{day:%Y-%m-%d}{text[match.end() :]}"
        moment = datetime.fromisoformat(text.upper())
    except (ValueError, OverflowError):
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _in_words(text: str) -> datetime | None:
    """Return what JavaScript reads. It takes `order 12` for a day in 2001, so a time must look like one."""
    if not _BEGINNING.match(text.lstrip("+")) or not _YEAR_OR_CLOCK.search(text):
        return None
    found = date_of(text)
    return None if found is None else _unix_milliseconds(found)


def _unix_milliseconds(number: int) -> datetime | None:
    try:
        return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=number)
    except OverflowError:
        return None
