"""A destination that refuses our credentials: stop asking, and see now and then whether it was repaired.

A single event may be refused with the same status, by a firewall for example. So what else the vendor takes counts:
where anything was taken of late, credentials are not the trouble, and the event is.
"""

import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sluice.delivery.requeue import pause_seconds
from sluice.destinations.outcome import Delivered, Discarded, Misconfigured, Outcome, Retry, Untried

#: Things that are tried, one after the other, before a pause is prolonged.
_PROBES = 3
#: How long what the vendor took speaks for the credentials.
_PROOF = timedelta(minutes=1)

#: Sends things, and stops at the first sign of misconfiguration if told so: what is left is Untried.
type Send[T] = Callable[[Sequence[T], bool], list[Outcome]]


@dataclass(slots=True)
class Pause:
    """What one process knows of its destination. `found` says why it is paused, None while it is not."""

    chance: random.Random = field(default_factory=random.Random)
    found: Misconfigured | None = None
    _since: datetime | None = field(default=None, init=False)
    _until: datetime | None = field(default=None, init=False)
    _proved: datetime | None = field(default=None, init=False)

    def holds(self, now: datetime) -> bool:
        """Whether it is too early to ask again."""
        return self._until is not None and now < self._until

    def begin(self, found: Misconfigured, now: datetime) -> None:
        """Also prolongs one."""
        self._since = self._since or now
        self.found = found
        self._until = now + timedelta(seconds=pause_seconds((now - self._since).total_seconds(), self.chance.random))

    def end(self, now: datetime) -> None:
        self.found = self._since = self._until = None
        self._proved = now

    def is_disproved(self, now: datetime) -> bool:
        """Whether the vendor took something of ours just now."""
        return self._proved is not None and now - self._proved < _PROOF


def attempt[T](things: Sequence[T], send: Send[T], pause: Pause, now: datetime) -> list[Outcome]:
    """An outcome for each, in order. While `pause` holds nothing is sent; after it, few are before all are."""
    if pause.found is not None and pause.holds(now):
        return [pause.found] * len(things)
    outcomes: dict[int, Outcome] = {}
    if pause.found is not None:
        for index in pause.chance.sample(range(len(things)), min(_PROBES, len(things))):
            (outcomes[index],) = send([things[index]], True)
            if not isinstance(outcomes[index], Misconfigured):
                break
        else:
            pause.begin(_first(outcomes.values()) or pause.found, now)
            return [pause.found] * len(things)
    rest = [index for index in range(len(things)) if index not in outcomes]
    is_certain = pause.is_disproved(now) or any(map(_is_proof, outcomes.values()))
    if rest:
        outcomes |= zip(rest, send([things[index] for index in rest], not is_certain), strict=True)
    return _judged([outcomes[index] for index in range(len(things))], pause, now)


def _judged(outcomes: list[Outcome], pause: Pause, now: datetime) -> list[Outcome]:
    found = _first(outcomes)
    if any(map(_is_proof, outcomes)):
        pause.end(now)
    if found is None:
        return outcomes
    if pause.is_disproved(now):
        return [_about_the_event(outcome) if isinstance(outcome, Misconfigured) else outcome for outcome in outcomes]
    pause.begin(found, now)
    return [found if isinstance(outcome, Untried) else outcome for outcome in outcomes]


def _first(outcomes: Iterable[Outcome]) -> Misconfigured | None:
    return next((each for each in outcomes if isinstance(each, Misconfigured)), None)


def _is_proof(outcome: Outcome) -> bool:
    """Whoever takes an event, or reads it and says what is wrong with it, has let us in."""
    return isinstance(outcome, Delivered) or (isinstance(outcome, Discarded) and outcome.status is not None)


def _about_the_event(outcome: Misconfigured) -> Retry:
    return Retry(outcome.reason, outcome.status, response=outcome.response)
