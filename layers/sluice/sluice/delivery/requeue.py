"""The remainder of a pack after its deliveries: packs to put back, each with its delay, and dead letters."""

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from sluice.delivery.backoff import LONGEST_WAIT, MAX_DELAY_SECONDS, PATIENCE, delay, probe_delay, rounded_wait
from sluice.destinations.outcome import Failed, Misconfigured, NotAttempted, Outcome, Retry
from sluice.messages.pack import Pack, PackHeader, new_id
from sluice.spec.times import iso, read


@dataclass(frozen=True, slots=True)
class TaskResult:
    """The end of one task: the document's index, the task's key, and the outcome."""

    document: int
    key: str
    outcome: Outcome


#: A document, the tasks of it that share a fate (None is all that it has), and an outcome of theirs.
type _Left = tuple[bytes, str | None, Outcome]


@dataclass(frozen=True, slots=True)
class Requeued:
    """A pack to put back on the queue after `seconds`."""

    pack: Pack
    seconds: int


@dataclass(frozen=True, slots=True)
class Remainder:
    """Packs that go back, grouped by the reason; and dead letters, a pack for each way of failing."""

    back: tuple[Requeued, ...]
    dead: tuple[Pack, ...]


def postponed(pack: Pack, now: datetime) -> Requeued | None:
    """Return a pack that came back early for its remaining delay, None if it is due.

    Packs come back early because SQS delays no message by more than 15 minutes.
    """
    due = read(pack.header.not_before)
    if due is None or due <= now:
        return None
    return _requeued(replace(pack.header, id=new_id(now)), pack.documents, (due - now).total_seconds(), now)


def remainder(
    pack: Pack,
    results: Sequence[TaskResult],
    now: datetime | None = None,
    jitter: Callable[[], float] = random.random,
    patience: timedelta = PATIENCE,
) -> Remainder:
    """Return what is left to do of a pack.

    Events to retry go back with one attempt more, together where they wait about as long; those that were not
    attempted, and those that wait for a repair, go back with none. An event whose tasks ended in several ways is in
    several packs, each with its own part of the work.
    """
    now = now or datetime.now(UTC)
    ways = _Ways(pack, now, jitter, patience)
    left = {kind: list(_left(pack, results, kind)) for kind in (Retry, Misconfigured, NotAttempted, Failed)}
    dead = left[Failed]
    back: list[Requeued] = []
    for kind, put_back in ((Retry, ways.retried), (Misconfigured, ways.held), (NotAttempted, ways.not_attempted)):
        for (only, _), group in _alike(left[kind]).items():
            requeued = put_back(only, group)
            if requeued is None:
                dead += group
            else:
                back.append(requeued)
    return Remainder(tuple(back), tuple(_dead_letters(pack.header, dead, now)))


def _left(pack: Pack, results: Sequence[TaskResult], kind: type[Outcome]) -> Iterator[_Left]:
    """Yield the documents with tasks that ended so. A document whose tasks all did needs no list of them."""
    tasks: dict[int, list[TaskResult]] = {}
    for each in results:
        tasks.setdefault(each.document, []).append(each)
    for document, of_it in tasks.items():
        these = [each for each in of_it if isinstance(each.outcome, kind)]
        if these:
            only = pack.header.only if len(these) == len(of_it) else " ".join(each.key for each in these)
            yield pack.documents[document], only, these[-1].outcome


def _alike(left: Sequence[_Left]) -> dict[tuple[str | None, float], list[_Left]]:
    """Group what may go back together: the same tasks, and about the same wait."""
    groups: dict[tuple[str | None, float], list[_Left]] = {}
    for each in left:
        _, only, outcome = each
        asked = outcome.after if isinstance(outcome, Retry) else None
        groups.setdefault((only, rounded_wait(asked)), []).append(each)
    return groups


@dataclass(frozen=True, slots=True)
class _Ways:
    """The ways of going back. Each returns None for events that become dead letters instead."""

    pack: Pack
    now: datetime
    jitter: Callable[[], float]
    patience: timedelta

    def retried(self, only: str | None, group: Sequence[_Left]) -> Requeued | None:
        """Return the pack to retry, None if the retry window has expired. A wait that exceeds it ends with it."""
        resumed = _resumed(self.pack.header, self.now)
        first = read(resumed.first_attempt_at) or self.now
        asked = [outcome.after for _, _, outcome in group if isinstance(outcome, Retry)]
        remaining = (first + self.patience - self.now).total_seconds()
        if remaining <= 0:
            return None
        wait = min(remaining, max(delay(resumed.attempt, after, self.jitter) for after in asked))
        header = replace(resumed, attempt=resumed.attempt + 1, first_attempt_at=iso(first), only=only)
        return self._requeued(header, group, wait)

    def held(self, only: str | None, group: Sequence[_Left]) -> Requeued | None:
        """Return the pack that waits for a repair, None if it has waited long enough."""
        since = read(self.pack.header.waiting_since) or self.now
        wait = probe_delay((self.now - since).total_seconds(), self.jitter)
        if self.now + timedelta(seconds=wait) > since + LONGEST_WAIT:
            return None
        return self._requeued(replace(self.pack.header, waiting_since=iso(since), only=only), group, wait)

    def not_attempted(self, only: str | None, group: Sequence[_Left]) -> Requeued | None:
        wait = max(outcome.after for _, _, outcome in group if isinstance(outcome, NotAttempted))
        return self._requeued(replace(_resumed(self.pack.header, self.now), only=only), group, wait)

    def _requeued(self, header: PackHeader, group: Sequence[_Left], wait: float) -> Requeued:
        fresh = replace(header, id=new_id(self.now), count=len(group))
        return _requeued(fresh, tuple(text for text, _, _ in group), wait, self.now)


def _resumed(header: PackHeader, now: datetime) -> PackHeader:
    """Return the header with its retry window moved by the time that the pack waited, which does not count."""
    since, first = read(header.waiting_since), read(header.first_attempt_at)
    if since is None:
        return header
    moved = iso(min(now, first + (now - since))) if first is not None else None
    return replace(header, waiting_since=None, first_attempt_at=moved)


def _requeued(header: PackHeader, documents: tuple[bytes, ...], seconds: float, now: datetime) -> Requeued:
    """Return a pack with its delay. `not_before` carries what exceeds the 15 minutes of SQS."""
    due = iso(now + timedelta(seconds=seconds)) if seconds > MAX_DELAY_SECONDS else None
    held = min(MAX_DELAY_SECONDS, max(1, round(seconds)))
    return Requeued(Pack(replace(header, not_before=due), documents), held)


def _dead_letters(header: PackHeader, dead: Sequence[_Left], now: datetime) -> Iterator[Pack]:
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
