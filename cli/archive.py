"""Reading the archive: which objects hold a stretch of time, and their lines, a few at a time.

Keys are `events/source=<id>/day=<day>/hour=<hour>/….gz`, by the time of receipt, so a window is one run of keys.
"""

import gzip
import shutil
import tempfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal

from cli.mistakes import OperatorError
from cli.times import Window

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

type Area = Literal["events", "rejected"]


@dataclass(frozen=True, slots=True)
class Item:
    """An object of the archive; it never changes. `size` is in bytes, compressed."""

    source: str
    key: str
    etag: str
    size: int


class Archive:
    def __init__(self, client: "S3Client", bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    def sources(self, area: Area) -> list[str]:
        """Those of which there is anything, in order; also sources that the workspace no longer has."""
        prefix = f"{area}/source="
        pages = self._client.get_paginator("list_objects_v2").paginate(
            Bucket=self._bucket, Prefix=prefix, Delimiter="/"
        )
        found = [each["Prefix"] for page in pages for each in page.get("CommonPrefixes", [])]
        return sorted(each.removeprefix(prefix).rstrip("/") for each in found)

    def items(self, area: Area, source: str, window: Window) -> Iterator[Item]:
        """The objects of the hours of the window, oldest hour first, as they are listed: one page in memory."""
        prefix = f"{area}/source={source}/"
        first = f"{prefix}{_partition(window.start)}"
        behind = f"{prefix}{_partition(window.last_hour)}\x7f"
        pages = self._client.get_paginator("list_objects_v2").paginate(
            Bucket=self._bucket, Prefix=prefix, StartAfter=first
        )
        for page in pages:
            for each in page.get("Contents", []):
                if each["Key"] > behind:
                    return
                yield Item(source, each["Key"], each["ETag"].strip('"'), each["Size"])

    def lines(self, item: Item) -> Iterator[bytes]:
        """Its documents, one by one.

        From a temporary copy: who sends slowly would keep S3 waiting for longer than it keeps a connection.
        """
        with tempfile.TemporaryFile() as copy:
            with self._client.get_object(Bucket=self._bucket, Key=item.key)["Body"] as body:
                shutil.copyfileobj(body, copy)
            copy.seek(0)
            try:
                with gzip.open(copy) as lines:
                    yield from (line.rstrip(b"\n") for line in lines if line.strip())
            except (gzip.BadGzipFile, EOFError, zlib.error) as error:
                raise OperatorError(f"{item.key} in {self._bucket} is damaged: {error}") from error


def _partition(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):day=%Y-%m-%d/hour=%H/}"
