"""Times as an operator types them."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cli.mistakes import UsageError
from sluice.spec.times import iso, read

_AGO = re.compile(r"(\d{1,6})([smhdw])")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def moment(text: str, now: datetime | None = None) -> datetime:
    """ISO 8601 (without an offset: UTC), `now`, or how long ago: `90m`, `2h`, `3d`. Raises UsageError."""
    now = now or datetime.now(UTC)
    if text == "now":
        return now
    if found := _AGO.fullmatch(text):
        return now - timedelta(**{_UNITS[found[2]]: int(found[1])})
    if (read_as := read(text)) is None:
        raise UsageError(f"{text!r} is no time; write 2026-11-23T20:00:00Z, 2026-11-23, 2h or 3d")
    return read_as


@dataclass(frozen=True, slots=True)
class Window:
    """Received at `start` or later, and before `end`; to the millisecond, as the archive has it."""

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        if self.start >= self.end:
            raise UsageError(f"there is nothing between {iso(self.start)} and {iso(self.end)}")

    def holds(self, received_at: object) -> bool:
        """Whether a `receivedAt` of the archive, which sorts as text, lies within."""
        return isinstance(received_at, str) and iso(self.start) <= received_at < iso(self.end)

    @property
    def last_hour(self) -> datetime:
        """The beginning of the last hour of which something is wanted."""
        return (self.end - timedelta(milliseconds=1)).astimezone(UTC).replace(minute=0, second=0, microsecond=0)
