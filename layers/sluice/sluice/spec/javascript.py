"""What JavaScript makes of values. Segment's code is written in it, and so vendors have been sent its forms.

https://tc39.es/ecma262/#sec-numeric-types-number-tostring, https://tc39.es/ecma262/#sec-tonumber
"""

import math
import re
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

_DECIMAL = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_PREFIXED = re.compile(r"0[xX][0-9a-fA-F]+|0[oO][0-7]+|0[bB][01]+")
#: `new Date(text)` beyond ISO 8601, as the big engines read it.
_OTHER_FORMATS = (
    "%Y/%m/%d", "%Y/%m/%d %H:%M:%S", "%Y/%m/%d %H:%M", "%m/%d/%Y", "%m/%d/%Y %H:%M:%S", "%m/%d/%Y %H:%M",
    "%b %d, %Y", "%B %d, %Y", "%d %b %Y", "%d %B %Y", "%b %d %Y", "%B %d %Y", "%b %d, %Y %H:%M:%S",
    "%a, %d %b %Y %H:%M:%S GMT", "%a, %d %b %Y %H:%M:%S %z", "%a %b %d %Y %H:%M:%S GMT%z", "%a %b %d %Y",
)  # fmt: skip
_SHORT_ISO = re.compile(r"(\d{4})(?:-(\d{2}))?")
_ZONE_NAME = re.compile(r" \([^)]*\)$")
#: Numbers beyond 15 digits and dates beyond this many characters are nobody's.
_MAX_CHARACTERS = 400


def text_of(value: Any) -> str:
    """`String(value)` for what JSON has, except that an object is written as JSON would write an array of it."""
    if isinstance(value, str):
        return value
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value) if abs(value) < 10**21 else _exponential(float(value))
    if isinstance(value, float):
        return _float(value)
    if isinstance(value, list):
        return ",".join("" if each is None else text_of(each) for each in value)
    return "[object Object]"


def number_of(text: str) -> int | float | None:
    """`Number(text)`; None for what is not a number, also for infinities."""
    text = text.strip()
    if not text:
        return 0
    if len(text) > _MAX_CHARACTERS:
        return None
    if _PREFIXED.fullmatch(text):
        return int(text, 0)
    if not _DECIMAL.fullmatch(text):
        return None
    found = float(text)
    if not math.isfinite(found):
        return None
    return int(found) if found.is_integer() and abs(found) < 2**53 else found


def is_date(text: str) -> bool:
    """Whether dayjs takes it for a date: a number of seconds or milliseconds, or what `new Date` reads."""
    return moment_of(text) is not None


def moment_of(value: Any) -> datetime | None:
    """The moment that a text or a number means, in UTC when it does not say. Numbers are milliseconds, as in Date."""
    if isinstance(value, bool) or value is None:
        return None
    try:
        if isinstance(value, int | float):
            return datetime.fromtimestamp(value / 1000, UTC)
        if isinstance(value, str):
            return _read(value.strip())
    except (ValueError, OverflowError, OSError):
        return None
    return None


def milliseconds_of(value: Any) -> int | None:
    """`Date.parse(value)`: milliseconds since 1970."""
    moment = moment_of(value)
    return None if moment is None else round(moment.timestamp() * 1000)


def _read(text: str) -> datetime | None:
    if not text or len(text) > _MAX_CHARACTERS:
        return None
    if text.isascii() and text.isdigit() and len(text) != 4:
        return datetime.fromtimestamp(int(text) / (1000 if len(text) >= 13 else 1), UTC)
    if short := _SHORT_ISO.fullmatch(text):
        return datetime(int(short[1]), int(short[2] or 1), 1, tzinfo=UTC)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return _read_other(_ZONE_NAME.sub("", text))
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _read_other(text: str) -> datetime | None:
    for form in _OTHER_FORMATS:
        try:
            moment = datetime.strptime(text, form)  # noqa: DTZ007 - a zone is added below where the text has none
        except ValueError:
            continue
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    return None


def _float(value: float) -> str:
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    if value == 0:
        return "0"
    if 1e-6 <= abs(value) < 1e21:
        return f"{Decimal(repr(value)):f}".removesuffix(".0")
    return _exponential(value)


def _exponential(value: float) -> str:
    """`1e+21`, `1.5e-7`: the shortest digits, a sign, no leading zeros."""
    sign, digits, exponent = Decimal(repr(value)).normalize().as_tuple()
    first, *rest = map(str, digits)
    power = int(exponent) + len(rest)
    fraction = f".{''.join(rest)}" if rest else ""
    return f"{'-' if sign else ''}{first}{fraction}e{power:+d}"
