"""DuckDB: a warehouse in one file, on the machine that asks it. https://duckdb.org/docs/stable/"""

import tempfile
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

import duckdb
import orjson

from catalogue.warehouses.duckdb.dialect import DIALECT
from catalogue.warehouses.duckdb.literals import quoted, text, written
from catalogue.warehouses.duckdb.settings import Settings
from sluice.warehouses.batches import OVERFLOW, Batch, Reject, Schema, TableBatch, merged, once
from sluice.warehouses.column_types import ColumnType
from sluice.warehouses.names import Dialect
from sluice.warehouses.rows import MERGED
from sluice.warehouses.settings import Staging
from sluice.warehouses.warehouse import EVENTS_AT_ONCE, LOADS, REJECTS, UnavailableError, described

_TYPES: Mapping[ColumnType, str] = {
    "timestamp": "TIMESTAMP",
    "integer": "BIGINT",
    "float": "DOUBLE",
    "boolean": "BOOLEAN",
    "varchar": "VARCHAR",
}
_COLUMN_TYPES: Mapping[str, ColumnType] = {text: kind for kind, text in _TYPES.items()}
_LINES = orjson.OPT_PASSTHROUGH_DATETIME | orjson.OPT_APPEND_NEWLINE
_OURS = f"""
CREATE TABLE IF NOT EXISTS {{schema}}.{LOADS} (
  file VARCHAR PRIMARY KEY, events BIGINT, rejects BIGINT, loaded_at TIMESTAMP DEFAULT current_timestamp::TIMESTAMP
);
CREATE TABLE IF NOT EXISTS {{schema}}.{REJECTS} (
  table_name VARCHAR, row_id VARCHAR, column_name VARCHAR, value VARCHAR, reason VARCHAR, file VARCHAR
);
"""


def connect(settings: Settings, _: Staging | None = None) -> "DuckDb":
    """Open the file. Raises UnavailableError, as long as somebody else has it open."""
    try:
        return DuckDb(settings.path)
    except duckdb.IOException as error:
        raise UnavailableError("the file cannot be opened; another process may have it") from error


