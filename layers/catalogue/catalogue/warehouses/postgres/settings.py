"""The settings of a Postgres. https://www.postgresql.org/docs/current/libpq-connect.html"""

from typing import Literal

from sluice.warehouses.settings import Secret, settings


@settings
class Settings:
    """`url` is `postgresql://user:password@host:5432/database`; or leave it out and say its parts.

    `ssl` is libpq's `sslmode`. The user has to be allowed to make schemas in the database.
    """

    url: Secret = Secret("")
    host: str = ""
    port: int = 5432
    database: str = ""
    user: str = ""
    password: Secret = Secret("")
    ssl: Literal["disable", "prefer", "require", "verify-ca", "verify-full"] = "require"

    def __post_init__(self) -> None:
        parts = (self.host, self.database, self.user)
        if self.url and any(parts):
            raise ValueError("say either `url` or `host`, `database` and `user`")
        if not self.url and not all(parts):
            raise ValueError("`host`, `database` and `user` are needed, or `url`, which has them all")
