"""The outcome of one delivery, and what happens next.

Reasons are Segment's of event delivery: https://segment.com/docs/connections/event-delivery/
"""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass

import orjson

from sluice.destinations.http import Response, retry_after
from sluice.spec.reasons import reason

FILTERED_AT_MAPPING = reason("FILTERED_AT_MAPPING", "A required field of the action has no value.")
INVALID_SETTINGS = reason("INVALID_SETTINGS", "The settings cannot be used, or a secret cannot be read.")
MESSAGE_REJECTED = reason("MESSAGE_REJECTED", "The vendor accepts the request and refuses the event.")
INTERNAL = reason(
    "INTERNAL", "Our code broke on the event. It is in the dead-letter queue; redrive it after an update."
)
RETRY = reason("RETRY", "The vendor's answer leaves the event undecided; it is sent again.")
CONNECTION_REFUSED = reason("EREFUSED", "The vendor refuses the connection.")
CONNECTION_RESET = reason("ECONNRESET", "The connection broke before there was an answer.")
NOT_FOUND = reason("ENOTFOUND", "The host name does not resolve.")
TIMED_OUT = reason("ETIMEDOUT", "There was no answer in time.")

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
class NotAttempted:
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


type Outcome = Delivered | Discarded | Retry | Misconfigured | NotAttempted | Failed


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


#: What something that stands for a vendor can say of an item.
_KINDS = {kind.__name__: kind for kind in (Delivered, Discarded, Retry)}


def encoded(outcomes: Iterable[Outcome]) -> bytes:
    """Return outcomes as the body of an answer, from something that stands for a vendor and decides by itself."""
    return orjson.dumps([{"kind": type(each).__name__, **asdict(each)} for each in outcomes])


def decoded(response: Response) -> Sequence[Outcome]:
    """Return the outcomes of such an answer. Raises KeyError, TypeError for any other."""
    return [_KINDS[each.pop("kind")](**each) for each in response.json()]
