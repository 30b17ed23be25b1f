"""The listing of the archive, once a day: for files that no notice named, and those older than the warehouse."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import batched
from typing import Protocol

from sluice.archive.reader import Archive, Area, Window
from sluice.warehouses.file_list import AREAS, FileList, add_all, hour_of
from sluice.warehouses.memory import Memory
from sluice.warehouses.warehouse import Target, Warehouse, left
from sluice.workspace import compiled

#: Seconds between two listings of a source, how far each goes back behind the one before it, and the first one.
_EVERY, _BACK, _FIRST = 86_400.0, 172_800.0, 60 * 86_400.0
#: Files of which the warehouse is asked at once.
_TOGETHER = 500


@dataclass(frozen=True, slots=True)
class Listing:
    """A source whose archive is to be listed over a window: its events, or its objects."""

    source: str
    window: Window
    area: Area = "events"

    @property
    def name(self) -> str:
        """Return what a memory knows it by: for events the source, as it was before there were objects."""
        return _name(self.area, self.source)


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
    waiting = [at for name, at in memory.listed.items() if configured.wants(_source(name))]
    if waiting and now - min(waiting) < _EVERY:
        return
    for area in AREAS:
        known = {_source(name) for name in memory.listed if name == _name(area, _source(name))}
        for source in filter(configured.wants, sorted({*archive.sources(area), *known})):
            before = memory.listed.get(_name(area, source))
            if before is not None and now - before < _EVERY:
                continue
            start = now - _FIRST if before is None else before - _BACK
            listing = Listing(source, Window(_moment(start), _moment(now)), area)
            if next(archive.items(area, source, listing.window), None) is None:
                memory.listed[listing.name] = now
            else:
                yield listing


def list_again(lister: Lister, warehouse: Warehouse, listing: Listing, memory: Memory) -> None:
    """Put on the list what the warehouse has not loaded. Raises FileListError.

    Where time is up it notes how far it came, and the next one goes on there.
    """
    schema = lister.target(listing.source, warehouse).schema
    items = lister.archive.items(listing.area, listing.source, listing.window)
    for some in batched(items, _TOGETHER, strict=False):
        add_all(lister.files, left(warehouse, schema, [item.key for item in some]))
        if lister.is_late():
            memory.listed[listing.name] = hour_of(some[-1].key).timestamp()
            return
    memory.listed[listing.name] = listing.window.end.timestamp()


def _name(area: Area, source: str) -> str:
    return source if area == "events" else f"{area}/{source}"


def _source(name: str) -> str:
    return name.rpartition("/")[2]


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
