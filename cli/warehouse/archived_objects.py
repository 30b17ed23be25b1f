"""The objects of the archive as DuckDB reads them: of each the newest, by the tables that they belong into."""

from collections.abc import Iterator
from datetime import UTC
from typing import Any

from catalogue.warehouses.duckdb.literals import text
from catalogue.warehouses.duckdb.warehouse import DuckDb
from sluice.warehouses.batches import MAX_VALUES
from sluice.warehouses.names import Dialect, column_of
from sluice.warehouses.rows import object_table

_COLUMNS = "{collection: 'VARCHAR', id: 'VARCHAR', receivedAt: 'TIMESTAMP', properties: 'JSON'}"
_READ = """CREATE TABLE objects AS
  SELECT collection, id, receivedAt AS received_at, CAST(properties AS VARCHAR) AS fields
  FROM read_json('{folder}/*.json', format = 'newline_delimited', columns = {columns})"""
#: Of two that came in the same moment either may be the newest: their fields are compared if they are the same.
_NEWEST = """CREATE OR REPLACE TABLE newest AS
  SELECT id, received_at, CASE WHEN min(fields) = max(fields) THEN min(fields) END AS fields FROM (
    SELECT * FROM objects WHERE collection IN ({collections})
    QUALIFY received_at = max(received_at) OVER (PARTITION BY id)
  ) GROUP BY id, received_at"""
_NUMBERS = """SELECT newest.id, field.key, TRY_CAST(field.atom AS DOUBLE)
  FROM newest, json_each(CAST(newest.fields AS JSON)) AS field
  WHERE field.type IN ('UBIGINT', 'BIGINT', 'DOUBLE')"""
#: Columns that no property has.
_TAKEN = frozenset({"id", "received_at"})


def read(reader: DuckDb, folder: str) -> None:
    """Have a reader read the files of a folder."""
    reader.query(_READ.format(folder=folder, columns=_COLUMNS))


def tables(reader: DuckDb, dialect: Dialect) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Yield tables, as far as no event has their names, each with rows of an id, when it was received, and numbers."""
    collections: dict[str, list[str]] = {}
    for (collection,) in reader.query("SELECT DISTINCT collection FROM objects ORDER BY 1")[1]:
        collections.setdefault(object_table(collection, dialect), []).append(text(collection))
    for table, texts in collections.items():
        reader.query(_NEWEST.format(collections=", ".join(texts)))
        found = reader.query("SELECT id, received_at FROM newest")[1]
        rows: dict[str, dict[str, Any]] = {
            key: {"id": key, "received_at": received.replace(tzinfo=UTC)} for key, received in found
        }
        for key, field, number in reader.query(_NUMBERS)[1]:
            _, column = column_of("", field, dialect)
            if column and column not in _TAKEN and number is not None and len(rows[key]) < MAX_VALUES:
                rows[key].setdefault(column, number)
        yield table, list(rows.values())
