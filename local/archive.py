"""`python -m local.archive`: every archived event of the running local system as JSON lines, oldest first."""

from __future__ import annotations

import argparse
import gzip
import sys
from typing import TYPE_CHECKING

from local import lock
from local.cloud import aws
from local.settings import SettingsError

if TYPE_CHECKING:
    from collections.abc import Iterator


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m local.archive", description="Print what was archived, as JSON lines."
    )
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--rejected", action="store_true", help="what could not become an event, with the reason")
    what.add_argument("--errors", action="store_true", help="what Firehose could not process")
    options = parser.parse_args(arguments)
    try:
        _, running = lock.system()
    except (SettingsError, lock.UnavailableError) as error:
        print(f"archive: {error}", file=sys.stderr)
        return 1
    prefix = "rejected/" if options.rejected else "errors/" if options.errors else "events/"
    for text in _objects(running["aws_url"], running["bucket"], prefix):
        sys.stdout.write(text)
    return 0


def _objects(url: str, bucket: str, prefix: str) -> Iterator[str]:
    """The texts of all objects below a prefix, in the order in which they were written."""
    s3 = aws.client("s3", url)
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
    objects = [each for page in pages for each in page.get("Contents", [])]
    for each in sorted(objects, key=lambda each: each["LastModified"]):
        body = s3.get_object(Bucket=bucket, Key=each["Key"])["Body"].read()
        yield (gzip.decompress(body) if each["Key"].endswith(".gz") else body).decode()


if __name__ == "__main__":
    sys.exit(main())
