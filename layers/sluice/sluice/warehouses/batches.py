"""Batches: the rows of some events by table, the changes of the schema that they take, and what does not fit."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import batched, chain
from typing import Any, Literal

import orjson

from sluice.warehouses.column_types import ColumnType
from sluice.warehouses.columns import Column, column_type, fit
from sluice.warehouses.rows import COLLECTION, TABLES, Row

#: Tables and their columns, as a warehouse has them.
type Schema = Mapping[str, Mapping[str, ColumnType]]

#: From ids to those that have an overflow in a table: when the row was received, and the overflow.
type Overflows = Callable[[list[Any]], Iterable[tuple[Any, datetime, str]]]

#: Columns of a table. Postgres takes 1,600 and counts those that were dropped.
MAX_COLUMNS = 1000
#: Tables of a schema. Those who put ids into the names of events have as many names as ids.
MAX_TABLES = 5000
#: Values of a row. Postgres has 8,160 bytes for one, and a value takes up to 18 there, however long it is.
#: https://www.postgresql.org/docs/current/storage-toast.html
MAX_VALUES = 400
#: Holds, as JSON, the values beyond those.
OVERFLOW = "_overflow"
#: Objects of collections that have no table, as a schema has its most.
OBJECTS = "_objects"
#: Of a row whose own is none.
_NO_TIME = datetime.min.replace(tzinfo=UTC)


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
    """`columns` are those that its rows need; `rows` have a value for some of them, each fitting.

    `is_merged`: there is one row for each id, of which the latest values count. Else each id comes once, and stays.
    """

    columns: dict[str, ColumnType] = field(default_factory=dict)
    rows: list[dict[str, Any]] = field(default_factory=list)
    is_merged: bool = False


@dataclass(slots=True)
class Batch:
    """`added` are columns, by table, that the warehouse does not have; `widened` those that become floats."""

    tables: dict[str, TableBatch] = field(default_factory=dict)
    added: dict[str, dict[str, ColumnType]] = field(default_factory=dict)
    widened: dict[str, list[str]] = field(default_factory=dict)
    rejects: list[Reject] = field(default_factory=list)


def batch_of(
    rows: Iterable[Row],
    found: Schema,
    *,
    widens: bool = True,
    max_columns: int = MAX_COLUMNS,
    max_tables: int = MAX_TABLES,
) -> Batch:
    """Return rows as a warehouse with the schema `found` can take them. Those of a table are merged all, or none.

    A new column has the narrowest type that all its values in the batch have. One that is there keeps its type, but
    integers become floats for a value that asks for it, unless `widens` is false: then it is cut, as Segment cuts it.
    """
    batch = Batch()
    for table, mine in _by_table(rows, found, max_tables).items():
        known = found.get(table, {})
        values = [row.values for row in mine]
        ids = [str(each.get("id", "")) for each in values]
        # A row of these comes to have all the values that its table has columns for.
        is_merged = mine[0].is_merged
        cells = _cells(values, known, min(max_columns, MAX_VALUES) if is_merged else max_columns)
        columns: dict[str, ColumnType] = {}
        for name, column in cells.items():
            kinds = set(map(type, column.values))
            kind = columns[name] = column_type(name, column.values, kinds, known.get(name), widens=widens)
            for row, value, reason in fit(column, name, kinds, kind, is_cut=not widens):
                batch.rejects.append(Reject(table, str(row.get("id", "")), name, _text(value), reason))
        batch.added[table] = {name: kind for name, kind in columns.items() if name not in known}
        if widened := [name for name, kind in columns.items() if kind != known.get(name, kind)]:
            batch.widened[table] = widened
        batch.rejects += [
            Reject(table, key, name.replace("\0", ""), _text(value), "name")
            for key, row in zip(ids, mine, strict=True)
            for name, value in row.misnamed
        ]
        batch.tables[table] = TableBatch(columns, values, is_merged)
    batch.added = {table: columns for table, columns in batch.added.items() if columns}
    return batch


def parts(batch: Batch, most: int) -> Iterator[Batch]:
    """Yield a batch in parts of that many tables at most, without its rejects."""
    for names in batched(batch.tables, most, strict=False):
        yield Batch(
            {name: batch.tables[name] for name in names},
            {name: batch.added[name] for name in names if name in batch.added},
            {name: batch.widened[name] for name in names if name in batch.widened},
        )


def _by_table(rows: Iterable[Row], found: Schema, max_tables: int) -> dict[str, list[Row]]:
    """Return rows by table. Of those whose tables are beyond the most, the properties are with the row of `tracks`.

    Objects, which have no row there, share a table: each with its collection in its id.
    """
    by_table: dict[str, list[Row]] = {}
    for row in rows:
        by_table.setdefault(row.table, []).append(row)
    new = [table for table in by_table if table not in found and table not in TABLES and table != OBJECTS]
    room = max(0, max_tables - len(found.keys() | TABLES))
    if len(new) > room:
        tracks: dict[Any, Row] = {}
        for row in by_table.get("tracks", ()):
            tracks.setdefault(row.values["id"], row)
        for row in chain.from_iterable(by_table.pop(table) for table in new[room:]):
            if row.is_merged:
                by_table.setdefault(OBJECTS, []).append(_shared(row))
                continue
            kept = tracks[row.values["id"]]
            kept.misnamed = row.misnamed
            if own := {name: value for name, value in row.values.items() if name not in kept.values}:
                kept.values[OVERFLOW] = orjson.dumps(own).decode()
    return by_table


def _shared(row: Row) -> Row:
    """Return the row of an object in the table that collections without one share."""
    own = row.values
    whole = {"id": f"{own[COLLECTION]}/{own['id']}", "received_at": own["received_at"], COLLECTION: own[COLLECTION]}
    if properties := {name: value for name, value in own.items() if name not in whole}:
        whole[OVERFLOW] = orjson.dumps(properties).decode()
    return Row(OBJECTS, whole, row.misnamed, is_merged=True)


def _cells(values: Sequence[dict[str, Any]], known: Mapping[str, ColumnType], max_columns: int) -> dict[str, Column]:
    """Return the columns of rows: of each its values, and the rows that have one. Those beyond the most share one."""
    shapes = _shapes(values)
    new = [name for name in dict.fromkeys(chain.from_iterable(shapes)) if name not in known and name != OVERFLOW]
    room = max_columns - len(known)
    beyond = frozenset(new[max(0, room - (OVERFLOW not in known)) :] if len(new) > room else ())
    if beyond or max(map(len, shapes)) > MAX_VALUES:
        for each in values:
            _overflow(each, beyond)
        shapes = _shapes(values)
    columns: dict[str, Column] = {}
    for names, rows in shapes.items():
        for name, some in zip(names, zip(*(row.values() for row in rows), strict=True), strict=True):
            column = columns.get(name) or columns.setdefault(name, Column([], []))
            column.rows.extend(rows)
            column.values.extend(some)
    return columns


def _shapes(values: Iterable[dict[str, Any]]) -> dict[tuple[str, ...], list[dict[str, Any]]]:
    """Return rows by their names. Events of one name mostly have the same, so that there are few."""
    shapes: dict[tuple[str, ...], list[dict[str, Any]]] = {}
    for each in values:
        shapes.setdefault(tuple(each), []).append(each)
    return shapes


def _overflow(row: dict[str, Any], beyond: Collection[str]) -> None:
    """Move the values of the columns `beyond`, and the last of too many, into a column of their own."""
    kept = [name for name in row if name not in beyond]
    moved = row.keys() - set(kept if len(kept) <= MAX_VALUES else kept[: MAX_VALUES - 1]) - {OVERFLOW}
    if moved:
        there = orjson.loads(row.get(OVERFLOW, "{}"))  # the properties of an event that has no table
        row[OVERFLOW] = orjson.dumps(there | {name: row.pop(name) for name in list(row) if name in moved}).decode()


def _text(value: Any) -> str:
    return value if isinstance(value, str) else orjson.dumps(value).decode()


def once(rows: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Yield the first row of each id."""
    seen: set[Any] = set()
    for row in rows:
        if row["id"] not in seen:
            seen.add(row["id"])
            yield row


