"""Verification of a warehouse: the archive read by DuckDB itself, beside the tables that we made of it.

Nothing of ours reads the events here but the names of tables and columns: what is found is what another reader finds.
"""

import tempfile
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from catalogue.warehouses.duckdb.warehouse import DuckDb
from cli.warehouse.beside import beside
from sluice.archive.reader import Archive, Item
from sluice.warehouses.batches import MAX_COLUMNS, MAX_TABLES, MAX_VALUES, OVERFLOW, Batch, TableBatch
from sluice.warehouses.column_types import ColumnType
from sluice.warehouses.names import Dialect, column_of
from sluice.warehouses.rows import OF_CALLS, TABLES, event_table
from sluice.warehouses.selection import Selection
from sluice.warehouses.warehouse import REJECTS, Target, Warehouse

_COLUMNS = """{
  type: 'VARCHAR', event: 'VARCHAR', messageId: 'VARCHAR', integrations: 'JSON', properties: 'JSON', traits: 'JSON'
}"""
#: An event that is there twice has fields to compare only if they are the same: either of the two may have been first.
_ARCHIVED = """CREATE TABLE archived AS
  SELECT type, event, id, CASE WHEN min(fields) = max(fields) THEN min(fields) END AS fields
  FROM (
    SELECT type, coalesce(event, '') AS event, messageId AS id, CAST(coalesce(properties, traits) AS VARCHAR) AS fields
    FROM read_json('{folder}/*.json', format = 'newline_delimited', columns = {columns}) WHERE {wanted}
  ) GROUP BY ALL"""
_NUMBERS = """SELECT archived.id, field.key, TRY_CAST(field.atom AS DOUBLE)
  FROM archived, json_each(CAST(archived.fields AS JSON)) AS field
  WHERE {where} AND field.type IN ('UBIGINT', 'BIGINT', 'DOUBLE')"""
#: In SQL that every warehouse takes.
_COUNTED = """SELECT count(CASE WHEN there = 0 THEN 1 END), count(CASE WHEN there > 1 THEN 1 END) FROM (
    SELECT beside.id, count(kept.id) AS there FROM {beside} AS beside LEFT JOIN {kept} AS kept ON kept.id = beside.id
    GROUP BY beside.id
  ) AS counted"""
#: Whether `integrations` lets an event in, as docs/warehouses.md says it.
_WANTED = """CASE
  WHEN json_type(integrations, '$.Warehouses') = 'BOOLEAN' THEN integrations->>'$.Warehouses' = 'true'
  WHEN json_type(integrations, '$.Warehouses.warehouseIds') = 'ARRAY'
    THEN list_has_any(CAST(integrations->'$.Warehouses.warehouseIds' AS VARCHAR[]), [{names}])
  ELSE coalesce(integrations->>'$.Warehouses.all', integrations->>'$.Warehouses.All', 'true') <> 'false'
END"""


@dataclass(frozen=True, slots=True)
class Verdict:
    """`archived` ids of a table, how many of them it has not or has twice, and how many numbers `differ`.

    A number that was rejected does not differ: `sluice warehouse status` counts it.
    """

    table: str
    archived: int
    missing: int
    twice: int
    differ: int

    @property
    def is_right(self) -> bool:
        return not (self.missing or self.twice or self.differ)

    def __str__(self) -> str:
        if self.is_right:
            return f"{self.table}: {self.archived:,} in the archive, all there, once"
        wrong = f"{self.missing:,} missing, {self.twice:,} twice, {self.differ:,} numbers differ"
        return f"{self.table}: {self.archived:,} in the archive, {wrong}"


def verified(warehouse: Warehouse, target: Target, archive: Archive, items: list[Item]) -> Iterator[Verdict]:
    """Yield the verdict on each table that these files of the archive have rows in, but for what is left out."""
    there = warehouse.describe(target.schema)
    left_out = target.selection or Selection()
    with DuckDb(":memory:") as reader, beside(warehouse, "verification") as ours:
        _read(reader, target.names, archive, items)
        for table, where in _tables(reader, warehouse.dialect):
            if table in left_out.tables:
                continue
            rows = _rows(reader, table, where, warehouse.dialect)
            for column in left_out.of_table(table):
                for row in rows:
                    row.pop(column, None)
            if rows and table in there:
                yield _Comparison(warehouse, ours, target.schema, table, there[table]).verdict(rows)
            elif rows and len(there) < MAX_TABLES - len(TABLES):  # else its events are in `tracks` alone
                yield Verdict(table, len(rows), len(rows), 0, 0)


