"""Documents into packs, each pack knowing which messages it came from."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from sluice.wire import pack as wire
from sluice.wire.pack import Pack, PackHeader, PackKind

#: The archive's two streams and the destinations, as keys of a load.
type Target = tuple[PackKind, str | None]

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
    """What goes to each target, in order of arrival."""

    _documents: dict[Target, list[tuple[int, bytes]]] = field(default_factory=dict)

    def add(self, target: Target, message: int, document: bytes) -> None:
        self._documents.setdefault(target, []).append((message, document))

    def packs(self) -> Iterator[Loaded]:
        for target, entries in self._documents.items():
            documents = [document for _, document in entries]
            for run in wire.chunks(documents):
                yield _loaded(target, [entries[index] for index in run])


def _loaded(target: Target, entries: Iterable[tuple[int, bytes]]) -> Loaded:
    messages, documents = zip(*entries, strict=True)
    kind, destination = target
    header = PackHeader(kind=kind, count=len(documents), destination=destination)
    return Loaded(target, wire.dump(Pack(header, documents)), len(documents), frozenset(messages))
