"""Times as an operator types them."""

import re
from datetime import UTC, datetime, timedelta

from cli.errors import UsageError
from sluice.archive.reader import Window
from sluice.spec.times import read

_AGO = re.compile(r"(\d{1,6})([smhdw])")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def moment(text: str, now: datetime | None = None) -> datetime:
    """Return a time given as ISO 8601 (without an offset: UTC), `now`, or how long ago: `90m`, `2h`, `3d`.

    Raises UsageError.
    """
    now = now or datetime.now(UTC)
    if text == "now":
        return now
    if found := _AGO.fullmatch(text):
        return now - timedelta(**{_UNITS[found[2]]: int(found[1])})
    if (read_as := read(text)) is None:
        raise UsageError(f"{text!r} is no time; write 2026-11-23T20:00:00Z, 2026-11-23, 2h or 3d")
    return read_as


def window(start: str, end: str) -> Window:
    """Return the window between two times as an operator types them. Raises UsageError."""
    try:
        return Window(moment(start), moment(end))
    except ValueError as error:
        raise UsageError(str(error)) from error
