"""The listing of the archive, once a day: for files that no notice named, and those older than the warehouse."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import batched
from typing import Protocol

from sluice.archive.reader import Archive, Window
from sluice.warehouses.file_list import FileList, add_all, hour_of
from sluice.warehouses.memory import Memory
from sluice.warehouses.warehouse import Target, Warehouse, left
from sluice.workspace import compiled

#: Seconds between two listings of a source, how far each goes back behind the one before it, and the first one.
_EVERY, _BACK, _FIRST = 86_400.0, 172_800.0, 60 * 86_400.0
#: Files of which the warehouse is asked at once.
_TOGETHER = 500


@dataclass(frozen=True, slots=True)
class Listing:
    """A source whose archive is to be listed over a window."""

    source: str
    window: Window


class Lister(Protocol):
    """Whoever lists: a loader."""

    @property
    def archive(self) -> Archive: ...
    @property
    def files(self) -> FileList: ...
    def target(self, source: str, warehouse: Warehouse) -> Target: ...
    def is_late(self) -> bool: ...


def to_be_listed(archive: Archive, configured: compiled.Warehouse, memory: Memory, now: float) -> Iterator[Listing]:
    """Yield what was not listed for a day. What has no file is listed herewith, without asking the warehouse."""
    waiting = [at for source, at in memory.listed.items() if configured.wants(source)]
    if waiting and now - min(waiting) < _EVERY:
        return
    for source in filter(configured.wants, sorted({*archive.sources("events"), *memory.listed})):
        before = memory.listed.get(source)
        if before is not None and now - before < _EVERY:
            continue
        start = now - _FIRST if before is None else before - _BACK
        listing = Listing(source, Window(_moment(start), _moment(now)))
        if next(archive.items("events", source, listing.window), None) is None:
            memory.listed[source] = now
        else:
            yield listing


def list_again(lister: Lister, warehouse: Warehouse, listing: Listing, memory: Memory) -> None:
    """Put on the list what the warehouse has not loaded. Raises FileListError.

    Where time is up it notes how far it came, and the next one goes on there.
    """
    schema = lister.target(listing.source, warehouse).schema
    items = lister.archive.items("events", listing.source, listing.window)
    for some in batched(items, _TOGETHER, strict=False):
        add_all(lister.files, left(warehouse, schema, [item.key for item in some]))
        if lister.is_late():
            memory.listed[listing.source] = hour_of(some[-1].key).timestamp()
            return
    memory.listed[listing.source] = listing.window.end.timestamp()


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
