"""Moments as JavaScript reads them, in milliseconds since 1970: Segment's code asks `Date` and dayjs for them.

https://tc39.es/ecma262/#sec-date-time-string-format, https://day.js.org/docs/en/parse/string
"""

import re
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any

from sluice.javascript import free_form_dates as free_dates
from sluice.javascript.numbers import text_of

#: The first and last moment of a Date, and what is longer than any text of one.
_LAST, _MAX_CHARACTERS = 8_640_000_000_000_000, 400
_ZERO = datetime(1970, 1, 1, tzinfo=UTC)
#: The Gregorian calendar repeats itself after 400 years.
_CYCLE_DAYS = 146_097
#: Seconds or milliseconds from 2001 to 2033. dayjs makes a year of the first four digits.
_UNIX = re.compile(r"1[0-9]{9}(?:[0-9]{3})?")
_DAYJS = re.compile(
    r"([0-9]{4})[-/]?([0-9]{1,2})?[-/]?([0-9]{0,2})[Tt\s]*"
    r"([0-9]{1,2})?:?([0-9]{1,2})?:?([0-9]{1,2})?[.:]?([0-9]+)?"
)
_ISO = re.compile(
    r"(?:\+00)?([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2}))?)?"
    r"(?:[Tt]([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:\.([0-9]+))?)?([Zz]|[+-][0-9]{2}:?[0-9]{2})?)?"
)


def is_date(text: str) -> bool:
    """Return whether Segment's schemas take it for a date: whatever dayjs reads, and any number."""
    return milliseconds_of(text) is not None or _is_number(text)


def milliseconds_of(value: Any) -> int | None:
    """`dayjs.utc(value).valueOf()`, except that ten or thirteen digits are seconds or milliseconds."""
    if isinstance(value, str):
        return _read(value) if (found := _plain(value)) is None else found
    return date_of(value)


@lru_cache(8)
def _read(value: str) -> int | None:
    """An event's time is asked for more than once: whether it is one, and which."""
    if _UNIX.fullmatch(value):
        return int(value) * (1 if len(value) == 13 else 1000)
    if len(value) <= _MAX_CHARACTERS and (match := _DAYJS.fullmatch(value)):
        *fields, rest = match.groups()
        year, month, day, hour, minute, second = (
            int(field or default) for field, default in zip(fields, (0, 1, 1, 0, 0, 0), strict=True)
        )
        return moment(year, month, day, hour, minute, second, int((rest or "0")[:3]))
    return date_of(value)


def date_of(value: Any) -> int | None:
    """`new Date(value).getTime()`: of a text, or of milliseconds."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return int(value) if abs(value) <= _LAST else None
    if not isinstance(value, str) or len(value) > _MAX_CHARACTERS:
        return None
    if (found := _plain(value)) is not None:
        return found
    match = _ISO.fullmatch(value)
    if match is not None and (found := _of_iso(match)) is not None:
        return found
    written = free_dates.read(value)
    if written is None or (local := moment(*written.fields)) is None:
        return None
    return local - written.offset_minutes * 60_000


def moment(year: int, month: int, day: int, hour: int, minute: int, second: int, millisecond: int) -> int | None:
    """`Date.UTC`: what is too much of one is of the next. The 30th of February is in March."""
    year, month = year + (month - 1) // 12, (month - 1) % 12 + 1
    cycles, rest = divmod(year - 1, 400)
    days = cycles * _CYCLE_DAYS + date(rest + 1, month, 1).toordinal() - _ZERO.toordinal() + day - 1
    found = (((days * 24 + hour) * 60 + minute) * 60 + second) * 1000 + millisecond
    return found if abs(found) <= _LAST else None


def _plain(text: str) -> int | None:
    """`2026-01-15T12:00:00.000Z`: nearly all are written so, and this is the shortest way."""
    if len(text) != 24 or text[10] != "T" or text[19] != "." or text[23] != "Z":
        return None
    try:
        since = datetime.fromisoformat(text) - _ZERO
    except ValueError:
        return None
    return since.days * 86_400_000 + since.seconds * 1000 + since.microseconds // 1000


def _of_iso(match: re.Match[str]) -> int | None:
    *fields, rest, zone = match.groups()
    year, month, day, hour, minute, second = (
        int(field or default) for field, default in zip(fields, (0, 1, 1, 0, 0, 0), strict=True)
    )
    thousandths = int((rest or "0").ljust(3, "0")[:3])
    if not free_dates.is_time(hour, minute, second, thousandths) or not (1 <= month <= 12 and 1 <= day <= 31):
        return None
    local = moment(year, month, day, hour, minute, second, thousandths)
    if local is None or zone in (None, "Z", "z"):
        return local
    offset = int(zone[1:3]) * 60 + int(zone[-2:])
    return local + (offset if zone[0] == "-" else -offset) * 60_000


def _is_number(text: str) -> bool:
    """Return a date of seconds, written as JavaScript writes it."""
    try:
        number = float(text)
    except ValueError:
        return False
    return abs(number) <= _LAST / 1000 and text == text_of(number)
