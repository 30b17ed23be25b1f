"""The settings of a ClickHouse, one's own or ClickHouse Cloud. https://clickhouse.com/docs/interfaces/http"""

from ipaddress import ip_address
from urllib.parse import urlsplit

from sluice.warehouses.settings import Secret, settings


@settings
class Settings:
    """`url` is where its HTTP interface answers, like `https://abc.eu-central-1.aws.clickhouse.cloud:8443`.

    `user` has to be allowed to make databases, tables and views. `dedupe_days`: only rows received in so many days
    before those of a file are looked through for its events. A repeated event that is older is there twice; with null,
    all rows are looked through.
    """

    url: str
    user: str
    password: Secret
    dedupe_days: int | None = 7

    def __post_init__(self) -> None:
        if not _is_address(self.url):
            raise ValueError("`url` must be like https://example.com:8443, without a user, a path or a question mark")
        if not self.user or ":" in self.user:
            raise ValueError("`user` must be a name without a colon")
        if self.dedupe_days is not None and self.dedupe_days < 1:
            raise ValueError("`dedupe_days` must be 1 at least, or null to look through all rows")


def _is_address(url: str) -> bool:
    """Return whether a password may be sent to an address: in the clear to this machine alone."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        return False
    is_bare = url.rstrip("/") == f"{parts.scheme}://{parts.netloc}" and "@" not in url and " " not in url
    is_safe = parts.scheme == "https" or (parts.scheme == "http" and _is_here(host))
    return bool(host) and is_bare and is_safe and url.isascii() and url.isprintable()


def _is_here(host: str) -> bool:
    """Return whether a host is this machine, by an address or by the name that it has for itself."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
