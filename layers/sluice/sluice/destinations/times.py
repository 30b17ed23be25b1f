"""The time of an event, for vendors that want a number."""

from typing import Any

from sluice.javascript.dates import milliseconds_of


def first_moment(*values: Any) -> int | None:
    """Return the first of these values that is a date, in milliseconds since 1970; None if none is.

    A mapping may leave a time out, or give what is no date. The event's own `timestamp` is a fallback that stays the
    same in every attempt: `first_moment(payload.get("time"), call.event.get("timestamp"))`.
    """
    for value in values:
        if value and (found := milliseconds_of(value)) is not None:
            return found
    return None
