"""The settings of a BigQuery: a project of Google Cloud. https://docs.cloud.google.com/bigquery/docs/introduction"""

import re

from sluice.warehouses.settings import Secret, settings

#: Names without a backtick, a quote or a slash: they become part of SQL and of addresses.
_PROJECT = re.compile(r"(?:[a-z0-9.-]+:)?[a-z][a-z0-9-]{4,28}[a-z0-9]")
_LOCATION, _PREFIX = re.compile(r"[A-Za-z][A-Za-z0-9-]{1,40}"), re.compile(r"[a-z][a-z0-9_]{0,60}")


@settings
class Settings:
    """`credentials` is the key of a service account: the JSON that Google gives once. It is never in the workspace.

    The account has to be allowed to run jobs and to make datasets in the `project`. `location` is where its datasets
    are, and cannot be changed later: US, EU or a region, like europe-west3.

    A source is a dataset, called `dataset_prefix` and the source's name. `dedupe_days`: only rows received in so many
    days before those of a file are looked through for its events, and this is what a load costs. A repeated event that
    is older is there twice; with null, all rows are looked through.
    """

    project: str
    location: str
    credentials: Secret
    dataset_prefix: str = ""
    dedupe_days: int | None = 7

    def __post_init__(self) -> None:
        if not _PROJECT.fullmatch(self.project):
            raise ValueError("`project` must be the id of a project, like analytics-123456")
        if not _LOCATION.fullmatch(self.location):
            raise ValueError("`location` must be US, EU or a region, like europe-west3")
        if self.dataset_prefix and not _PREFIX.fullmatch(self.dataset_prefix):
            raise ValueError("`dataset_prefix` must be of small letters, digits and underscores, like segment_")
        if self.dedupe_days is not None and self.dedupe_days < 1:
            raise ValueError("`dedupe_days` must be 1 at least, or null to look through all rows")
