"""Verification of a warehouse: the archive counted by DuckDB itself, beside the tables that we made of it.

Nothing of ours reads the events here but the names of tables: what is found is what another reader would find.
"""

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from catalogue.warehouses.duckdb.warehouse import DuckDb
from sluice.archive.reader import Archive, Item
from sluice.warehouses.names import identifier, snake_case
from sluice.warehouses.rows import TABLES

#: Tables with a row for each event of a type, and the type.
_OF_TYPES = {
    "tracks": "track",
    "identifies": "identify",
    "pages": "page",
    "screens": "screen",
    "groups": "group",
    "aliases": "alias",
}
_COLUMNS = "{type: 'VARCHAR', event: 'VARCHAR', messageId: 'VARCHAR', integrations: 'JSON'}"
#: Whether `integrations` lets an event in, as docs/warehouses.md says it.
_WANTED = """CASE
  WHEN json_type(integrations, '$.Warehouses') = 'BOOLEAN' THEN integrations->>'$.Warehouses' = 'true'
  WHEN json_type(integrations, '$.Warehouses.warehouseIds') = 'ARRAY'
    THEN list_contains(CAST(integrations->'$.Warehouses.warehouseIds' AS VARCHAR[]), '{name}')
  ELSE coalesce(integrations->>'$.Warehouses.all', integrations->>'$.Warehouses.All', 'true') <> 'false'
END"""


@dataclass(frozen=True, slots=True)
class Verdict:
    """`archived` ids of a table, and how many of them it has not, or has twice."""

    table: str
    archived: int
    missing: int
    twice: int

    @property
    def is_right(self) -> bool:
        return not self.missing and not self.twice


def verified(warehouse: DuckDb, name: str, schema: str, archive: Archive, items: list[Item]) -> Iterator[Verdict]:
    """Yield the verdict on each table that these files of the archive have rows in."""
    with tempfile.TemporaryDirectory() as folder:
        for number, item in enumerate(items):
            with (Path(folder) / f"{number}.json").open("wb") as file:
                file.writelines(line + b"\n" for line in archive.lines(item))
        read = f"read_json('{folder}/*.json', format = 'newline_delimited', columns = {_COLUMNS})"
        warehouse.query(
            f"CREATE OR REPLACE TEMP TABLE archived AS SELECT DISTINCT type, event, messageId AS id FROM {read}"  # noqa: S608
            f" WHERE {_WANTED.format(name=name)}"
        )
    there = set(warehouse.describe(schema))
    for table, kind in _OF_TYPES.items():
        yield from _verdict(warehouse, schema, table, f"type = '{kind}'", there)
    for (event,) in warehouse.query("SELECT DISTINCT event FROM archived WHERE type = 'track' ORDER BY 1")[1]:
        if snake := snake_case(event or ""):
            table = identifier(f"_{snake}" if snake in TABLES else snake, warehouse.dialect)
            said = (event or "").replace("'", "''")
            yield from _verdict(warehouse, schema, table, f"type = 'track' AND event = '{said}'", there)


def _verdict(warehouse: DuckDb, schema: str, table: str, where: str, there: set[str]) -> Iterator[Verdict]:
    ((archived,),) = warehouse.query(f"SELECT count(DISTINCT id) FROM archived WHERE {where}")[1]  # noqa: S608
    if not archived:
        return
    if table not in there:
        yield Verdict(table, archived, archived, 0)
        return
    whole = f'"{schema}"."{table}"'
    ((missing, twice),) = warehouse.query(
        f"SELECT count(*) FILTER (kept = 0), count(*) FILTER (kept > 1) FROM ("  # noqa: S608
        f" SELECT ids.id, count({whole}.id) AS kept FROM (SELECT DISTINCT id FROM archived WHERE {where}) AS ids"
        f" LEFT JOIN {whole} ON {whole}.id = ids.id GROUP BY ids.id)"
    )[1]
    yield Verdict(table, archived, missing, twice)
