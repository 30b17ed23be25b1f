"""Statements of ClickHouse's SQL: names are in backticks, and values are parameters or in a body of rows.

https://clickhouse.com/docs/sql-reference/statements
"""

from collections.abc import Iterable, Mapping
from datetime import datetime

from catalogue.warehouses.clickhouse.columns import MOMENT, Column
from catalogue.warehouses.clickhouse.dialect import DIALECT
from catalogue.warehouses.clickhouse.values import literal
from sluice.warehouses.rows import MERGED
from sluice.warehouses.warehouse import LOADS, REJECTS

#: Blocks whose tokens a table remembers. One that is replicated, as in ClickHouse Cloud, does so without being told.
#: https://clickhouse.com/docs/operations/settings/merge-tree-settings#non_replicated_deduplication_window
_REMEMBERS = "SETTINGS non_replicated_deduplication_window = 1000"
_REJECT_COLUMNS = ("table_name", "row_id", "column_name", "value", "reason", "file")
REJECTED: Mapping[str, Column] = dict.fromkeys(_REJECT_COLUMNS, Column("varchar", "plain"))
NOTED: Mapping[str, Column] = {
    "file": Column("varchar", "plain"),
    "events": Column("integer", "plain"),
    "rejects": Column("integer", "plain"),
}
#: The question which tables and columns there are. A column that ClickHouse makes of others is of no type of ours.
DESCRIBED = (
    "SELECT table, name, if(default_kind IN ('ALIAS', 'MATERIALIZED'), default_kind, type) AS kind FROM system.columns"
    " WHERE database = {schema:String} ORDER BY table, position"
)
#: The question which databases something was loaded into.
HAVING_LOADS = f"SELECT database FROM system.tables WHERE name = '{LOADS}' ORDER BY database"
quoted = DIALECT.quoted


def whole(schema: str, *table: str) -> str:
    return ".".join(map(quoted, (schema, *table)))


def kept(table: str) -> str:
    """Return the name of the table that holds the rows of one: those of the latest values are views of another."""
    return f"_sluice_{table}" if table in MERGED else table


def own_tables(schema: str) -> Iterable[str]:
    """Yield what makes a database, and our tables in it, if they are not there."""
    yield f"CREATE DATABASE IF NOT EXISTS {quoted(schema)}"
    yield (
        f"CREATE TABLE IF NOT EXISTS {whole(schema, LOADS)} (file String, events Int64, rejects Int64,"
        f" loaded_at {MOMENT} DEFAULT now64(6, 'UTC'))"
        f" ENGINE = ReplacingMergeTree(loaded_at) ORDER BY file {_REMEMBERS}"
    )
    declared = ", ".join(f"{name} {column.declared}" for name, column in REJECTED.items())
    yield (
        f"CREATE TABLE IF NOT EXISTS {whole(schema, REJECTS)} ({declared})"
        f" ENGINE = MergeTree ORDER BY (file, table_name, column_name) {_REMEMBERS}"
    )


def create_table(schema: str, table: str, columns: Mapping[str, Column]) -> str:
    """Return what makes a table.

    Rows of events lie in the order in which they were received, as questions about some days like it, and those that
    are there twice become one in time. Rows of the latest values lie by their ids, and become one row for each.
    https://clickhouse.com/docs/engines/table-engines/mergetree-family/replacingmergetree
    """
    declared = ", ".join(_declared(*each) for each in columns.items())
    if table in MERGED:
        engine = f"AggregatingMergeTree ORDER BY `id` {_REMEMBERS}"
    else:
        key = "(`received_at`, `id`)" if "received_at" in columns else "`id`"
        engine = f"ReplacingMergeTree ORDER BY {key} {_REMEMBERS}"
    return f"CREATE TABLE IF NOT EXISTS {whole(schema, kept(table))} ({declared}) ENGINE = {engine}"


def add_columns(schema: str, table: str, columns: Mapping[str, Column]) -> str:
    added = ", ".join(f"ADD COLUMN IF NOT EXISTS {_declared(*each)}" for each in columns.items())
    return f"ALTER TABLE {whole(schema, kept(table))} {added}"


def modify_columns(schema: str, table: str, columns: Mapping[str, Column]) -> str:
    modified = ", ".join(f"MODIFY COLUMN {_declared(*each)}" for each in columns.items())
    return f"ALTER TABLE {whole(schema, kept(table))} {modified}"


def create_view(schema: str, table: str, columns: Mapping[str, Column]) -> str:
    """Return what makes the view of a table of the latest values: one row for each id, whether merged by now or not."""
    selected = ", ".join(f"{_latest(name, column)} AS {quoted(name)}" for name, column in columns.items())
    return (
        f"CREATE OR REPLACE VIEW {whole(schema, table)} AS SELECT {selected}"
        f" FROM {whole(schema, kept(table))} AS kept GROUP BY kept.`id`"
    )


def _latest(name: str, column: Column) -> str:
    own = f"kept.{quoted(name)}"
    if name == "id":
        return own
    return f"tupleElement(max({own}), 'value')" if column.form == "timed" else f"max({own})"


def insert(schema: str, table: str, columns: Iterable[str]) -> str:
    """Return what puts in rows, as `values.binary` has them."""
    names = ", ".join(map(quoted, columns))
    return f"INSERT INTO {whole(schema, table)} ({names}) FORMAT RowBinaryWithNamesAndTypes"


def forget(schema: str, table: str) -> str:
    """Return what removes what one of our tables says of a file."""
    return f"DELETE FROM {whole(schema, table)} WHERE file = {{file:String}}"


def known_files(schema: str, *tables: str) -> str:
    """Return the question which of the files in `sent` our tables know, each with the index of the table."""
    return " UNION ALL ".join(
        f"SELECT DISTINCT {number} AS n, file FROM {whole(schema, table)} WHERE file IN (SELECT text FROM sent)"
        for number, table in enumerate(tables)
    )


def known_ids(number: int, schema: str, table: str, since: datetime | None) -> str:
    """Return the question which of the ids in `sent` with a number are in a table, in rows received `since` then."""
    window = "" if since is None else f" AND `received_at` >= {literal(since)}"
    return (
        f"SELECT DISTINCT {number} AS n, `id` FROM {whole(schema, kept(table))}"
        f" WHERE `id` IN (SELECT text FROM sent WHERE n = {number}){window}"
    )


def overflows(schema: str, table: str, column: str) -> str:
    """Return the question what the ids in `sent` have in a timed column, and when their rows were received."""
    return (
        f"SELECT `id`, max(kept.`received_at`), tupleElement(max(kept.{quoted(column)}), 'value') AS value"
        f" FROM {whole(schema, kept(table))} AS kept WHERE `id` IN (SELECT text FROM sent)"
        " GROUP BY `id` HAVING value IS NOT NULL"
    )


def _declared(name: str, column: Column) -> str:
    return f"{quoted(name)} {column.declared}"
