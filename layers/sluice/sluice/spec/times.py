"""Times: reading what clients send, writing one form, and correcting clocks that are wrong.

https://segment.com/docs/connections/spec/common/#timestamps
"""

from datetime import UTC, datetime
from math import floor
from typing import Any

import orjson

from sluice.spec import time_forms

#: Years of events. What lies outside is the mistake of a clock or of a unit.
FIRST_YEAR, LAST_YEAR = 1970, 2100


def iso(moment: datetime) -> str:
    """`2026-11-23T20:40:48.123Z`: UTC, milliseconds, always the same width, so that it sorts as text."""
    if moment.tzinfo is not UTC:
        moment = moment.astimezone(UTC)
    text = orjson.dumps(moment).decode()  # in a quarter of the time of isoformat, which an event takes twice
    return f"{text[1:24]}Z" if moment.microsecond >= 1000 else f"{text[1:20]}.000Z"


def read(value: Any) -> datetime | None:
    """Return the moment in UTC that a client stamped; None for what is not a time between 1970 and 2100.

    It may be ISO 8601, a Unix time in seconds to nanoseconds, also as a string, or one of the forms of
    `sluice.spec.time_forms`. A time without an offset is UTC.
    """
    try:
        if isinstance(value, str):
            moment = _iso_8601(value) or time_forms.read(value)
        elif isinstance(value, int | float) and not isinstance(value, bool):
            moment = datetime.fromtimestamp(time_forms.seconds_of(value), UTC)
        else:
            return None
    except (ValueError, OverflowError, OSError):
        return None
    return moment if moment is not None and FIRST_YEAR <= moment.year <= LAST_YEAR else None


def _iso_8601(value: str) -> datetime | None:
    """Return the moment of ISO 8601's usual form, None for any other. Of `1712031012345` Python makes the year 1712."""
    if value[4:5] != "-" or value[7:8] != "-":
        return None
    try:
        moment = datetime.fromisoformat(value)
        if moment.tzinfo is UTC:
            return moment
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def corrected(received: datetime, sent: datetime | None, original: datetime | None) -> datetime:
    """Return the time of the event by our clock: `receivedAt - (sentAt - originalTimestamp)`.

    Without `sentAt` the client's clock is all there is; without a timestamp the event happened on receipt.
    """
    if original is None:
        return received
    if sent is None:
        return original
    moment = received - (sent - original)
    return moment if FIRST_YEAR <= moment.year <= LAST_YEAR else received


def second(moment: datetime) -> int:
    """Whole seconds since 1970, also for moments before."""
    return floor(moment.timestamp())
