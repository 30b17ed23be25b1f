"""`sluice recover --errors`: what Firehose could not write, to its stream again.

Firehose puts a record that it cannot partition below `errors/`, a line of JSON with the record in base64. Such a record
has been routed and delivered; only the archive lacks it. So it goes to the stream and not through the pipeline again.
https://docs.aws.amazon.com/firehose/latest/dev/dynamic-partitioning.html (data delivery and errors)
"""

import base64
import binascii
import gzip
import re
import time
import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from typing import Any, BinaryIO, NamedTuple, Protocol, get_args

import orjson

from cli.operations.attempts import until_taken
from cli.operations.pace import Pace, Partition, partition_of
from sluice.archive.reader import Area, DamagedObjectError, StoredObject, Window
from sluice.archive.records import Stream

_KEY = re.compile(r"errors/(events|rejected)/[^/]+/day=(\d{4}-\d\d-\d\d)/.+")
_GZIP = b"\x1f\x8b"
#: Records that are put together; a record has up to 1,000 KiB.
_AT_ONCE = 50
#: Documents that a dry run shows.
SHOWN = 5


class Bucket(Protocol):
    """The archive's bucket; `sluice.aws.s3` has it."""

    def objects(self, prefix: str, after: str = "") -> Iterator[StoredObject]: ...
    def content(self, key: str) -> AbstractContextManager[BinaryIO]: ...
    def delete(self, key: str) -> None: ...


class ErrorObject(NamedTuple):
    """An object below `errors/`: where its records were to go, and when Firehose gave them up."""

    area: Area
    day: str
    key: str


class Record(NamedTuple):
    """A record as it was put on the stream, the partitions of its documents, and why it was not written."""

    data: bytes = b""
    partitions: frozenset[Partition] = frozenset()
    code: str = ""


@dataclass(slots=True)
class Tally:
    """Counts of records: by code and area those that were put, by cause those that were not."""

    sent: Counter[tuple[str, str]] = field(default_factory=Counter)
    skipped: Counter[str] = field(default_factory=Counter)
    first: list[Mapping[str, Any]] = field(default_factory=list)


class UnreadableLineError(Exception):
    """A line that is not Firehose's, or whose record is not ours."""


def error_objects(bucket: Bucket, window: Window) -> Iterator[ErrorObject]:
    """Yield the objects of the days that the window touches, in their order."""
    first, last = f"{window.start:%Y-%m-%d}", f"{window.last_hour:%Y-%m-%d}"
    for area in get_args(Area.__value__):
        for each in bucket.objects(f"errors/{area}/"):
            match = _KEY.fullmatch(each.key)
            if match is not None and first <= match[2] <= last:
                yield ErrorObject(area, match[2], each.key)


@dataclass(frozen=True)
class Rewriting:
    """`streams` None is a dry run."""

    bucket: Bucket
    streams: Mapping[Area, Stream] | None
    pace: Pace = field(default_factory=Pace)
    pause: Callable[[float], None] = time.sleep

    def __call__(self, item: ErrorObject, tally: Tally) -> None:
        """Put the records of an object on their stream, and delete it if that was all of it.

        Raises OperatorError if the stream does not take them; the object stays, and some records may repeat.
        """
        skipped = tally.skipped.total()
        for batch in self.pace.batches(self._records(item, tally), _AT_ONCE, waits=self.streams is not None):
            self._put(item, batch)
        is_whole = tally.skipped.total() == skipped
        if is_whole and self.streams is not None:
            self.bucket.delete(item.key)

    def _records(self, item: ErrorObject, tally: Tally) -> Iterator[tuple[Record, frozenset[Partition]]]:
        """Yield the records of an object and their partitions, and count them and what is none of ours."""
        for line in self._lines(item):
            try:
                record, documents = _read(line)
            except UnreadableLineError as error:
                tally.skipped[str(error)] += 1
                continue
            tally.sent[record.code, item.area] += 1
            tally.first += documents[: SHOWN - len(tally.first)]
            yield record, record.partitions

    def _lines(self, item: ErrorObject) -> Iterator[bytes]:
        """Yield the lines of an object, compressed or not. Raises DamagedObjectError."""
        with self.bucket.content(item.key) as content:
            is_compressed = content.read(len(_GZIP)) == _GZIP
            content.seek(0)
            try:
                with gzip.open(content) if is_compressed else nullcontext(content) as lines:
                    yield from (line for line in lines if line.strip())
            except (gzip.BadGzipFile, EOFError, zlib.error) as error:
                raise DamagedObjectError(f"{item.key} is damaged: {error}") from error

    def _put(self, item: ErrorObject, records: list[Record]) -> None:
        if self.streams is not None:
            refusal = f"the stream of {item.area} does not take more; run the same command again"
            until_taken(self.streams[item.area].put, [each.data for each in records], self.pause, refusal)


def _read(line: bytes) -> tuple[Record, list[Mapping[str, Any]]]:
    """Return the record of a line, and its documents. Raises UnreadableLineError."""
    try:
        told = orjson.loads(line)
        data = base64.b64decode(told["rawData"], validate=True)
        documents = [orjson.loads(each) for each in data.splitlines() if each.strip()]
        partitions = frozenset(partition_of(each["sourceId"], each["receivedAt"]) for each in documents)
    except (orjson.JSONDecodeError, binascii.Error, KeyError, TypeError, ValueError) as error:
        raise UnreadableLineError("not a record of ours") from error
    if not documents:
        raise UnreadableLineError("an empty record")
    return Record(data, partitions, str(told.get("errorCode", "unknown"))), documents
