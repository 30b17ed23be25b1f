"""The five types of a column, and what fits into one.

https://segment.com/docs/connections/storage/warehouses/schema/#how-event-tables-handle-data-types
"""

import re
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Literal

import orjson

type ColumnType = Literal["timestamp", "integer", "float", "boolean", "varchar"]

#: ISO 8601 with a date at least; its year has four digits.
_ISO = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
    r"(?:[Tt ][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:[.,][0-9]+)?)?(?:[Zz]|[+-][0-9]{2}:?[0-9]{2})?)?"
)
_LONGEST_TIME = 40
INT64 = range(-(2**63), 2**63)


class MisfitError(ValueError):
    """A value that does not fit into a column; `reason` is `type` or `range`."""

    def __init__(self, reason: Literal["type", "range"]) -> None:
        super().__init__(reason)
        self.reason = reason


def fitted(value: Any, column: ColumnType) -> Any:
    """Return a value as a column of this type has it: a time as a datetime in UTC. Raises MisfitError.

    A null character, which no engine takes, is left out of texts.
    """
    match column:
        case "varchar":
            text = value if isinstance(value, str) else orjson.dumps(value).decode()
            return text.replace("\0", "") if "\0" in text else text
        case "timestamp":
            moment = moment_of(value)
            if moment is None:
                raise MisfitError("range" if isinstance(value, str) and _ISO.fullmatch(value) else "type")
            return moment
        case "boolean":
            if not isinstance(value, bool):
                raise MisfitError("type")
            return value
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise MisfitError("type")
    if column == "float":
        if isinstance(value, int) and not _is_exact(value):
            raise MisfitError("range")
        return float(value)
    if value not in INT64 or value != int(value):
        raise MisfitError("range" if value == int(value) else "type")
    return int(value)


def _is_exact(value: int) -> bool:
    """Return whether a float is this number, and not one beside it: from 2^53 on they are two apart, and more."""
    try:
        return int(float(value)) == value
    except OverflowError:
        return False


def moment_of(value: Any) -> datetime | None:
    """Return the moment of a text in ISO 8601, in UTC; None for any other value, and for no day of the calendar."""
    return _moment(value) if isinstance(value, str) and len(value) <= _LONGEST_TIME else None


@lru_cache(50_000)
def _moment(text: str) -> datetime | None:
    """Remembers, because each time of an event is in several tables."""
    if not _ISO.fullmatch(text):
        return None
    try:
        moment = datetime.fromisoformat(text)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
