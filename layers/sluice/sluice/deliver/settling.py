"""What remains of a pack after its deliveries: packs to put back, each with its time, and packs to bury."""

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from sluice.deliver.backoff import MAX_DELAY_SECONDS, PATIENCE, delay
from sluice.deliver.outcomes import Failed, Misconfigured, Outcome, Retry, Untried
from sluice.spec.clock import iso, read
from sluice.wire.pack import Pack, PackHeader, new_id

#: How long events wait for someone to repair a destination. Then they are buried, where they are kept for 14 days more.
LONGEST_WAIT = timedelta(days=13)
#: Between two looks at whether it was repaired: a quarter of the time it has been broken, within these seconds.
_SHORTEST_PAUSE, _LONGEST_PAUSE = 60.0, 900.0

type _Ended = tuple[bytes, Outcome]


@dataclass(frozen=True, slots=True)
class Deferred:
    """A pack to put back on the queue after `seconds`."""

    pack: Pack
    seconds: int


@dataclass(frozen=True, slots=True)
class Settled:
    """What goes back, by what it goes back for; and what is buried, a pack for each way of failing."""

    back: tuple[Deferred, ...]
    dead: tuple[Pack, ...]


def postponed(pack: Pack, now: datetime) -> Deferred | None:
    """A pack that came back before its time, because SQS holds nothing longer than 15 minutes."""
    due = read(pack.header.not_before)
    if due is None or due <= now:
        return None
    return _deferred(replace(pack.header, id=new_id()), pack.documents, (due - now).total_seconds(), now)


def settle(
    pack: Pack,
    outcomes: Sequence[Outcome],
    now: datetime | None = None,
    jitter: Callable[[], float] = random.random,
    patience: timedelta = PATIENCE,
) -> Settled:
    """Those to retry together, with one attempt more; those that were not tried, and those that wait, with none."""
    now = now or datetime.now(UTC)
    ended = list(zip(pack.documents, outcomes, strict=True))
    back: list[Deferred] = []
    dead: list[_Ended] = [each for each in ended if isinstance(each[1], Failed)]
    if again := [each for each in ended if isinstance(each[1], Retry)]:
        deferred = _retried(pack.header, again, now, jitter, patience)
        dead, back = (dead + again, back) if deferred is None else (dead, [*back, deferred])
    if waiting := [each for each in ended if isinstance(each[1], Misconfigured)]:
        deferred = _held(pack.header, waiting, now, jitter)
        dead, back = (dead + waiting, back) if deferred is None else (dead, [*back, deferred])
    if untried := [(text, outcome) for text, outcome in ended if isinstance(outcome, Untried)]:
        header = replace(_resumed(pack.header, now), id=new_id(), count=len(untried))
        documents = tuple(text for text, _ in untried)
        back.append(_deferred(header, documents, max(outcome.after for _, outcome in untried), now))
    return Settled(tuple(back), tuple(_buried(pack.header, dead)))


def pause_seconds(waited: float, jitter: Callable[[], float]) -> float:
    """Until the next look at a destination that has been misconfigured for `waited` seconds."""
    return min(_LONGEST_PAUSE, max(_SHORTEST_PAUSE, waited / 4) * (1 + jitter() / 4))


def _retried(
    header: PackHeader, again: Sequence[_Ended], now: datetime, jitter: Callable[[], float], patience: timedelta
) -> Deferred | None:
    """None when patience is at its end."""
    resumed = _resumed(header, now)
    first = read(resumed.first_attempt_at) or now
    asked = [outcome.after for _, outcome in again if isinstance(outcome, Retry)]
    wait = max(delay(header.attempt, after, jitter) for after in asked)
    if now + timedelta(seconds=wait) > first + patience:
        return None
    header = replace(resumed, id=new_id(), count=len(again), attempt=header.attempt + 1, first_attempt_at=iso(first))
    return _deferred(header, tuple(text for text, _ in again), wait, now)


def _held(header: PackHeader, waiting: Sequence[_Ended], now: datetime, jitter: Callable[[], float]) -> Deferred | None:
    """None when nobody came."""
    since = read(header.waiting_since) or now
    wait = pause_seconds((now - since).total_seconds(), jitter)
    if now + timedelta(seconds=wait) > since + LONGEST_WAIT:
        return None
    header = replace(header, id=new_id(), count=len(waiting), waiting_since=iso(since))
    return _deferred(header, tuple(text for text, _ in waiting), wait, now)


def _resumed(header: PackHeader, now: datetime) -> PackHeader:
    """What a pack waited is not held against it: its first attempt moves on by as much."""
    since, first = read(header.waiting_since), read(header.first_attempt_at)
    if since is None:
        return header
    moved = iso(min(now, first + (now - since))) if first is not None else None
    return replace(header, waiting_since=None, first_attempt_at=moved)


def _deferred(header: PackHeader, documents: tuple[bytes, ...], seconds: float, now: datetime) -> Deferred:
    """`not_before` says what SQS cannot: it holds nothing longer than 15 minutes."""
    due = iso(now + timedelta(seconds=seconds)) if seconds > MAX_DELAY_SECONDS else None
    held = min(MAX_DELAY_SECONDS, max(1, round(seconds)))
    return Deferred(Pack(replace(header, not_before=due), documents), held)


def _buried(header: PackHeader, dead: Sequence[_Ended]) -> Iterator[Pack]:
    groups: dict[tuple[str, int | None], list[tuple[bytes, str | None]]] = {}
    for text, outcome in dead:
        if isinstance(outcome, Failed | Retry | Misconfigured):
            groups.setdefault((outcome.reason, outcome.status), []).append((text, outcome.response))
    for (reason, status), group in groups.items():
        fresh = replace(
            header,
            id=new_id(),
            count=len(group),
            not_before=None,
            reason=reason,
            status=status,
            response=group[0][1],
        )
        yield Pack(fresh, tuple(text for text, _ in group))
