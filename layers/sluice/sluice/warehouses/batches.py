"""Batches: the rows of some events by table, the changes of the schema that they take, and what does not fit."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import orjson

from sluice.warehouses.column_types import INT64, ColumnType, MisfitError, fitted, joined, type_of
from sluice.warehouses.rows import TIMES, Row

#: Tables and their columns, as a warehouse has them.
type Schema = Mapping[str, Mapping[str, ColumnType]]

#: Types of Python whose values fit as they are; integers have to be looked at.
_AS_IT_IS: Mapping[type, ColumnType] = {str: "varchar", float: "float", bool: "boolean"}

#: Columns of a table. Postgres takes 1,600 and counts those that were dropped.
MAX_COLUMNS = 1000
#: Holds, as JSON, the values of columns beyond those.
OVERFLOW = "_overflow"


@dataclass(frozen=True, slots=True)
class Reject:
    """A value that is in no column: of a `name` that is none or is taken, of another `type`, or out of `range`."""

    table: str
    row: str
    column: str
    value: str
    reason: Literal["name", "type", "range"]


@dataclass(slots=True)
class TableBatch:
    """`columns` are those that its rows need; `rows` have a value for some of them, each fitting."""

    columns: dict[str, ColumnType] = field(default_factory=dict)
    rows: list[dict[str, Any]] = field(default_factory=list)


@dataclass(slots=True)
class Batch:
    """`added` are columns, by table, that the warehouse does not have; `widened` those that become floats."""

    tables: dict[str, TableBatch] = field(default_factory=dict)
    added: dict[str, dict[str, ColumnType]] = field(default_factory=dict)
    widened: dict[str, list[str]] = field(default_factory=dict)
    rejects: list[Reject] = field(default_factory=list)


def batch_of(rows: Iterable[Row], found: Schema, *, widens: bool = True, max_columns: int = MAX_COLUMNS) -> Batch:
    """Return rows as a warehouse with the schema `found` can take them.

    A new column has the narrowest type that all its values in the batch have. One that is there keeps its type, but
    integers become floats for a value that asks for it, unless `widens` is false: then it is cut, as Segment cuts it.
    """
    batch = Batch()
    by_table: dict[str, list[Row]] = {}
    for row in rows:
        by_table.setdefault(row.table, []).append(row)
    for table, mine in by_table.items():
        known = found.get(table, {})
        wanted = _types(mine, known)
        kept = _columns(wanted, known, max_columns)
        columns = {name: known.get(name, of_values) for name, of_values in kept.items()}
        if widens:
            widened = [name for name, kind in columns.items() if (kind, wanted.get(name)) == ("integer", "float")]
            columns |= dict.fromkeys(widened, "float")
            if widened and (there := [name for name in widened if name in known]):
                batch.widened[table] = there
        batch.added[table] = {name: kind for name, kind in columns.items() if name not in known}
        fitting = [_fitted(row, columns, batch.rejects, widens=widens) for row in mine]
        batch.tables[table] = TableBatch(columns, fitting)
    batch.added = {table: columns for table, columns in batch.added.items() if columns}
    return batch


def _types(rows: Iterable[Row], known: Mapping[str, ColumnType]) -> dict[str, ColumnType]:
    """Return the types of the columns that have values. One that is there keeps its own, or is asked to widen."""
    wanted: dict[str, ColumnType] = {}
    for row in rows:
        for name, value in row.values.items():
            there = known.get(name)
            if there is not None:
                if name not in wanted or (there == "integer" and type(value) is float):
                    wanted[name] = "float" if there == "integer" and _is_fraction(value) else there
                continue
            kind: ColumnType = "timestamp" if name in TIMES else _own(name, value)
            before = wanted.get(name)
            if before != kind:
                wanted[name] = kind if before is None else joined(before, kind)
    return wanted


def _is_fraction(value: Any) -> bool:
    """Return whether an integer column cannot have a number as it is."""
    return type(value) is float or (type(value) is int and value not in INT64)


#: Columns that hold texts, even where the text looks like a time.
_TEXTS = frozenset({"id", "anonymous_id", "user_id", "group_id", "previous_id", "event", "event_text"})


def _own(name: str, value: Any) -> ColumnType:
    return "varchar" if name in _TEXTS else type_of(value)


def _columns(
    wanted: Mapping[str, ColumnType], known: Mapping[str, ColumnType], max_columns: int
) -> dict[str, ColumnType]:
    """Return the columns that the rows get; those beyond the most share one."""
    room = max_columns - len(known)
    kept = {name: kind for name, kind in wanted.items() if name in known}
    new = {name: kind for name, kind in wanted.items() if name not in known}
    if len(new) <= room:
        return kept | new
    fits = max(0, room - (OVERFLOW not in known))
    return kept | dict(list(new.items())[:fits]) | {OVERFLOW: "varchar"}


def _fitted(row: Row, columns: Mapping[str, ColumnType], rejects: list[Reject], *, widens: bool) -> dict[str, Any]:
    key = str(row.values.get("id", ""))
    made: dict[str, Any] = {}
    beyond: dict[str, Any] = {}
    for name, value in row.values.items():
        kind = columns.get(name)
        if kind is None:
            beyond[name] = value
        elif _AS_IT_IS.get(type(value)) == kind and (kind != "varchar" or "\0" not in value):
            made[name] = value
        else:
            try:
                made[name] = fitted(_cut(value) if kind == "integer" and not widens else value, kind)
            except MisfitError as error:
                rejects.append(Reject(row.table, key, name, _text(value), error.reason))
    if beyond:
        made[OVERFLOW] = orjson.dumps(beyond).decode()
    rejects += [Reject(row.table, key, name, _text(value), "name") for name, value in row.misnamed]
    return made


def _cut(value: Any) -> Any:
    return int(value) if isinstance(value, float) else value


def _text(value: Any) -> str:
    return value if isinstance(value, str) else orjson.dumps(value).decode()


def once(rows: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Yield the first row of each id."""
    seen: set[Any] = set()
    for row in rows:
        if row["id"] not in seen:
            seen.add(row["id"])
            yield row


def merged(rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return one row for each id: of every column the value that was received last."""
    found: dict[Any, dict[str, Any]] = {}
    for row in sorted(rows, key=lambda each: each["received_at"]):
        found.setdefault(row["id"], {}).update(row)
    return list(found.values())
