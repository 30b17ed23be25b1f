"""Errors of ClickHouse, by the codes that it gives.

https://clickhouse.com/docs/interfaces/http#response-codes-caveats
"""

import re

from sluice.warehouses.warehouse import PassingError, RefusedError, StatementError, UnavailableError

#: What goes by by itself: it is busy, restarts, waits for its Keeper, or still does what was asked for before.
_PASSING = frozenset({
    "ABORTED", "ALL_CONNECTION_TRIES_FAILED", "CANNOT_ASSIGN_ALTER", "CANNOT_SCHEDULE_TASK", "DEADLOCK_AVOIDED",
    "KEEPER_EXCEPTION", "NETWORK_ERROR", "NO_ZOOKEEPER", "QUERY_WITH_SAME_ID_IS_ALREADY_RUNNING",
    "REPLICA_IS_NOT_IN_QUORUM", "SERVER_OVERLOADED", "SOCKET_TIMEOUT", "TABLE_IS_READ_ONLY", "TOO_FEW_LIVE_REPLICAS",
    "TOO_MANY_PARTS", "TOO_MANY_SIMULTANEOUS_QUERIES", "UNKNOWN_STATUS_OF_INSERT",
    "UNSATISFIED_QUORUM_FOR_PREVIOUS_WRITE", "USER_SESSION_LIMIT_EXCEEDED",
})  # fmt: skip
_EXCEEDED = frozenset(
    {"MEMORY_LIMIT_EXCEEDED", "NOT_ENOUGH_SPACE", "QUERY_WAS_CANCELLED", "QUOTA_EXCEEDED", "TIMEOUT_EXCEEDED"}
)
_REFUSING = frozenset({
    "ACCESS_DENIED", "AUTHENTICATION_FAILED", "DATABASE_ACCESS_DENIED", "IP_ADDRESS_NOT_ALLOWED", "READONLY",
    "REQUIRED_PASSWORD", "SET_NON_GRANTED_ROLE", "UNKNOWN_USER", "USER_EXPIRED", "WRONG_PASSWORD",
})  # fmt: skip
_MISSING = frozenset({"UNKNOWN_DATABASE", "UNKNOWN_TABLE"})
#: What is said of names alone, as the grant that is missing, and so can be shown.
_NAMING = frozenset({"ACCESS_DENIED", "READONLY"})
_CODE = re.compile(r"[0-9]{1,5}")
#: The name of an error stands at the end of its text, before the version of the server.
_NAME = re.compile(r"\(([A-Z][A-Z0-9_]{2,80})\)(?: \(version [^()\n]{1,80}(?:\([^()\n]{0,80}\))?\))?\s*\Z")
_PROSE = re.compile(r"DB::Exception: (.{1,300})", re.DOTALL)


class NotFoundError(StatementError):
    """A database or table that is not there."""


def error_of(status: int, code: str, message: str) -> Exception:
    """Return what to raise for an answer of HTTP's `status` that is none of success, with the code in its header."""
    found = _NAME.search(message)
    name = found[1] if found else ""
    said = " ".join(filter(None, (code if _CODE.fullmatch(code) else "", name))) or f"HTTP {status}"
    text = f"ClickHouse: {said}{_shown(name, message)}"
    if name in _REFUSING or (not code and status in (401, 403)):
        return RefusedError(text)
    if name in _PASSING or (not code and (status in (408, 429) or status >= 500)):
        return PassingError(text)
    if name in _EXCEEDED:
        return UnavailableError(text)
    return NotFoundError(text) if name in _MISSING else StatementError(text)


def _shown(name: str, message: str) -> str:
    """Return what is said of names; of all else nothing, for it may quote values of rows."""
    prose = _PROSE.search(message) if name in _NAMING else None
    return f": {' '.join(prose[1].split('(')[0].split())}" if prose else ""
