"""Quantities of a workspace, as people write them."""

import re
from datetime import timedelta

_DURATION = re.compile(r"(\d{1,6})([smhd])")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def duration(value: object) -> timedelta:
    """Return the duration of `90s`, `30m`, `4h` or `3d`. Raises ValueError."""
    if isinstance(value, timedelta):
        return value
    match = _DURATION.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise ValueError("is not a duration; write 30m, 4h or 3d")
    return timedelta(**{_UNITS[match[2]]: int(match[1])})


def part(value: object) -> object:
    """Return a part of the whole as it is, for others to check. Raises ValueError for what looks like a percentage."""
    if isinstance(value, int | float) and 1 < value <= 100:
        raise ValueError(f"is a part of the whole, from 0 to 1; write {value / 100:g} for {value:g} %")
    return value
