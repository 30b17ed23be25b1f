"""The settings of a type of warehouse, as its author declares them, and where rows may wait that an engine fetches."""

import re
from dataclasses import dataclass

from sluice.workspace.settings import Secret, settings

__all__ = ["Secret", "Staging", "settings"]

#: Names without a quote or a backslash: they become part of SQL.
_BUCKET, _PREFIX = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]"), re.compile(r"(?:[\w.=-]+/)*", re.ASCII)


@dataclass(frozen=True, slots=True)
class Staging:
    """The place in S3 where rows wait to be fetched. `prefix` is "" or ends with a slash."""

    bucket: str
    prefix: str = ""

    def __post_init__(self) -> None:
        if not _BUCKET.fullmatch(self.bucket) or not _PREFIX.fullmatch(self.prefix):
            raise ValueError("`bucket` must be the name of a bucket, and `prefix` like redshift/staged/")
