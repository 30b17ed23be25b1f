"""The list of files that a warehouse has still to load. It may name a file twice, or one that is loaded.

What the warehouse has noted is right about that; the list only says where to look.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from typing import Any, Protocol

import orjson

from sluice.archive.reader import Archive, Area, Item, Window

#: Areas of the archive whose files are loaded.
AREAS: tuple[Area, ...] = ("events", "objects")
#: A file of the archive, by the source and the hour of its events or objects.
_KEY = re.compile(
    r"(?P<area>events|objects)/source=(?P<source>[a-z0-9-]+)/day=(?P<day>[0-9-]{10})/hour=(?P<hour>[0-9]{2})/.+"
)


class UnreadableEntryError(ValueError):
    """An entry that names no file of the archive."""


@dataclass(frozen=True, slots=True)
class File:
    """A file of a source's events or objects. `is_repeated`: it is to be loaded although it is noted."""

    source: str
    key: str
    is_repeated: bool = False


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry that was taken from the list, for the `takes`th time. `receipt` is what the list knows it by."""

    body: str
    receipt: str
    takes: int = 1


class FileList(Protocol):
    def waiting(self) -> int:
        """Return about how many entries there are to take."""
        ...

    def add(self, bodies: Sequence[str]) -> Sequence[int]:
        """Add entries. Return the indices of those that may be missing."""
        ...

    def take(self) -> Sequence[Entry]:
        """Take some entries, none if there are none. Nobody else is given them for as long as a loader may live."""
        ...

    def remove(self, entry: Entry) -> None:
        """Remove an entry that was taken."""
        ...

    def give_back(self, entry: Entry) -> None:
        """Give an entry back, to be taken again."""
        ...

    def give_up(self, entry: Entry, reason: str) -> None:
        """Put an entry that cannot be worked on where somebody looks at it."""
        ...


def body_of(key: str, *, is_repeated: bool = False) -> str:
    """Return the entry of a file."""
    return orjson.dumps({"key": key, **({"repeat": True} if is_repeated else {})}).decode()


def file_of(body: str) -> File:
    """Return the file that an entry names: one of ours, or the `object` of S3's notice. Raises UnreadableEntryError."""
    try:
        document: Any = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise UnreadableEntryError("no JSON") from error
    key = document.get("key") if isinstance(document, dict) else None
    found = _KEY.fullmatch(key) if isinstance(key, str) else None
    if found is None:
        raise UnreadableEntryError("no file of the archive")
    return File(found["source"], found[0], document.get("repeat") is True)


def hour_of(key: str) -> datetime:
    """Return the hour that the events or objects of a file of the archive were received in. Raises ValueError."""
    found = _KEY.fullmatch(key)
    if found is None:
        raise ValueError("no file of the archive")
    return datetime.fromisoformat(f"{found['day']}T{found['hour']}:00Z")


def area_of(key: str) -> str:
    """Return the area of a file of the archive. Raises ValueError."""
    found = _KEY.fullmatch(key)
    if found is None:
        raise ValueError("no file of the archive")
    return found["area"]


def sources(archive: Archive) -> list[str]:
    """Return the sources of which the archive has events or objects, in order."""
    return sorted({source for area in AREAS for source in archive.sources(area)})


def items(archive: Archive, source: str, window: Window) -> Iterator[Item]:
    """Yield the files of a source's events, and then those of its objects, oldest hour first."""
    return chain.from_iterable(archive.items(area, source, window) for area in AREAS)


def add_all(files: FileList, keys: Iterable[str], *, is_repeated: bool = False) -> int:
    """Add files to the list and return how many. Raises FileListError if it does not take them."""
    bodies = [body_of(key, is_repeated=is_repeated) for key in keys]
    if missing := files.add(bodies):
        raise FileListError(f"{len(missing)} of {len(bodies)} files could not be added to the list")
    return len(bodies)


class FileListError(Exception):
    """The list does not take entries, or does not give any. What is not on it is found when the archive is listed."""
