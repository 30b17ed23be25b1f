"""Documents into packs, each pack knowing which messages it came from."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import get_args

from sluice.messages import pack as wire
from sluice.messages.header import construct, split
from sluice.messages.pack import Pack, PackHeader, PackKind, new_id

#: The archive's two streams and the destinations, as keys of a load.
type Target = tuple[PackKind, str | None]

#: Events of one pack for a destination: what a process that dies in the middle sends again, and what one invocation
#: has time for even if the vendor is slow.
MAX_DELIVERIES = 100

_PACK_KINDS = frozenset(get_args(PackKind.__value__))

ARCHIVE_EVENTS: Target = ("events", None)
ARCHIVE_REJECTED: Target = ("rejected", None)


def delivery(destination: str) -> Target:
    return "delivery", destination


@dataclass(frozen=True, slots=True)
class Loaded:
    """A rendered pack for one target; `messages` are the indices of the messages whose events it carries."""

    target: Target
    body: str
    count: int
    messages: frozenset[int]


@dataclass(slots=True)
class Load:
    """What goes to each target, in order of arrival. `now` is when its packs are made."""

    now: datetime
    _documents: dict[Target, list[tuple[int, bytes]]] = field(default_factory=dict)

    def to(self, target: Target) -> Callable[[tuple[int, bytes]], None]:
        """What takes documents, each with the index of its message."""
        return self._documents.setdefault(target, []).append

    def packs(self) -> Iterator[Loaded]:
        for target, entries in self._documents.items():
            documents = [document for _, document in entries]
            most = MAX_DELIVERIES if target[0] == "delivery" else wire.MAX_DOCUMENTS
            for run in wire.chunks(documents, most=most):
                yield _loaded(target, [entries[index] for index in run], self.now)


def reloaded(message: int, body: str) -> Loaded | None:
    """A pack that stood on the events queue because its own did not take it; None for an envelope.

    Raises MalformedMessageError for what is neither.
    """
    header, _ = split(body)
    if header.get("kind") not in _PACK_KINDS:
        return None
    pack = construct(PackHeader, header)
    return Loaded((pack.kind, pack.destination), body, pack.count, frozenset({message}))


def _loaded(target: Target, entries: Iterable[tuple[int, bytes]], now: datetime) -> Loaded:
    messages, documents = zip(*entries, strict=True)
    kind, destination = target
    header = PackHeader(kind=kind, count=len(documents), destination=destination, id=new_id(now))
    return Loaded(target, wire.dump(Pack(header, documents)), len(documents), frozenset(messages))
