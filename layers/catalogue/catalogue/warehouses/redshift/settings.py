"""The settings of a Redshift, a cluster or Serverless. https://docs.aws.amazon.com/redshift/latest/mgmt/data-api.html"""

import re

from sluice.warehouses.settings import Staging, settings

#: A name without a quote or a backslash: it becomes part of the text of COPY.
_ROLE = re.compile(r"arn:aws[a-z-]*:iam::[0-9]{12}:role/[\w+=,.@/-]+", re.ASCII)


@settings
class Settings:
    """`database` is in a `cluster`, or in a `workgroup` of Serverless: say one of the two.

    Whom Redshift takes us for: `secret_arn` is the ARN of a secret of Secrets Manager that has a user and a password;
    `user`, in a cluster, gets credentials that pass. Without either it is the role of the function itself. The user
    has to be allowed to make schemas and temporary tables in the database.

    `role_arn` is the role with which Redshift reads the rows that wait for it in S3, and has to be one of the
    cluster's or namespace's. `bucket` and `prefix` are where they wait, if not where the stack has them wait.
    `dedupe_days`: only rows received in so many days before those of a file are looked through for its events. A
    repeated event that is older is there twice; without this, all rows are looked through.
    """

    database: str
    role_arn: str
    cluster: str = ""
    workgroup: str = ""
    user: str = ""
    secret_arn: str = ""
    bucket: str = ""
    prefix: str = ""
    dedupe_days: int | None = None

    def __post_init__(self) -> None:
        if bool(self.cluster) == bool(self.workgroup):
            raise ValueError("say either `cluster` or `workgroup`")
        if self.user and (self.secret_arn or self.workgroup):
            raise ValueError("`user` is for a cluster, and not together with `secret_arn`")
        if not _ROLE.fullmatch(self.role_arn):
            raise ValueError("`role_arn` must be like arn:aws:iam::123456789012:role/name")
        if self.bucket:
            Staging(self.bucket, self.prefix)
        elif self.prefix:
            raise ValueError("`prefix` needs `bucket`")
        if self.dedupe_days is not None and self.dedupe_days < 1:
            raise ValueError("`dedupe_days` must be 1 at least; leave it out to look through all rows")
