"""Documents into packs, one target after the other. Each pack knows which messages its events came from."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from sluice.messages.header import construct, split
from sluice.messages.pack import MAX_DOCUMENTS, Pack, PackHeader, chunks, dump, new_id

#: Events of one pack for a destination: what a process that dies in the middle sends again, and what one invocation
#: has time for even if the vendor is slow.
MAX_DELIVERIES = 100


class Target(NamedTuple):
    """A target of packs. `queue` is the name of their queue; the other two stand in the packs' headers."""

    queue: str
    kind: str
    destination: str | None = None
    max_documents: int = MAX_DOCUMENTS


ARCHIVE_EVENTS = Target("archive", "events")
ARCHIVE_REJECTED = Target("archive", "rejected")
ARCHIVE_OBJECTS = Target("archive", "objects")


def delivery(destination: str) -> Target:
    return Target(f"destination-{destination}", "delivery", destination, MAX_DELIVERIES)


#: The target of a pack by the kind in its header. Another kind of pack is another entry.
_TARGETS: dict[str, Callable[[PackHeader], Target]] = {
    "events": lambda _: ARCHIVE_EVENTS,
    "rejected": lambda _: ARCHIVE_REJECTED,
    "objects": lambda _: ARCHIVE_OBJECTS,
    "delivery": lambda header: delivery(header.destination or ""),
}


@dataclass(frozen=True, slots=True)
class OutgoingPack:
    """A rendered pack for one target. `messages` are the indices of the messages whose events it carries."""

    target: Target
    body: str
    count: int
    messages: frozenset[int]


@dataclass(frozen=True, slots=True)
class SpilledPack:
    """A pack that waited on the events queue because its own did not take it. Its consumer knows copies of it."""

    target: Target
    body: str
    count: int
    key: None = None

    def from_message(self, index: int) -> OutgoingPack:
        return OutgoingPack(self.target, self.body, self.count, frozenset({index}))


@dataclass(slots=True)
class PackBuilder:
    """Collects documents for each target in order of arrival, and packs them. `now` is when its packs are made."""

    now: datetime
    _documents: dict[Target, list[tuple[int, bytes]]] = field(default_factory=dict)

    def to(self, target: Target) -> Callable[[tuple[int, bytes]], None]:
        """Return a function that takes documents for `target`, each with the index of its message."""
        return self._documents.setdefault(target, []).append

    def packs(self) -> Iterator[OutgoingPack]:
        for target, entries in self._documents.items():
            documents = [document for _, document in entries]
            for run in chunks(documents, max_documents=target.max_documents):
                yield _packed(target, [entries[index] for index in run], self.now)


def spilled(body: str) -> SpilledPack | None:
    """Return the pack that this message of the events queue is, None for an envelope.

    Raises MalformedMessageError for what is neither.
    """
    fields, _ = split(body)
    target_of = _TARGETS.get(fields.get("kind", ""))
    if target_of is None:
        return None
    header = construct(PackHeader, fields)
    return SpilledPack(target_of(header), body, header.count)


def _packed(target: Target, entries: Iterable[tuple[int, bytes]], now: datetime) -> OutgoingPack:
    messages, documents = zip(*entries, strict=True)
    header = PackHeader(kind=target.kind, count=len(documents), destination=target.destination, id=new_id(now))
    return OutgoingPack(target, dump(Pack(header, documents)), len(documents), frozenset(messages))
