"""Filters of dates. https://liquidjs.com/filters/date.html"""

import math
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sluice.javascript.dates import date_of
from sluice.javascript.numbers import text_of
from sluice.mapping.liquid.values import MAX_LENGTH, text
from sluice.mapping.values import NOTHING, UnmappableError

_FORMAT = "%A, %B %-e, %Y at %-l:%M %P %z"
_CODE = re.compile(r"%([-_0^#:]*)([0-9]*)[EO]?(.)", re.DOTALL)
_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
_DAYS = ("Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")
_WIDTHS = {**dict.fromkeys("CdeHIklmMSUWy", 2), "j": 3, "L": 3, "Y": 4}
_PADDED_WITH_SPACES = frozenset("aAbBceklpP")


def date(left: Any, form: Any = NOTHING, zone: Any = NOTHING) -> Any:
    """`form` is strftime's. What is no date stays as it is."""
    moment = _moment(left, zone)
    if moment is None:
        return left
    return _formatted(moment, _FORMAT if form is None or form is NOTHING else text(form))


def _fixed(form: str) -> Callable[[Any], Any]:
    def formatted(left: Any) -> Any:
        moment = _moment(left, NOTHING)
        return left if moment is None else _formatted(moment, form)

    return formatted


def _in_words(month: str) -> Callable[..., Any]:
    def written(left: Any, kind: Any = NOTHING, style: Any = NOTHING) -> Any:
        """`07 Nov 2008`, or `7th Nov 2008` as `ordinal`, or `Nov 7th, 2008` in `US` style."""
        moment = _moment(left, NOTHING)
        if moment is None:
            return left
        form = f"%d {month} %Y"
        if kind == "ordinal":
            form = f"{month} %-d%q, %Y" if style == "US" else f"%-d%q {month} %Y"
        return _formatted(moment, form)

    return written


def _moment(value: Any, zone: Any) -> datetime | None:
    """Numbers, and digits, are seconds."""
    if value in ("now", "today"):
        return datetime.now(_zone(zone))
    if isinstance(value, str) and value.isascii() and value.isdigit():
        value = int(value)
    found = date_of(value * 1000) if isinstance(value, int | float) and not isinstance(value, bool) else date_of(value)
    if found is None:
        return None
    try:
        return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=found)).astimezone(_zone(zone))
    except OverflowError:
        return None


def _zone(zone: Any) -> tzinfo:
    """A name, or minutes west of Greenwich; UTC if nothing is said."""
    if zone is None or zone is NOTHING:
        return UTC
    try:
        return ZoneInfo(zone) if isinstance(zone, str) else timezone(timedelta(minutes=-zone))
    except (ZoneInfoNotFoundError, ValueError, TypeError) as error:
        raise UnmappableError(f"@liquid: there is no time zone {text_of(zone)!r}") from error


def _formatted(moment: datetime, form: str) -> str:
    return _CODE.sub(lambda code: _part(moment, code), form)


def _part(moment: datetime, code: re.Match[str]) -> str:
    flags, width, letter = code.groups()
    if letter not in _PARTS:
        return code[0]
    written = _PARTS[letter](moment)
    if letter in "zZ" and ":" in flags and written[:1] in ("+", "-"):
        written = f"{written[:3]}:{written[3:]}"
    if letter == "N" and width:
        written = written[: int(width[:3])].ljust(min(int(width[:3]), MAX_LENGTH), "0")
    if "^" in flags:
        written = written.upper()
    elif "#" in flags:
        written = written.upper() if re.search("[a-z]", written) else written.lower()
    filler = " " if "_" in flags or (letter in _PADDED_WITH_SPACES and "0" not in flags) else "0"
    wanted = 0 if "-" in flags else int(width[:3] or _WIDTHS.get(letter, 0))
    return written.rjust(wanted, filler)


def _hour12(moment: datetime) -> int:
    return moment.hour % 12 or 12


def _ordinal(moment: datetime) -> str:
    if moment.day in (11, 12, 13):
        return "th"
    return {1: "st", 2: "nd", 3: "rd"}.get(moment.day % 10, "th")


def _offset(moment: datetime) -> str:
    return moment.strftime("%z")[:5]


def _name(moment: datetime) -> str:
    """Return the zone's name, or its offset if it has none."""
    is_nameless = isinstance(moment.tzinfo, timezone) and moment.tzinfo is not UTC
    return _offset(moment) if is_nameless else str(moment.tzinfo)


def _clock(moment: datetime) -> str:
    return f"{_hour12(moment)}:{moment:%M:%S}\u202f{'AM' if moment.hour < 12 else 'PM'}"


def _day(moment: datetime) -> str:
    return f"{moment.month}/{moment.day}/{moment.year}"


def _week(first: int) -> Callable[[datetime], str]:
    """Days before the first `first` of a year are of week 0."""
    return lambda moment: str((moment.timetuple().tm_yday + 6 - (moment.isoweekday() - first) % 7) // 7)


_PARTS: Mapping[str, Callable[[datetime], str]] = {
    "a": lambda moment: _DAYS[moment.isoweekday() % 7][:3],
    "A": lambda moment: _DAYS[moment.isoweekday() % 7],
    "b": lambda moment: _MONTHS[moment.month - 1][:3],
    "h": lambda moment: _MONTHS[moment.month - 1][:3],
    "B": lambda moment: _MONTHS[moment.month - 1],
    "c": lambda moment: f"{_day(moment)}, {_clock(moment)}",
    "C": lambda moment: str(moment.year // 100),
    "d": lambda moment: str(moment.day),
    "e": lambda moment: str(moment.day),
    "H": lambda moment: str(moment.hour),
    "k": lambda moment: str(moment.hour),
    "I": lambda moment: str(_hour12(moment)),
    "l": lambda moment: str(_hour12(moment)),
    "j": lambda moment: str(moment.timetuple().tm_yday),
    "L": lambda moment: str(moment.microsecond // 1000),
    "m": lambda moment: str(moment.month),
    "M": lambda moment: str(moment.minute),
    "N": lambda moment: f"{moment.microsecond // 1000:03}000000",
    "p": lambda moment: "AM" if moment.hour < 12 else "PM",
    "P": lambda moment: "am" if moment.hour < 12 else "pm",
    "q": _ordinal,
    "s": lambda moment: str(math.floor(moment.timestamp())),
    "S": lambda moment: str(moment.second),
    "u": lambda moment: str(moment.isoweekday()),
    "U": _week(0),
    "w": lambda moment: str(moment.isoweekday() % 7),
    "W": _week(1),
    "x": _day,
    "X": _clock,
    "y": lambda moment: str(moment.year % 100),
    "Y": lambda moment: str(moment.year),
    "z": _offset,
    "Z": _name,
    "t": lambda _: "\t",
    "n": lambda _: "\n",
    "%": lambda _: "%",
}

FILTERS: Mapping[str, Callable[..., Any]] = {
    "date": date,
    "date_to_long_string": _in_words("%B"),
    "date_to_rfc822": _fixed("%a, %d %b %Y %H:%M:%S %z"),
    "date_to_string": _in_words("%b"),
    "date_to_xmlschema": _fixed("%Y-%m-%dT%H:%M:%S%:z"),
}
