"""The comparison of a table with what another reader finds in the archive: ids, and numbers by their columns."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cli.warehouse.trial import trial
from sluice.warehouses.batches import MAX_COLUMNS, OVERFLOW, Batch, TableBatch
from sluice.warehouses.column_types import ColumnType
from sluice.warehouses.warehouse import REJECTS, Warehouse

#: Where the ids and numbers of the archive are put beside the tables, and of which nothing stays.
_BESIDE = "_sluice_verification"
_COUNTED = """SELECT count(*) FILTER (WHERE there = 0), count(*) FILTER (WHERE there > 1) FROM (
    SELECT beside.id, count(kept.id) AS there FROM {beside} AS beside LEFT JOIN {kept} AS kept ON kept.id = beside.id
    GROUP BY beside.id
  ) AS counted"""
_RECEIVED = "received_at"


@dataclass(frozen=True, slots=True)
class Verdict:
    """`archived` ids of a table, how many of them it has not or has twice, and how many numbers `differ`.

    A number that was rejected does not differ: `sluice warehouse status` counts it. `older` rows of objects are not as
    new as the archive.
    """

    table: str
    archived: int
    missing: int
    twice: int
    differ: int
    older: int = 0

    @property
    def is_right(self) -> bool:
        return not (self.missing or self.twice or self.differ or self.older)

    def __str__(self) -> str:
        if self.is_right:
            return f"{self.table}: {self.archived:,} in the archive, all there, once"
        wrong = f"{self.missing:,} missing, {self.twice:,} twice, {self.differ:,} numbers differ"
        wrong += f", {self.older:,} older than the archive" * bool(self.older)
        return f"{self.table}: {self.archived:,} in the archive, {wrong}"


def compared(
    warehouse: Warehouse,
    schema: str,
    table: str,
    columns: Mapping[str, ColumnType],
    rows: list[dict[str, Any]],
) -> Verdict:
    """Return the verdict on a table by rows that each have an `id` and numbers.

    Rows of objects have `received_at` besides: only a row of the table that was received then has to have the numbers,
    for a newer one has others.
    """
    names = {name for row in rows for name in row} - {"id"}
    is_dated = _RECEIVED in names
    queries = {name: _difference(schema, table, name, columns, is_dated=is_dated) for name in names - {_RECEIVED}}
    numbers = sorted(name for name, query in queries.items() if query)[:MAX_COLUMNS]
    needed: dict[str, ColumnType] = {"id": "varchar", **dict.fromkeys(numbers, "float")}
    if is_dated:
        needed[_RECEIVED] = "timestamp"
    answers: list[tuple[Any, ...]] = []
    with trial(warehouse, _BESIDE, Batch({table: TableBatch(needed, rows)}, {table: needed})):
        answers += warehouse.query(_COUNTED.format(beside=f'"{_BESIDE}"."{table}"', kept=f'"{schema}"."{table}"'))[1]
        answers += warehouse.query(_older(schema, table))[1] if is_dated else [(0,)]
        for name in numbers:
            answers += warehouse.query(queries[name])[1]
    (missing, twice), (older,), *differ = answers
    return Verdict(table, len(rows), missing, twice, sum(count for (count,) in differ), older)


def _difference(schema: str, table: str, column: str, columns: Mapping[str, ColumnType], *, is_dated: bool) -> str:
    """Return the query that counts the numbers of a column that the table has otherwise, and did not reject.

    There is none for a column of other values, and for one that is none because its values are beyond the most.
    """
    if column not in columns:
        if OVERFLOW in columns:
            return ""
        differs = "true"
    elif columns[column] in ("integer", "float"):
        differs = f'coalesce(CAST(kept."{column}" AS DOUBLE PRECISION) <> beside."{column}", true)'
        if OVERFLOW in columns:
            differs += f' AND (kept."{column}" IS NOT NULL OR kept.{OVERFLOW} IS NULL)'
    else:
        return ""
    if is_dated:
        differs += f" AND kept.{_RECEIVED} = beside.{_RECEIVED}"
    return (
        f'{_joined(schema, table)} WHERE beside."{column}" IS NOT NULL AND {differs} AND beside.id NOT IN ('  # noqa: S608
        f" SELECT row_id FROM \"{schema}\".{REJECTS} WHERE table_name = '{table}' AND column_name = '{column}')"
    )


def _older(schema: str, table: str) -> str:
    """Return the query that counts the rows that are not as new as those beside them."""
    return f"{_joined(schema, table)} WHERE kept.{_RECEIVED} < beside.{_RECEIVED}"


def _joined(schema: str, table: str) -> str:
    return (
        f'SELECT count(*) FROM "{_BESIDE}"."{table}" AS beside JOIN "{schema}"."{table}" AS kept ON kept.id = beside.id'  # noqa: S608
    )
