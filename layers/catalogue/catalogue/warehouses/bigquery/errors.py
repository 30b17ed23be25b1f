"""Errors of BigQuery, by the reasons that it gives.

https://docs.cloud.google.com/bigquery/docs/error-messages
"""

import re

from sluice.warehouses.warehouse import PassingError, RefusedError, StatementError, UnavailableError

#: What goes by by itself.
_PASSING = frozenset({
    "backendError", "badGateway", "internalError", "jobBackendError", "jobInternalError", "jobRateLimitExceeded",
    "rateLimitExceeded", "tableUnavailable", "userRateLimitExceeded",
})  # fmt: skip
_EXCEEDED = frozenset({"quotaExceeded", "resourcesExceeded", "stopped", "timeout"})
_REFUSING = frozenset(
    {"accessDenied", "authError", "billingNotEnabled", "forbidden", "required", "accessNotConfigured"}
)
#: What is said of names alone, and so can be shown whole.
_NAMING = _REFUSING | _EXCEEDED | _PASSING | {"notFound", "duplicate"}
#: The message that our own script ends with, and the one of BigQuery for two transactions that change one table.
OVERTAKEN = "another loader was faster"
_CONFLICT = re.compile(f"{OVERTAKEN}|due to concurrent update", re.IGNORECASE)
#: Where a message begins to quote what may be a value of a row; and a place in a statement.
_QUOTE, _PLACE = re.compile(r"[\"'`:;=\n]|(?<!\w)\d"), re.compile(r"\[\d+:\d+\]")


class ConflictError(UnavailableError):
    """A transaction that was overtaken by another loader's. Nothing of it is there."""


class NotFoundError(StatementError):
    """A dataset, table or job that is not there."""


class DuplicateError(StatementError):
    """A dataset or job that is there already."""


def error_of(about: str, status: int, reason: str, message: str) -> Exception:
    """Return what to raise for an answer of BigQuery's. `status` is of HTTP, 0 for a job that failed."""
    text = f"{about}: {reason or status}: {shown(message, reason)}".removesuffix(": ")
    if _CONFLICT.search(message):
        return ConflictError(f"{about}: {OVERTAKEN}; the file comes again")
    if reason in _PASSING or status in (408, 429) or status >= 500:
        return PassingError(text)
    if reason in _EXCEEDED:
        return UnavailableError(text)
    if reason in _REFUSING or status in (401, 403):
        return RefusedError(text)
    if reason == "notFound" or status == 404:
        return NotFoundError(text)
    return DuplicateError(text) if reason == "duplicate" or status == 409 else StatementError(text)


def shown(message: str, reason: str) -> str:
    """Return the first line of a message up to what it quotes, which may be a value of a row, and where it is."""
    first = message.partition("\n")[0]
    if reason in _NAMING:
        return first[:300].strip()
    said, *quoted = _QUOTE.split(first, maxsplit=1)
    place = _PLACE.findall(message)
    return f"{said[:300].strip()}{' …' if quoted else ''}{f' at {place[-1]}' if place else ''}"
