"""Verification of a warehouse: the archive read by DuckDB itself, beside the tables that we made of it.

Nothing of ours reads the events here but the names of tables and columns: what is found is what another reader finds.
"""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from catalogue.warehouses.duckdb.literals import text
from catalogue.warehouses.duckdb.warehouse import DuckDb
from cli.warehouse import archived_objects
from cli.warehouse.beside import beside
from cli.warehouse.comparison import Comparison, Verdict
from sluice.archive.reader import Archive, Item
from sluice.warehouses.batches import MAX_TABLES, MAX_VALUES
from sluice.warehouses.file_list import area_of
from sluice.warehouses.names import Dialect, column_of
from sluice.warehouses.rows import OF_CALLS, TABLES, Places, event_table
from sluice.warehouses.selection import Selection
from sluice.warehouses.warehouse import Target, Warehouse

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
#: Whether `integrations` lets an event in, as docs/warehouses.md says it.
_WANTED = """CASE
  WHEN json_type(integrations, '$.Warehouses') = 'BOOLEAN' THEN integrations->>'$.Warehouses' = 'true'
  WHEN json_type(integrations, '$.Warehouses.warehouseIds') = 'ARRAY'
    THEN list_has_any(CAST(integrations->'$.Warehouses.warehouseIds' AS VARCHAR[]), [{names}])
  ELSE coalesce(integrations->>'$.Warehouses.all', integrations->>'$.Warehouses.All', 'true') <> 'false'
END"""


def verified(warehouse: Warehouse, target: Target, archive: Archive, items: list[Item]) -> Iterator[Verdict]:
    """Yield the verdict on each table that these files of the archive have rows in, but for what is left out."""
    there = warehouse.describe(target.schema)
    places = Places(there, warehouse.dialect)
    left_out = target.selection or Selection()
    with beside(warehouse, "verification") as ours:
        for name, is_object, rows in _archived(warehouse.dialect, target, archive, items):
            table = places.table(name, is_object=is_object)
            if {name, table} & set(left_out.tables):
                continue
            for column in (*left_out.of_table(name), *left_out.of_table(table)):
                for row in rows:
                    row.pop(column, None)
            if rows and table in there:
                yield Comparison(warehouse, ours, target.schema, table, there[table]).verdict(rows)
            elif rows and len(there) < MAX_TABLES - len(TABLES):  # else its events are in `tracks` alone
                yield Verdict(table, len(rows), len(rows), 0, 0)


def _archived(
    dialect: Dialect, target: Target, archive: Archive, items: list[Item]
) -> Iterator[tuple[str, bool, list[dict[str, Any]]]]:
    """Yield tables, whether each is one of objects, and what the archive has for it."""
    areas = [[item for item in items if area_of(item.key) == area] for area in ("events", "objects")]
    with DuckDb(":memory:") as reader:
        if areas[0]:
            with _files(archive, areas[0]) as folder:
                wanted = _WANTED.format(names=", ".join(map(text, target.names)))
                reader.query(_ARCHIVED.format(folder=folder, columns=_COLUMNS, wanted=wanted))
            for table, where in _tables(reader, dialect):
                yield table, False, _rows(reader, table, where, dialect)
        if areas[1]:
            with _files(archive, areas[1]) as folder:
                archived_objects.read(reader, folder)
            for table, rows in archived_objects.tables(reader, dialect):
                yield table, True, rows


@contextmanager
def _files(archive: Archive, items: list[Item]) -> Iterator[str]:
    """Have the documents of files in a folder."""
    with tempfile.TemporaryDirectory() as folder:
        for number, item in enumerate(items):
            with (Path(folder) / f"{number}.json").open("wb") as file:
                file.writelines(line + b"\n" for line in archive.lines(item))
        yield folder


def _tables(reader: DuckDb, dialect: Dialect) -> Iterator[tuple[str, str]]:
    """Yield tables, and which events they have rows of. Events whose names become one share a table."""
    for kind, table in OF_CALLS.items():
        yield table, f"archived.type = '{kind}'"
    texts: dict[str, list[str]] = {}
    for (event,) in reader.query("SELECT DISTINCT event FROM archived WHERE type = 'track' ORDER BY 1")[1]:
        if table := event_table(event, dialect):
            texts.setdefault(table, []).append(text(event))
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
