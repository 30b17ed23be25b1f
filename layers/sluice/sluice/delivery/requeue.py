"""What remains of a pack after its deliveries: packs to put back, each with its time, and packs to bury."""

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from sluice.delivery.backoff import MAX_DELAY_SECONDS, PATIENCE, delay
from sluice.destinations.outcome import Failed, Misconfigured, Outcome, Retry, Untried
from sluice.messages.pack import Pack, PackHeader, new_id
from sluice.spec.times import iso, read

#: How long events wait for someone to repair a destination. Then they are buried, where they are kept for 14 days more.
LONGEST_WAIT = timedelta(days=13)
#: Between two looks at whether it was repaired: a quarter of the time it has been broken, within these seconds.
_SHORTEST_PAUSE, _LONGEST_PAUSE = 60.0, 900.0


@dataclass(frozen=True, slots=True)
class Ended:
    """How one task ended: the document by its index, and the task by its key."""

    document: int
    key: str
    outcome: Outcome


#: A document, the tasks of it that share a fate (None is all that it has), and an outcome of theirs.
type _Left = tuple[bytes, str | None, Outcome]


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
    return _deferred(replace(pack.header, id=new_id(now)), pack.documents, (due - now).total_seconds(), now)


def settle(
    pack: Pack,
    ended: Sequence[Ended],
    now: datetime | None = None,
    jitter: Callable[[], float] = random.random,
    patience: timedelta = PATIENCE,
) -> Settled:
    """Those to retry together, with one attempt more; those that were not tried, and those that wait, with none.

    An event whose tasks ended in several ways is in several packs, each with its own part of the work.
    """
    now = now or datetime.now(UTC)
    settling = _Settling(pack, now, jitter, patience)
    left = {kind: list(_left(pack, ended, kind)) for kind in (Retry, Misconfigured, Untried, Failed)}
    dead = left[Failed]
    back: list[Deferred] = []
    for kind, put_back in ((Retry, settling.retried), (Misconfigured, settling.held), (Untried, settling.untried)):
        for only, group in _alike(left[kind]).items():
            deferred = put_back(only, group)
            if deferred is None:
                dead += group
            else:
                back.append(deferred)
    return Settled(tuple(back), tuple(_buried(pack.header, dead, now)))


def _left(pack: Pack, ended: Sequence[Ended], kind: type[Outcome]) -> Iterator[_Left]:
    """Documents with tasks that ended so; a document whose tasks all did needs no list of them."""
    tasks: dict[int, list[Ended]] = {}
    for each in ended:
        tasks.setdefault(each.document, []).append(each)
    for document, of_it in tasks.items():
        these = [each for each in of_it if isinstance(each.outcome, kind)]
        if these:
            only = pack.header.only if len(these) == len(of_it) else " ".join(each.key for each in these)
            yield pack.documents[document], only, these[-1].outcome


def _alike(left: Sequence[_Left]) -> dict[str | None, list[_Left]]:
    groups: dict[str | None, list[_Left]] = {}
    for each in left:
        groups.setdefault(each[1], []).append(each)
    return groups


def pause_seconds(waited: float, jitter: Callable[[], float]) -> float:
    """Until the next look at a destination that has been misconfigured for `waited` seconds."""
    return min(_LONGEST_PAUSE, max(_SHORTEST_PAUSE, waited / 4) * (1 + jitter() / 4))


@dataclass(frozen=True, slots=True)
class _Settling:
    """What the ways of going back have in common. Each gives None for what has to be buried instead."""

    pack: Pack
    now: datetime
    jitter: Callable[[], float]
    patience: timedelta

    def retried(self, only: str | None, group: Sequence[_Left]) -> Deferred | None:
        """None when patience is at its end."""
        resumed = _resumed(self.pack.header, self.now)
        first = read(resumed.first_attempt_at) or self.now
        asked = [outcome.after for _, _, outcome in group if isinstance(outcome, Retry)]
        wait = max(delay(resumed.attempt, after, self.jitter) for after in asked)
        if self.now + timedelta(seconds=wait) > first + self.patience:
            return None
        header = replace(resumed, attempt=resumed.attempt + 1, first_attempt_at=iso(first), only=only)
        return self._deferred(header, group, wait)

    def held(self, only: str | None, group: Sequence[_Left]) -> Deferred | None:
        """None when nobody came."""
        since = read(self.pack.header.waiting_since) or self.now
        wait = pause_seconds((self.now - since).total_seconds(), self.jitter)
        if self.now + timedelta(seconds=wait) > since + LONGEST_WAIT:
            return None
        return self._deferred(replace(self.pack.header, waiting_since=iso(since), only=only), group, wait)

    def untried(self, only: str | None, group: Sequence[_Left]) -> Deferred | None:
        wait = max(outcome.after for _, _, outcome in group if isinstance(outcome, Untried))
        return self._deferred(replace(_resumed(self.pack.header, self.now), only=only), group, wait)

    def _deferred(self, header: PackHeader, group: Sequence[_Left], wait: float) -> Deferred:
        fresh = replace(header, id=new_id(self.now), count=len(group))
        return _deferred(fresh, tuple(text for text, _, _ in group), wait, self.now)


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


def _buried(header: PackHeader, dead: Sequence[_Left], now: datetime) -> Iterator[Pack]:
    groups: dict[tuple[str, int | None, str | None], list[tuple[bytes, str | None]]] = {}
    for text, only, outcome in dead:
        if isinstance(outcome, Failed | Retry | Misconfigured):
            groups.setdefault((outcome.reason, outcome.status, only), []).append((text, outcome.response))
    for (reason, status, only), group in groups.items():
        fresh = replace(
            header,
            id=new_id(now),
            count=len(group),
            not_before=None,
            only=only,
            reason=reason,
            status=status,
            response=group[0][1],
        )
        yield Pack(fresh, tuple(text for text, _ in group))
