"""Read the archive: the objects that hold a stretch of time, and their documents, a few at a time.

Keys are `events/source=<id>/day=<day>/hour=<hour>/….gz`, by the time of receipt, so a window is one run of keys.
"""

import gzip
import zlib
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import BinaryIO, Literal, NamedTuple, Protocol

from sluice.spec.times import iso

type Area = Literal["events", "rejected", "objects"]


class DamagedObjectError(Exception):
    """An object of the archive cannot be inflated."""


class MissingObjectError(Exception):
    """An object is not in the bucket, or no longer."""


class StoredObject(NamedTuple):
    """An object of a bucket. `size` is in bytes."""

    key: str
    etag: str
    size: int


class Objects(Protocol):
    """The objects of one bucket; `sluice.aws.s3` has those of S3."""

    def prefixes(self, prefix: str) -> Iterator[str]:
        """Yield the prefixes of one level more, `events/source=web/` below `events/`, in order."""
        ...

    def objects(self, prefix: str, after: str = "") -> Iterator[StoredObject]:
        """Yield the objects whose key has this prefix and comes after `after`, in order."""
        ...

    def content(self, key: str) -> AbstractContextManager[BinaryIO]:
        """Open the content of an object. Raises MissingObjectError."""
        ...


class Keyed(Protocol):
    """Something that an object of the archive is found by."""

    @property
    def key(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Window:
    """Received at `start` or later, and before `end`; to the millisecond, as the archive has it.

    Raises ValueError if there is nothing between the two.
    """

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        if self.start >= self.end:
            raise ValueError(f"there is nothing between {iso(self.start)} and {iso(self.end)}")

    def holds(self, received_at: object) -> bool:
        """Return whether a `receivedAt` of the archive, which sorts as text, lies within."""
        return isinstance(received_at, str) and iso(self.start) <= received_at < iso(self.end)

    @property
    def last_hour(self) -> datetime:
        """The beginning of the last hour that the window touches."""
        return (self.end - timedelta(milliseconds=1)).astimezone(UTC).replace(minute=0, second=0, microsecond=0)


@dataclass(frozen=True, slots=True)
class Item:
    """An object of the archive, which never changes. `size` is in bytes, compressed."""

    source: str
    key: str
    etag: str
    size: int


class Archive:
    """The archive of an installation."""

    def __init__(self, objects: Objects) -> None:
        self._objects = objects

    def sources(self, area: Area) -> list[str]:
        """Return the sources of which there is anything, in order, also those that the workspace no longer has."""
        prefix = f"{area}/source="
        return sorted(each.removeprefix(prefix).rstrip("/") for each in self._objects.prefixes(prefix))

    def items(self, area: Area, source: str, window: Window) -> Iterator[Item]:
        """Yield the objects of the hours that the window touches, oldest hour first, as they are listed."""
        prefix = f"{area}/source={source}/"
        behind = f"{prefix}{_partition(window.last_hour)}\x7f"
        for each in self._objects.objects(prefix, f"{prefix}{_partition(window.start)}"):
            if each.key > behind:
                return
            yield Item(source, *each)

    def lines(self, item: Keyed) -> Iterator[bytes]:
        """Yield the documents of an item, one by one. Raises DamagedObjectError, MissingObjectError."""
        with self._objects.content(item.key) as content:
            try:
                with gzip.open(content) as lines:
                    yield from (line.rstrip(b"\n") for line in lines if line.strip())
            except (gzip.BadGzipFile, EOFError, zlib.error) as error:
                raise DamagedObjectError(f"{item.key} is damaged: {error}") from error


def _partition(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):day=%Y-%m-%d/hour=%H/}"
