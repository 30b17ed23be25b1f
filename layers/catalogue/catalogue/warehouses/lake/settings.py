"""The settings of a lake: a place in S3, and how its databases in Glue are called."""

import re

from sluice.warehouses.settings import Staging, settings

#: https://docs.aws.amazon.com/athena/latest/ug/tables-databases-columns-names.html
_DATABASE = re.compile(r"[a-z][a-z0-9_]{0,99}", re.ASCII)
#: Folders that the bucket of the archive has already.
_TAKEN = ("events/", "rejected/", "objects/", "staged/")


@settings
class Settings:
    """`database` is how the names of the databases begin: that of the source `web` is `sluice_web`.

    `bucket` and `prefix` are where the objects are, if not in the bucket of the stack, below `lake/` and the id of the
    warehouse. Two lakes need two places and two names of databases.
    """

    database: str = "sluice"
    bucket: str = ""
    prefix: str = ""

    def __post_init__(self) -> None:
        if not _DATABASE.fullmatch(self.database):
            raise ValueError("`database` must be like sluice_prod: small letters, digits and `_`")
        Staging(self.bucket or "bucket", self.prefix)
        if self.prefix.startswith(_TAKEN):
            raise ValueError(f"`prefix` must not begin with {', '.join(_TAKEN)}: other things are there")
