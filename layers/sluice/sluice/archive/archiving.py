"""Packs into Firehose records: several documents to a record, failures kept per message."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from sluice.wire import pack as wire
from sluice.wire.header import MalformedMessageError
from sluice.wire.pack import Pack, PackKind
from sluice.wire.text import UndecodableError

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
    """`failed` are indices of messages to be delivered again, with the reason; `counts` of documents by kind."""

    failed: dict[int, str] = field(default_factory=dict)
    counts: dict[PackKind, int] = field(default_factory=dict)


def archive(bodies: Sequence[str], streams: Callable[[PackKind], Stream]) -> Archived:
    """A message is done when all of its records are on their stream."""
    archived = Archived()
    records: dict[PackKind, list[tuple[int, bytes, int]]] = {}
    for index, body in enumerate(bodies):
        try:
            pack = wire.load(body)
        except (MalformedMessageError, UndecodableError) as error:
            archived.failed[index] = str(error)
            continue
        records.setdefault(pack.header.kind, []).extend((index, *record) for record in _records(pack))
    for kind, entries in records.items():
        unsent = set(streams(kind).put([record for _, record, _ in entries]))
        archived.failed.update({entries[position][0]: "stream not available" for position in unsent})
        sent = sum(count for position, (_, _, count) in enumerate(entries) if position not in unsent)
        archived.counts[kind] = archived.counts.get(kind, 0) + sent
    return archived


def _records(pack: Pack) -> Iterator[tuple[bytes, int]]:
    """Records with the number of documents in each; every document is one line, the last one too."""
    for run in wire.chunks(pack.documents, MAX_RECORD_BYTES, MAX_DOCUMENTS):
        yield b"\n".join(pack.documents[index] for index in run) + b"\n", len(run)
