"""A session of Snowflake's, by its own driver. https://docs.snowflake.com/en/developer-guide/python-connector"""

import logging
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key
from snowflake.connector import connect
from snowflake.connector.errors import Error

from catalogue.warehouses.snowflake.errors import error_of, login_error
from catalogue.warehouses.snowflake.settings import Settings
from sluice.warehouses.warehouse import RefusedError, StatementError

#: Seconds that logging in, a request and a statement may take, and a lock that somebody else has.
_LOGIN, _REQUEST, _STATEMENT, _LOCK = 30, 60, 600, 60
#: Rows of an answer.
MAX_ROWS = 1_000_000
_OPTIONS: Mapping[str, Any] = {
    "application": "Sluice",
    "paramstyle": "qmark",
    "login_timeout": _LOGIN,
    "request_timeout": _REQUEST,
    "query_timeout": _STATEMENT + _LOCK,
    "retry_max_attempts": 4,
    "client_store_temporary_credential": False,
    "server_session_keep_alive": False,
    "enable_server_session_keep_alive_auto_detection": False,
    "session_parameters": {
        "TIMEZONE": "UTC",
        "LOCK_TIMEOUT": _LOCK,
        "STATEMENT_TIMEOUT_IN_SECONDS": _STATEMENT,
        "ABORT_DETACHED_QUERY": True,
        "CLIENT_TELEMETRY_ENABLED": False,
    },
}
#: What the driver would log may quote a statement or what Snowflake says of it.
logging.getLogger("snowflake").setLevel(logging.CRITICAL)


class Session:
    """A session. All methods raise UnavailableError and StatementError, whose texts show nothing of what is stored."""

    def __init__(self, settings: Settings, place: Mapping[str, Any] | None = None) -> None:
        """Log in, which wakes no warehouse. `place` says where Snowflake is, if not at its account's address."""
        try:
            self._connection = connect(**{**_OPTIONS, **_identity(settings), **(place or {})})
        except Error as error:
            raise login_error(settings.account, error) from None

    def close(self) -> None:
        with suppress(Error):
            self._connection.close(retry=False)

    def run(self, about: str, sql: str, parameters: Sequence[Any] = ()) -> int:
        """Carry out a statement. Return how many rows it has changed."""
        return int(self._cursor(about, sql, parameters).rowcount or 0)

    def ask(self, about: str, sql: str, parameters: Sequence[Any] = ()) -> tuple[list[str], list[tuple[Any, ...]]]:
        """Return the columns of an answer, and its rows."""
        cursor = self._cursor(about, sql, parameters)
        try:
            rows = cursor.fetchmany(MAX_ROWS + 1)
        except Error as error:
            raise error_of(about, error) from None
        if len(rows) > MAX_ROWS:
            raise StatementError(f"{about}: an answer has more than {MAX_ROWS:,} rows")
        return [each.name for each in cursor.description or ()], rows

    def _cursor(self, about: str, sql: str, parameters: Sequence[Any]) -> Any:
        cursor = self._connection.cursor()
        try:
            return cursor.execute(sql, parameters or None)
        except Error as error:
            raise error_of(about, error) from None


def _identity(settings: Settings) -> Mapping[str, Any]:
    """Return who we are, and what we use. Raises RefusedError."""
    is_by_key = bool(settings.private_key)
    return {
        "account": settings.account,
        "user": settings.user,
        "authenticator": "SNOWFLAKE_JWT" if is_by_key else "SNOWFLAKE",
        **({"private_key": _key(settings)} if is_by_key else {"password": settings.password}),
        "role": settings.role,
        "warehouse": settings.warehouse,
        "database": settings.database,
    }


def _key(settings: Settings) -> bytes:
    """Return the private key as the driver takes it. Raises RefusedError, which shows nothing of it."""
    try:
        passphrase = settings.passphrase.encode() if settings.passphrase else None
        key = load_pem_private_key(settings.private_key.encode(), passphrase)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise RefusedError("`private_key` is no key in PEM, or `passphrase` is not its own") from None
    if not isinstance(key, RSAPrivateKey):
        raise RefusedError("`private_key` must be a key of RSA")
    return key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
