"""The pace at which old documents are written: Firehose has 500 partitions open at a time, and refuses further ones.

A partition is a source's hour. It stays open until its buffer is written, after five minutes at the latest.
https://docs.aws.amazon.com/firehose/latest/dev/limits.html
"""

import time
from collections.abc import Callable, Collection, Iterable, Iterator

#: Partitions that are opened, and seconds for which one counts as open. The others are left to what arrives meanwhile.
MOST_PARTITIONS = 300
OPEN_SECONDS = 360.0

type Partition = tuple[str, str]


def partition_of(source: object, received_at: object) -> Partition:
    """Return the partition of a document: its source, and the hour in which it was received."""
    return str(source), str(received_at)[:13]


class Pace:
    """Remembers which partitions are open."""

    def __init__(self, now: Callable[[], float] = time.monotonic, sleep: Callable[[float], None] = time.sleep) -> None:
        self._now, self._sleep = now, sleep
        self._open: dict[Partition, float] = {}

    def batches[T](
        self, items: Iterable[tuple[T, Collection[Partition]]], most: int, *, waits: bool
    ) -> Iterator[list[T]]:
        """Yield items that may be written together, `most` at a time. What waits for room lets those before it go.

        Without `waits` nothing is written, and so nothing is counted as open.
        """
        batch: list[T] = []
        for item, partitions in items:
            if len(batch) == most or not self.allows(partitions):
                yield batch
                batch = []
            if waits:
                self.wait(partitions)
            batch.append(item)
        yield batch

    def allows(self, partitions: Collection[Partition]) -> bool:
        """Return whether documents of these partitions may be written now."""
        return self._seconds(partitions) <= 0

    def wait(self, partitions: Collection[Partition]) -> None:
        """Wait until documents of these partitions may be written, and count the partitions as open from then on."""
        while (seconds := self._seconds(partitions)) > 0:
            self._sleep(seconds)
        for each in partitions:
            self._open.pop(each, None)
            self._open[each] = self._now()  # at the end: the first is the one that closes first

    def _seconds(self, partitions: Collection[Partition]) -> float:
        """Return the seconds until the first partition closes, or 0 if there is room."""
        now = self._now()
        for each in [each for each, written in self._open.items() if written + OPEN_SECONDS <= now]:
            del self._open[each]
        wanted = len(set(partitions) - self._open.keys())
        if not self._open or len(self._open) + wanted <= MOST_PARTITIONS:
            return 0.0
        return next(iter(self._open.values())) + OPEN_SECONDS - now
