"""Packs into Firehose records: several documents to a record, failures kept per message."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Protocol

from sluice.consumer import Consumed, Part, Result, consume
from sluice.messages.idempotency import LONGEST_SECONDS, IdempotencyStore
from sluice.messages.pack import Pack, chunks, load

#: A record may have 1,000 KiB and is billed by 5 KB.
MAX_RECORD_BYTES = 1000 * 1024


class Stream(Protocol):
    def put(self, records: Sequence[bytes]) -> Sequence[int]:
        """Put records on the stream. Return the indices of those that it has not confirmed."""
        ...


def archive(
    bodies: Sequence[str],
    store: IdempotencyStore,
    streams: Callable[[str], Stream],
    report: Callable[[Mapping[str, int]], None] = lambda _: None,
    seconds: float = LONGEST_SECONDS,
) -> Consumed:
    """Put the documents of packs on the stream of their kind. A message is done when all of its records are there.

    `report` gets the number of documents by kind. `seconds` is how long the process may live on.
    """

    def work(claimed: Mapping[int, Pack]) -> Iterator[Part]:
        records: dict[str, list[tuple[int, bytes, int]]] = {}
        for index, pack in claimed.items():
            records.setdefault(pack.header.kind, []).extend((index, *record) for record in _records(pack))
        results: dict[int, Result] = dict.fromkeys(claimed)
        counts: dict[str, int] = {}
        for kind, entries in records.items():
            unsent = set(streams(kind).put([record for _, record, _ in entries]))
            results.update({entries[position][0]: "stream not available" for position in unsent})
            counts[kind] = sum(count for position, (_, _, count) in enumerate(entries) if position not in unsent)
        yield Part(results, lambda: report(counts))

    return consume(bodies, load, work, store, seconds)


def _records(pack: Pack) -> Iterator[tuple[bytes, int]]:
    """Yield records with the number of documents in each. Every document is one line, the last one too."""
    for run in chunks(pack.documents, MAX_RECORD_BYTES):
        yield b"\n".join(pack.documents[index] for index in run) + b"\n", len(run)