def _read(reader: DuckDb, names: Collection[str], archive: Archive, items: list[Item]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        for number, item in enumerate(items):
            with (Path(folder) / f"{number}.json").open("wb") as file:
                file.writelines(line + b"\n" for line in archive.lines(item))
        quoted = ", ".join("'" + name.replace("'", "''") + "'" for name in names)
        reader.query(_ARCHIVED.format(folder=folder, columns=_COLUMNS, wanted=_WANTED.format(names=quoted)))


def _tables(reader: DuckDb, dialect: Dialect) -> Iterator[tuple[str, str]]:
    """Yield tables, and which events they have rows of. Events whose names become one share a table."""
    for kind, table in OF_CALLS.items():
        yield table, f"archived.type = '{kind}'"
    texts: dict[str, list[str]] = {}
    for (event,) in reader.query("SELECT DISTINCT event FROM archived WHERE type = 'track' ORDER BY 1")[1]:
        if table := event_table(event, dialect):
            texts.setdefault(table, []).append("'" + event.replace("'", "''") + "'")
    for table, events in texts.items():
        yield table, f"archived.type = 'track' AND event IN ({', '.join(events)})"


def _rows(reader: DuckDb, table: str, where: str, dialect: Dialect) -> list[dict[str, Any]]:
    """Return ids, each with the numbers among its fields by their columns."""
    query = f"SELECT DISTINCT id FROM archived WHERE {where}"  # noqa: S608
    rows: dict[str, dict[str, Any]] = {key: {"id": key} for (key,) in reader.query(query)[1]}
    if table != "tracks":  # has no property
        for key, field, number in reader.query(_NUMBERS.format(where=where))[1]:
            _, column = column_of("", field, dialect)
            if column and column != "id" and number is not None and len(rows[key]) < MAX_VALUES:
                rows[key].setdefault(column, number)
    return list(rows.values())


@dataclass(frozen=True, slots=True)
class _Comparison:
    """A table of a schema and its columns, beside what is `ours`: the schema where the ids and numbers sent are put."""

    warehouse: Warehouse
    ours: str
    schema: str
    table: str
    columns: Mapping[str, ColumnType]

    def verdict(self, rows: list[dict[str, Any]]) -> Verdict:
        queries = {name: self._difference(name) for name in {name for row in rows for name in row} - {"id"}}
        numbers = sorted(name for name, query in queries.items() if query)[:MAX_COLUMNS]
        needed: dict[str, ColumnType] = {"id": "varchar", **dict.fromkeys(numbers, "float")}
        batch = TableBatch(needed, [{name: row[name] for name in row if name in needed} for row in rows])
        with self.warehouse.transaction():
            self.warehouse.change(self.ours, Batch({self.table: batch}, {self.table: needed}))
            self.warehouse.put(self.ours, Batch({self.table: batch}))
        ((missing, twice),) = self.warehouse.query(_COUNTED.format(beside=self._beside, kept=self._kept))[1]
        differ = sum(self.warehouse.query(queries[name])[1][0][0] for name in numbers)
        return Verdict(self.table, len(rows), missing, twice, differ)

    @property
    def _beside(self) -> str:
        return self.warehouse.whole(self.ours, self.table)

    @property
    def _kept(self) -> str:
        return self.warehouse.whole(self.schema, self.table)

    def _difference(self, column: str) -> str:
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
        rejects = self.warehouse.whole(self.schema, REJECTS)
        return (
            f"SELECT count(*) FROM {self._beside} AS beside JOIN {self._kept} AS kept ON kept.id = beside.id"  # noqa: S608
            f" WHERE beside.{name} IS NOT NULL AND {differs} AND beside.id NOT IN ("
            f" SELECT row_id FROM {rejects} WHERE table_name = '{self.table}' AND column_name = '{column}')"
        )
