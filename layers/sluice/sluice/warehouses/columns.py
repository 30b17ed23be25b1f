"""Columns of a batch: the type of each, and its values made to fit. Column by column, which Python does fast."""

from collections.abc import Iterator, Sequence
from typing import Any, Literal, NamedTuple

from sluice.warehouses.column_types import INT64, ColumnType, MisfitError, fitted, moment_of
from sluice.warehouses.rows import COLLECTION, TIMES

#: Columns that hold texts, even where the text looks like a time.
_TEXTS = frozenset(
    {"id", "anonymous_id", "user_id", "group_id", "previous_id", "event", "event_text", "_overflow", COLLECTION}
)
#: Characters of a text, where Segment cuts it: https://segment.com/docs/connections/storage/catalog/redshift/
_LONGEST_TEXT = 512
#: Columns whose texts are worth nothing cut.
_WHOLE = frozenset({"id", "_overflow"})


class Column(NamedTuple):
    """The values of a column, and of each the row that has it. Rows without a value are not among them."""

    rows: list[dict[str, Any]]
    values: list[Any]


def column_type(
    name: str, values: Sequence[Any], kinds: set[type], known: ColumnType | None, *, widens: bool
) -> ColumnType:
    """Return the type that a column has for these values, whose types in Python are `kinds`.

    One that is there keeps its own, but for integers that have to become floats.
    """
    if known is not None:
        return "float" if known == "integer" and widens and _are_no_integers(values, kinds) else known
    if name in TIMES:
        return "timestamp"
    if name in _TEXTS:
        return "varchar"
    if kinds == {str}:
        return "timestamp" if all(moment_of(value) is not None for value in values) else "varchar"
    if kinds == {bool}:
        return "boolean"
    if kinds == {int}:
        return "float" if _are_no_integers(values, kinds) else "integer"
    return "float" if kinds and kinds <= {int, float} else "varchar"


def fit(
    column: Column, name: str, kinds: set[type], kind: ColumnType, *, is_cut: bool
) -> Iterator[tuple[dict[str, Any], Any, Literal["type", "range"]]]:
    """Put the values of a column into its rows as it has them. Yield the row, the value and why, where it does not fit.

    `is_cut`: a fraction is cut for a column of integers, and a text after 512 characters.
    """
    rows, values = column
    if is_cut and kind == "varchar" and name not in _WHOLE:
        for row, value in zip(rows, values, strict=True):
            if isinstance(value, str) and len(value) > _LONGEST_TEXT:
                row[name] = value[:_LONGEST_TEXT]
        values = [row[name] for row in rows]
    if _is_fitting(values, kinds, kind):
        return
    for row, value in zip(rows, values, strict=True):
        try:
            is_fraction = kind == "integer" and type(value) is float
            row[name] = fitted(int(value) if is_cut and is_fraction else value, kind)
        except MisfitError as error:
            del row[name]
            yield row, value, error.reason


def _are_no_integers(values: Sequence[Any], kinds: set[type]) -> bool:
    """Return whether there is a number that no integer of 64 bits can be."""
    return float in kinds or (int in kinds and any(type(each) is int and each not in INT64 for each in values))


def _is_fitting(values: Sequence[Any], kinds: set[type], kind: ColumnType) -> bool:
    """Return whether all values fit as they are."""
    match kind:
        case "varchar":
            return kinds == {str} and "\0" not in "".join(values)
        case "float":
            return kinds == {float}
        case "boolean":
            return kinds == {bool}
        case "integer":
            return kinds == {int} and not _are_no_integers(values, kinds)
    return False
