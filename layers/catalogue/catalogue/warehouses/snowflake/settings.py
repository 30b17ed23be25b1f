"""The settings of a Snowflake. https://docs.snowflake.com/en/user-guide/admin-account-identifier"""

import re

from sluice.warehouses.settings import Secret, settings

_ACCOUNT = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,254}", re.ASCII)
#: A name as SQL has it: without quotation marks its case says nothing.
_NAME = re.compile(r'[A-Za-z_][\w$]{0,254}|"[^"\x00-\x1f]{1,255}"', re.ASCII)


@settings
class Settings:
    """`account` is the identifier of one, like `acme-prod`: what its address has before `.snowflakecomputing.com`.

    `private_key` is the key of the `user`, in PEM, and `passphrase` is what it is encrypted with, if it is. Instead, a
    `password` does, as long as Snowflake lets a user in by one alone. None of them is ever in the workspace.

    The `role` has to be allowed to make schemas in the `database`, and to use the `warehouse`, which is the one of
    Snowflake's that computes. These names are as in SQL: those that were made in quotation marks stand in them.

    `dedupe_days`: only rows received in so many days before those of a file are looked through for its events. A
    repeated event that is older is there twice; without this, all rows are looked through.
    """

    account: str
    user: str
    role: str
    warehouse: str
    database: str
    private_key: Secret = Secret("")
    passphrase: Secret = Secret("")
    password: Secret = Secret("")
    dedupe_days: int | None = None

    def __post_init__(self) -> None:
        if not _ACCOUNT.fullmatch(self.account) or self.account.endswith(".snowflakecomputing.com"):
            raise ValueError("`account` must be the identifier of an account, like acme-prod, and no address")
        for name in ("role", "warehouse", "database"):
            if not _NAME.fullmatch(getattr(self, name)):
                raise ValueError(f"`{name}` must be a name as in SQL: LOADER, or one in quotation marks")
        if not self.user:
            raise ValueError("`user` must be the name of a user")
        if bool(self.private_key) == bool(self.password):
            raise ValueError("say either `private_key` or `password`")
        if self.passphrase and not self.private_key:
            raise ValueError("`passphrase` is for a `private_key`")
        if self.dedupe_days is not None and self.dedupe_days < 1:
            raise ValueError("`dedupe_days` must be 1 at least; leave it out to look through all rows")
