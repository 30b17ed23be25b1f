"""How one delivery ended, and so what happens next.

Reasons are Segment's of event delivery: https://segment.com/docs/connections/event-delivery/
"""

from dataclasses import dataclass

from sluice.destinations.http import Response, retry_after

#: Answers that another attempt may change; 501 says that none ever will.
_TRANSIENT = frozenset({408, 423, 429})
#: Answers about credentials: someone will repair them, and the events should still be there.
_CREDENTIALS = frozenset({401, 403})


@dataclass(frozen=True, slots=True)
class Delivered:
    status: int


@dataclass(frozen=True, slots=True)
class Discarded:
    """Ended for good: the vendor will not take this event, or there is nothing to send. It stays in the archive."""

    reason: str
    status: int | None = None
    response: str | None = None


@dataclass(frozen=True, slots=True)
class Retry:
    """Worth another attempt, not before `after` seconds if the vendor said so."""

    reason: str
    status: int | None = None
    after: float | None = None
    response: str | None = None


@dataclass(frozen=True, slots=True)
class Misconfigured:
    """No event can be delivered until someone repairs credentials or settings: the event waits, and is not worn out."""

    reason: str
    status: int | None = None
    response: str | None = None


@dataclass(frozen=True, slots=True)
class Untried:
    """There was no time for it, or the rate did not let it; not an attempt. Not before `after` seconds."""

    after: float = 1.0


@dataclass(frozen=True, slots=True)
class Failed:
    """Our code broke on it. To the dead-letter queue, to be redriven."""

    reason: str
    status: int | None = None
    response: str | None = None


@dataclass(frozen=True, slots=True)
class Resend:
    """The vendor refused the whole request because of other items in it. Send this item again without them, at once."""


type Outcome = Delivered | Discarded | Retry | Misconfigured | Untried | Failed


def by_status(response: Response) -> Outcome:
    """The outcome where only the status counts."""
    status, reason = response.status, str(response.status)
    if 200 <= status < 300:
        return Delivered(status)
    if status in _CREDENTIALS:
        return Misconfigured(reason, status, response.excerpt())
    if status in _TRANSIENT or (status >= 500 and status != 501):
        return Retry(reason, status, retry_after(response), response.excerpt())
    return Discarded(reason, status, response.excerpt())
