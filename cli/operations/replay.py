"""`sluice replay`: archived events again, to one destination."""

import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from cli.operations.attempts import until_taken
from cli.operations.selection import LeftOut, NotAsked, Picked, RecentIds, Selection, pick
from sluice.archive.reader import Item
from sluice.messages import pack as wire
from sluice.messages.pack import Pack, PackHeader
from sluice.messages.queue import Queue
from sluice.rate_limit import RateLimit
from sluice.workspace.compiled import Destination

#: Names that are counted one by one; whoever sends ids as event names has more.
_MAX_NAMES = 1000
OTHERS = "(all others)"


class Lines(Protocol):
    """`sluice.archive.reader.Archive` is one."""

    def lines(self, item: Item) -> Iterator[bytes]: ...


class Progress(Protocol):
    """`cli.operations.progress.Progress` is one."""

    def lines_of(self, item: Item) -> int | None: ...
    def reached(self, item: Item, lines: int) -> None: ...
    def finished(self, item: Item) -> None: ...


@dataclass(slots=True)
class Tally:
    """Counts of a run: events sent and others of the time, by name, and events asked for but left out, by reason."""

    sent: Counter[str] = field(default_factory=Counter)
    left_out: Counter[str] = field(default_factory=Counter)
    others: Counter[str] = field(default_factory=Counter)

    def count(self, picked: Picked) -> None:
        _count(self.sent, picked.name)

    def skip(self, found: LeftOut | NotAsked) -> None:
        if isinstance(found, LeftOut):
            self.left_out[found.reason] += 1
        else:
            _count(self.others, found.name)


def _count(counts: Counter[str], name: str) -> None:
    counts[name if name in counts or len(counts) < _MAX_NAMES else OTHERS] += 1


def count(archive: Lines, items: Iterator[Item], selection: Selection, destination: Destination) -> Tally:
    """The events that a run would send."""
    tally, ids = Tally(), RecentIds()
    for item in items:
        for line in archive.lines(item):
            picked = pick(line, selection, destination, ids)
            if isinstance(picked, Picked):
                tally.count(picked)
            elif picked is not None:
                tally.skip(picked)
    return tally


@dataclass(frozen=True)
class Replay:
    """The archive and the queue of a replay; `pause` waits for a queue that does not take them."""

    archive: Lines
    selection: Selection
    destination: Destination
    queue: Queue
    rate: RateLimit
    pause: Callable[[float], None] = time.sleep

    def run(self, items: Iterator[Item], progress: Progress, tally: Tally) -> None:
        """Every event of `items` that is not done, sent; in `tally` what was, also when it ends early.

        An object is finished when all of it is on the queue. Raises OperatorError when the queue does not take it.
        """
        ids = RecentIds()
        for item in items:
            before = progress.lines_of(item)
            if before is not None:
                self._one(item, before, progress, tally, ids)

    def _one(self, item: Item, before: int, progress: Progress, tally: Tally, ids: RecentIds) -> None:
        most = self.rate.at_once(wire.MAX_DOCUMENTS)
        waiting: list[Picked] = []
        for number, line in enumerate(self.archive.lines(item), 1):
            picked = pick(line, self.selection, self.destination, ids)
            if picked is None or number <= before:
                continue
            if not isinstance(picked, Picked):
                tally.skip(picked)
                continue
            waiting.append(picked)
            if len(waiting) == most:
                self._send(waiting, tally)
                progress.reached(item, number)
                waiting = []
        self._send(waiting, tally)
        progress.finished(item)

    def _send(self, picked: Sequence[Picked], tally: Tally) -> None:
        documents = [each.document for each in picked]
        self.rate.wait(count=len(picked))
        bodies = [self._body(documents[run.start : run.stop]) for run in wire.chunks(documents)]
        refusal = "the queue does not take more; run the same command again to continue"
        until_taken(self.queue.send_many, bodies, self.pause, refusal)
        for each in picked:
            tally.count(each)

    def _body(self, documents: Sequence[bytes]) -> str:
        header = PackHeader(kind="delivery", count=len(documents), destination=self.destination.id)
        return wire.dump(Pack(header, tuple(documents)))