class DuckDb:
    """A file of DuckDB. Only one process may have it open for writing."""

    dialect: Dialect = DIALECT
    events_at_once = EVENTS_AT_ONCE
    is_queryable = True

    def __init__(self, path: Path | str) -> None:
        self._connection = duckdb.connect(str(path))
        self._connection.execute("SET TimeZone = 'UTC'")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def whole(self, schema: str, *table: str) -> str:
        return ".".join(map(quoted, (schema, *table)))

    def schemas(self) -> list[str]:
        query = "SELECT DISTINCT table_schema FROM information_schema.tables WHERE table_name = ? ORDER BY 1"
        return [name for (name,) in self._connection.execute(query, [LOADS]).fetchall()]

    def loaded(self, schema: str, files: Collection[str]) -> set[str]:
        if LOADS not in self._tables(schema):
            return set()
        query = f"SELECT file FROM {quoted(schema)}.{LOADS} WHERE list_contains(?, file)"
        return {file for (file,) in self._connection.execute(query, [list(files)]).fetchall()}

    def describe(self, schema: str) -> Schema:
        query = (
            "SELECT table_name, column_name, data_type FROM information_schema.columns"
            " WHERE table_schema = ? ORDER BY ordinal_position"
        )
        return described(self._connection.execute(query, [schema]).fetchall(), _COLUMN_TYPES)

    def put(self, schema: str, batch: Batch) -> Mapping[str, int]:
        return {table: self._put(schema, table, each) for table, each in batch.tables.items()}

    def note(self, schema: str, file: str, events: int, rejects: Sequence[Reject]) -> None:
        self._own_tables(schema)
        self._connection.execute(f"DELETE FROM {quoted(schema)}.{REJECTS} WHERE file = ?", [file])
        if rejects:
            rows = [
                {
                    "table_name": each.table, "row_id": each.row, "column_name": each.column, "value": each.value,
                    "reason": each.reason, "file": file,
                }
                for each in rejects
            ]  # fmt: skip
            self._insert(f"{quoted(schema)}.{REJECTS}", dict.fromkeys(rows[0], "varchar"), rows)
        noted = f"INSERT OR REPLACE INTO {quoted(schema)}.{LOADS} (file, events, rejects) VALUES (?, ?, ?)"
        self._connection.execute(noted, [file, events, len(rejects)])

    def query(self, text: str) -> tuple[list[str], list[tuple[Any, ...]]]:
        """Return the columns of an answer, and its rows."""
        answer = self._connection.execute(text)
        return [each[0] for each in answer.description or ()], answer.fetchall()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        self._connection.begin()
        try:
            yield
        except BaseException:
            self._connection.rollback()
            raise
        self._connection.commit()

    def _tables(self, schema: str) -> set[str]:
        query = "SELECT table_name FROM information_schema.tables WHERE table_schema = ?"
        return {table for (table,) in self._connection.execute(query, [schema]).fetchall()}

    def _own_tables(self, schema: str) -> None:
        self._connection.execute(f"CREATE SCHEMA IF NOT EXISTS {quoted(schema)}")
        self._connection.execute(_OURS.format(schema=quoted(schema)))

    def change(self, schema: str, batch: Batch) -> None:
        inside = quoted(schema)
        self._own_tables(schema)
        there = self._tables(schema)
        for table, columns in batch.added.items():
            whole = f"{inside}.{quoted(table)}"
            if table not in there:
                declared = ", ".join(f"{quoted(name)} {_TYPES[kind]}" for name, kind in columns.items())
                self._connection.execute(f"CREATE TABLE {whole} ({declared})")
                continue
            for name, kind in columns.items():
                self._connection.execute(f"ALTER TABLE {whole} ADD COLUMN {quoted(name)} {_TYPES[kind]}")
        for table, names in batch.widened.items():
            for name in names:
                self._connection.execute(
                    f"ALTER TABLE {inside}.{quoted(table)} ALTER COLUMN {quoted(name)} TYPE {_TYPES['float']}"
                )

    def _put(self, schema: str, table: str, batch: TableBatch) -> int:
        """Put rows into a table; return how many are new. What is there already stays, or is merged."""
        whole = f"{quoted(schema)}.{quoted(table)}"
        if table in MERGED:
            return self._merge(whole, batch)
        return self._insert(whole, batch.columns, once(batch.rows), f"id NOT IN (SELECT id FROM {whole})")

    def _merge(self, whole: str, batch: TableBatch) -> int:
        """Each column of a row becomes what was received last; what is older fills what is empty."""

        def overflows(ids: list[Any]) -> list[tuple[Any, datetime, str]]:
            kept = f"FROM {whole} WHERE list_contains(?, id) AND {OVERFLOW} IS NOT NULL"
            found = self._connection.execute(f"SELECT id, received_at, {OVERFLOW} {kept}", [ids]).fetchall()
            return [(key, at.replace(tzinfo=UTC), text) for key, at, text in found]

        rows = merged(batch.rows, overflows)
        self._connection.execute(f"CREATE TEMP TABLE staged AS SELECT * FROM {whole} LIMIT 0")
        self._insert("staged", batch.columns, rows)
        names = [quoted(name) for name in batch.columns if name not in ("id", "received_at", OVERFLOW)]
        values = "".join(
            f"{name} = CASE WHEN staged.received_at >= kept.received_at THEN coalesce(staged.{name}, kept.{name})"
            f" ELSE coalesce(kept.{name}, staged.{name}) END, "
            for name in names
        )
        if OVERFLOW in batch.columns:
            values += f"{OVERFLOW} = coalesce(staged.{OVERFLOW}, kept.{OVERFLOW}), "
        self._connection.execute(
            f"UPDATE {whole} AS kept SET {values}received_at = greatest(kept.received_at, staged.received_at)"
            " FROM staged WHERE kept.id = staged.id"
        )
        added = f"INSERT INTO {whole} BY NAME SELECT * FROM staged WHERE id NOT IN (SELECT id FROM {whole})"
        (new,) = self._connection.execute(added).fetchall()[0]
        self._connection.execute("DROP TABLE staged")
        return int(new)

    def _insert(
        self, whole: str, columns: Mapping[str, ColumnType], rows: Iterable[Mapping[str, Any]], where: str = "true"
    ) -> int:
        """Insert rows by way of a file of JSON lines, which DuckDB reads many times as fast as parameters."""
        with tempfile.NamedTemporaryFile(suffix=".json") as file:
            for row in rows:
                file.write(orjson.dumps(row, default=written, option=_LINES))
            file.flush()
            if not file.tell():
                return 0
            declared = ", ".join(f"{text(name)}: {text(_TYPES[kind])}" for name, kind in columns.items())
            read = f"read_json({text(file.name)}, format = 'newline_delimited', columns = {{{declared}}})"
            answer = self._connection.execute(f"INSERT INTO {whole} BY NAME SELECT * FROM {read} WHERE {where}")
            return int(answer.fetchall()[0][0])
