"""The comparison of a table with what another reader finds in the archive: ids, and numbers by their columns."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sluice.warehouses.batches import MAX_COLUMNS, OVERFLOW, Batch, TableBatch
from sluice.warehouses.column_types import ColumnType
from sluice.warehouses.warehouse import REJECTS, Warehouse

#: In SQL that every warehouse takes.
_COUNTED = """SELECT count(CASE WHEN there = 0 THEN 1 END), count(CASE WHEN there > 1 THEN 1 END) FROM (
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


@dataclass(frozen=True, slots=True)
class Comparison:
    """A table of a schema and its columns, beside what is `ours`: the schema where the ids and numbers sent are put."""

    warehouse: Warehouse
    ours: str
    schema: str
    table: str
    columns: Mapping[str, ColumnType]

    def verdict(self, rows: list[dict[str, Any]]) -> Verdict:
        """Return the verdict on the table by rows that each have an `id` and numbers.

        Rows of objects have `received_at` besides: only a row of the table that was received then has to have the
        numbers, for a newer one has others.
        """
        names = {name for row in rows for name in row} - {"id"}
        is_dated = _RECEIVED in names
        queries = {name: self._difference(name, is_dated=is_dated) for name in names - {_RECEIVED}}
        numbers = sorted(name for name, query in queries.items() if query)[:MAX_COLUMNS]
        needed: dict[str, ColumnType] = {"id": "varchar", **dict.fromkeys(numbers, "float")}
        if is_dated:
            needed[_RECEIVED] = "timestamp"
        self._put(needed, rows)
        ((missing, twice),) = self.warehouse.query(_COUNTED.format(beside=self._beside, kept=self._kept))[1]
        older = self._count(f"{self._joined} WHERE kept.{_RECEIVED} < beside.{_RECEIVED}") if is_dated else 0
        differ = sum(self._count(queries[name]) for name in numbers)
        return Verdict(self.table, len(rows), missing, twice, differ, older)

    def _put(self, columns: dict[str, ColumnType], rows: list[dict[str, Any]]) -> None:
        batch = TableBatch(columns, [{name: row[name] for name in row if name in columns} for row in rows])
        with self.warehouse.transaction():
            self.warehouse.change(self.ours, Batch({self.table: batch}, {self.table: columns}))
            self.warehouse.put(self.ours, Batch({self.table: batch}))

    def _count(self, query: str) -> int:
        ((count,),) = self.warehouse.query(query)[1]
        return int(count)

    @property
    def _beside(self) -> str:
        return self.warehouse.whole(self.ours, self.table)

    @property
    def _kept(self) -> str:
        return self.warehouse.whole(self.schema, self.table)

    @property
    def _joined(self) -> str:
        return f"SELECT count(*) FROM {self._beside} AS beside JOIN {self._kept} AS kept ON kept.id = beside.id"  # noqa: S608

    def _difference(self, column: str, *, is_dated: bool) -> str:
        """Return the query that counts the numbers of a column that the table has otherwise, and did not reject.

        There is none for a column of other values, and for one that is none because its values are beyond the most.
        """
        name = self.warehouse.dialect.quoted(column)
        if column not in self.columns:
            if OVERFLOW in self.columns:
                return ""
            differs = "true"
        elif self.columns[column] in ("integer", "float"):
            # ClickHouse compares an integer with a float digit by digit, and a float with a float as the others do.
            differs = f"(kept.{name} IS NULL OR kept.{name} + 0e0 <> beside.{name})"
            if OVERFLOW in self.columns:
                differs += f" AND (kept.{name} IS NOT NULL OR kept.{OVERFLOW} IS NULL)"
        else:
            return ""
        if is_dated:
            differs += f" AND kept.{_RECEIVED} = beside.{_RECEIVED}"
        rejects = self.warehouse.whole(self.schema, REJECTS)
        return (
            f"{self._joined} WHERE beside.{name} IS NOT NULL AND {differs} AND beside.id NOT IN ("  # noqa: S608
            f" SELECT row_id FROM {rejects} WHERE table_name = '{self.table}' AND column_name = '{column}')"
        )