def merged(rows: Iterable[dict[str, Any]], overflows: Overflows) -> list[dict[str, Any]]:
    """Return one row for each id: of every column the value that was received last.

    `overflows` is asked about rows that overflow. Theirs then holds what is in the table, too.
    """
    found: dict[Any, dict[str, Any]] = {}
    for row in sorted(rows, key=lambda each: each.get("received_at") or _NO_TIME):
        kept = found.setdefault(row["id"], {})
        both = kept.get(OVERFLOW), row.get(OVERFLOW)
        kept.update(row)
        if all(both):
            kept[OVERFLOW] = _both(*both)
    overflowing = [key for key, row in found.items() if OVERFLOW in row]
    for key, received_at, overflow in overflows(overflowing) if overflowing else ():
        row = found[key]
        is_newer = (row.get("received_at") or _NO_TIME) >= received_at
        row[OVERFLOW] = _both(overflow, row[OVERFLOW]) if is_newer else _both(row[OVERFLOW], overflow)
    return list(found.values())


def _both(older: Any, newer: Any) -> str:
    """Return two overflows as one. Somebody may have written something else there by hand: it stays, under no name."""
    objects = [each if isinstance(each, dict) else {"": each} for each in map(_read, (older, newer))]
    return orjson.dumps(objects[0] | objects[1]).decode()


def _read(overflow: str) -> Any:
    try:
        return orjson.loads(overflow)
    except orjson.JSONDecodeError:
        return overflow
