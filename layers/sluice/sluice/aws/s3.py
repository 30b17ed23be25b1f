"""S3: the objects of one bucket."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, BinaryIO, cast

from sluice.archive.reader import MissingObjectError, StoredObject

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


class S3Objects:
    """Satisfies `sluice.archive.reader.Objects`."""

    def __init__(self, client: "S3Client", bucket: str) -> None:
        self._client, self._bucket = client, bucket

    def prefixes(self, prefix: str) -> Iterator[str]:
        """Yield the prefixes of one level more, in order."""
        pages = self._client.get_paginator("list_objects_v2").paginate(
            Bucket=self._bucket, Prefix=prefix, Delimiter="/"
        )
        for page in pages:
            yield from (each["Prefix"] for each in page.get("CommonPrefixes", []))

    def objects(self, prefix: str, after: str = "") -> Iterator[StoredObject]:
        """Yield the objects with this prefix that come after `after`, in order; one page is in memory."""
        pages = self._client.get_paginator("list_objects_v2").paginate(
            Bucket=self._bucket, Prefix=prefix, StartAfter=after
        )
        for page in pages:
            for each in page.get("Contents", []):
                yield StoredObject(each["Key"], each["ETag"].strip('"'), each["Size"])

    @contextmanager
    def content(self, key: str) -> Iterator[BinaryIO]:
        """Open the content of an object.

        It is a temporary copy: a slow reader would keep S3 waiting for longer than S3 keeps a connection.
        """
        with tempfile.TemporaryFile() as copy:
            try:
                with self._client.get_object(Bucket=self._bucket, Key=key)["Body"] as body:
                    shutil.copyfileobj(body, copy)
            except self._client.exceptions.NoSuchKey as error:
                raise MissingObjectError(key) from error
            copy.seek(0)
            yield cast("BinaryIO", copy)

    def delete(self, key: str) -> None:
        self._client.delete_object(Bucket=self._bucket, Key=key)
