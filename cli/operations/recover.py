"""`sluice recover`: what was rejected, repaired or not, to the beginning of the pipeline again."""

import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import orjson

from cli.operations.attempts import until_taken
from cli.operations.pace import Pace, Partition, partition_of
from cli.operations.repair import Run, Skipped, Wanted, again
from cli.operations.replay import Lines
from sluice.archive.reader import Item
from sluice.messages import envelope as wire
from sluice.messages.envelope import Envelope
from sluice.messages.queue import Queue

#: Envelopes that are sent together; the largest has 1 MiB.
_AT_ONCE = 10
_REFUSAL = "the events queue does not take more; run the same command again, it repeats nothing"
#: Records that a dry run shows.
SHOWN = 5


@dataclass(slots=True)
class Tally:
    """Counts of records: sent by reason and source, skipped by cause. `first` are a few of the records."""

    sent: Counter[tuple[str, str]] = field(default_factory=Counter)
    skipped: Counter[str] = field(default_factory=Counter)
    first: list[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True)
class Recovery:
    """`queue` None is a dry run."""

    archive: Lines
    wanted: Wanted
    run: Run
    queue: Queue | None
    pace: Pace = field(default_factory=Pace)
    pause: Callable[[float], None] = time.sleep

    def __call__(self, items: Iterator[Item], tally: Tally) -> None:
        """Send the wanted records again. Raises OperatorError if the queue does not take them; some may repeat."""
        for batch in self.pace.batches(self._envelopes(items, tally), _AT_ONCE, waits=self.queue is not None):
            self._send(batch)

    def _envelopes(self, items: Iterator[Item], tally: Tally) -> Iterator[tuple[Envelope, set[Partition]]]:
        for item in items:
            for number, line in enumerate(self.archive.lines(item), 1):
                envelope = self._one(line, f"{item.key}#{number}", tally)
                if envelope is not None:
                    yield envelope, {partition_of(envelope.source, envelope.received_at)}

    def _one(self, line: bytes, place: str, tally: Tally) -> Envelope | None:
        try:
            record = orjson.loads(line)
            if not self.wanted.takes(record):
                return None
        except (orjson.JSONDecodeError, AttributeError):
            tally.skipped["not a record of ours"] += 1
            return None
        envelope = again(record, place, self.run)
        if isinstance(envelope, Skipped):
            tally.skipped[envelope.why] += 1
            return None
        tally.sent[str(record.get("reason")), str(record.get("sourceId"))] += 1
        if len(tally.first) < SHOWN:
            tally.first.append(record)
        return envelope

    def _send(self, envelopes: list[Envelope]) -> None:
        """Two attempts that both arrive are copies of one message, and worked on once."""
        if self.queue is not None:
            bodies = [wire.dump(each) for each in envelopes]
            until_taken(self.queue.send_many, bodies, self.pause, _REFUSAL)
