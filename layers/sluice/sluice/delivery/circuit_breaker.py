"""The circuit breaker of a destination that refuses our credentials.

While it is open nothing is sent, and now and then a few probes find out whether the destination was repaired. A single
event may be refused with the same status, by a firewall for example. So other answers count too: if the vendor accepted
anything of late, the credentials are not the trouble, and the event is.
"""

import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sluice.delivery.backoff import probe_delay
from sluice.destinations.outcome import Delivered, Discarded, Misconfigured, NotAttempted, Outcome, Retry

#: Probe events, sent one at a time before the breaker stays open for longer.
_PROBES = 3
#: How long an accepted event vouches for the credentials.
_PROOF = timedelta(minutes=1)

#: Sends things. With True it stops at the first sign of misconfiguration, and the rest are NotAttempted.
type Send[T] = Callable[[Sequence[T], bool], list[Outcome]]


@dataclass(slots=True)
class CircuitBreaker:
    """The state of one process's breaker. `reason` says why the breaker opened, None while it is closed."""

    chance: random.Random = field(default_factory=random.Random)
    reason: Misconfigured | None = None
    _since: datetime | None = field(default=None, init=False)
    _until: datetime | None = field(default=None, init=False)
    _proved: datetime | None = field(default=None, init=False)

    def is_open(self, now: datetime) -> bool:
        """Return whether it is too early for a probe."""
        return self._until is not None and now < self._until

    def open(self, reason: Misconfigured, now: datetime) -> None:
        """Open the breaker, or keep it open for longer."""
        self._since = self._since or now
        self.reason = reason
        self._until = now + timedelta(seconds=probe_delay((now - self._since).total_seconds(), self.chance.random))

    def close(self, now: datetime) -> None:
        """Close the breaker: the vendor accepted something of ours."""
        self.reason = self._since = self._until = None
        self._proved = now

    def is_proven(self, now: datetime) -> bool:
        """Return whether the vendor accepted something of ours just now."""
        return self._proved is not None and now - self._proved < _PROOF


def send_through[T](things: Sequence[T], send: Send[T], breaker: CircuitBreaker, now: datetime) -> list[Outcome]:
    """Return an outcome for each thing, in order. An open breaker sends nothing; then probes go before the rest."""
    if breaker.reason is not None and breaker.is_open(now):
        return [breaker.reason] * len(things)
    outcomes: dict[int, Outcome] = {}
    if breaker.reason is not None:
        for index in breaker.chance.sample(range(len(things)), min(_PROBES, len(things))):
            (outcomes[index],) = send([things[index]], True)
            if not isinstance(outcomes[index], Misconfigured):
                break
        else:
            breaker.open(_first(outcomes.values()) or breaker.reason, now)
            return [breaker.reason] * len(things)
    rest = [index for index in range(len(things)) if index not in outcomes]
    is_certain = breaker.is_proven(now) or any(map(_is_proof, outcomes.values()))
    if rest:
        outcomes |= zip(rest, send([things[index] for index in rest], not is_certain), strict=True)
    return _judged([outcomes[index] for index in range(len(things))], breaker, now)


def _judged(outcomes: list[Outcome], breaker: CircuitBreaker, now: datetime) -> list[Outcome]:
    reason = _first(outcomes)
    if any(map(_is_proof, outcomes)):
        breaker.close(now)
    if reason is None:
        return outcomes
    if breaker.is_proven(now):
        return [_about_the_event(outcome) if isinstance(outcome, Misconfigured) else outcome for outcome in outcomes]
    breaker.open(reason, now)
    return [reason if isinstance(outcome, NotAttempted) else outcome for outcome in outcomes]


def _first(outcomes: Iterable[Outcome]) -> Misconfigured | None:
    return next((each for each in outcomes if isinstance(each, Misconfigured)), None)


def _is_proof(outcome: Outcome) -> bool:
    """Return whether the vendor let us in: it accepted the event, or it read it and says what is wrong with it."""
    return isinstance(outcome, Delivered) or (isinstance(outcome, Discarded) and outcome.status is not None)


def _about_the_event(outcome: Misconfigured) -> Retry:
    return Retry(outcome.reason, outcome.status, response=outcome.response)
