"""Packs into Firehose records: several documents to a record, failures kept per message."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from sluice.messages import pack as wire
from sluice.messages.encoding import UndecodableError
from sluice.messages.header import MalformedMessageError
from sluice.messages.idempotency import LONGEST_SECONDS, Ledger, take_up
from sluice.messages.pack import Pack, PackKind

#: Firehose separates no more documents than this of one record and says nothing of the rest.
#: https://docs.aws.amazon.com/firehose/latest/dev/dynamic-partitioning-multirecord-deaggergation.html
MAX_DOCUMENTS = 500
#: A record may have 1,000 KiB and is billed by 5 KB.
MAX_RECORD_BYTES = 1000 * 1024


class Stream(Protocol):
    def put(self, records: Sequence[bytes]) -> Sequence[int]:
        """The indices of records that are not on the stream."""
        ...


@dataclass(slots=True)
class Archived:
    """`failed` are indices of messages to be delivered again, with the reason; `poison` those that cannot be read.

    `counts` are of documents by kind; `repeats` counts messages that were archived before.
    """

    failed: dict[int, str] = field(default_factory=dict)
    poison: dict[int, str] = field(default_factory=dict)
    counts: dict[PackKind, int] = field(default_factory=dict)
    repeats: int = 0


def archive(
    bodies: Sequence[str],
    ledger: Ledger,
    streams: Callable[[PackKind], Stream],
    seconds: float = LONGEST_SECONDS,
) -> Archived:
    """A message is done when all of its records are on their stream. `seconds` is how long the process may live on."""
    archived = Archived()
    packs = _read_all(bodies, archived)
    taken = take_up({index: pack.ticket for index, pack in packs.items()}, ledger, seconds)
    archived.repeats, archived.failed = len(taken.done), taken.failed
    records: dict[PackKind, list[tuple[int, bytes, int]]] = {}
    for index in taken.new:
        records.setdefault(packs[index].header.kind, []).extend((index, *record) for record in _records(packs[index]))
    for kind, entries in records.items():
        unsent = set(streams(kind).put([record for _, record, _ in entries]))
        archived.failed.update({entries[position][0]: "stream not available" for position in unsent})
        sent = sum(count for position, (_, _, count) in enumerate(entries) if position not in unsent)
        archived.counts[kind] = archived.counts.get(kind, 0) + sent
    ledger.finish([packs[index].ticket for index in taken.new if index not in archived.failed])
    return archived


def _read_all(bodies: Sequence[str], archived: Archived) -> dict[int, Pack]:
    packs: dict[int, Pack] = {}
    for index, body in enumerate(bodies):
        try:
            packs[index] = wire.load(body)
        except (MalformedMessageError, UndecodableError) as error:
            archived.poison[index] = str(error)
    return packs


def _records(pack: Pack) -> Iterator[tuple[bytes, int]]:
    """Records with the number of documents in each; every document is one line, the last one too."""
    for run in wire.chunks(pack.documents, MAX_RECORD_BYTES, MAX_DOCUMENTS):
        yield b"\n".join(pack.documents[index] for index in run) + b"\n", len(run)
