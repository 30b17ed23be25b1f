"""Statements of Snowflake's SQL: names are upper case in quotation marks, and values are parameters or in files.

https://docs.snowflake.com/en/sql-reference-commands
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from catalogue.warehouses.snowflake.dialect import DIALECT
from sluice.warehouses.batches import OVERFLOW
from sluice.warehouses.column_types import ColumnType
from sluice.warehouses.engines.pending import Change, Pending
from sluice.warehouses.warehouse import LOADS, REJECTS

#: Of each schema: one row, which every transaction changes, and what it has before the first.
TURN, NOBODY = "_sluice_turn", "nobody"
#: Where files wait for COPY: of the session, with which it goes.
STAGE = "_SLUICE_STAGE"
#: https://segment.com/docs/connections/storage/catalog/snowflake/
TYPES: Mapping[ColumnType, str] = {
    "timestamp": "TIMESTAMP_TZ",
    "integer": "NUMBER(38,0)",
    "float": "FLOAT",
    "boolean": "BOOLEAN",
    "varchar": "VARCHAR",
}
#: What `information_schema` calls them. Times without a zone, and those of the session, take ours in UTC as well.
COLUMN_TYPES: Mapping[str, ColumnType] = {
    "TIMESTAMP_TZ": "timestamp",
    "TIMESTAMP_NTZ": "timestamp",
    "TIMESTAMP_LTZ": "timestamp",
    "NUMBER": "integer",
    "FLOAT": "float",
    "BOOLEAN": "boolean",
    "TEXT": "varchar",
}
REJECT_COLUMNS: Mapping[str, ColumnType] = dict.fromkeys(
    ("table_name", "row_id", "column_name", "value", "reason", "file"), "varchar"
)
quoted = DIALECT.quoted


def whole(schema: str, *table: str) -> str:
    return ".".join(map(quoted, (schema, *table)))


def own_tables(schema: str) -> Iterator[str]:
    """Yield what makes a schema and our tables in it, if they are not there."""
    turn = whole(schema, TURN)
    yield f"CREATE SCHEMA IF NOT EXISTS {quoted(schema)}"
    yield (
        f"CREATE TABLE IF NOT EXISTS {whole(schema, LOADS)} (FILE VARCHAR, EVENTS NUMBER(38,0), REJECTS NUMBER(38,0),"
        " LOADED_AT TIMESTAMP_TZ)"
    )
    columns = ", ".join(f"{name.upper()} VARCHAR" for name in REJECT_COLUMNS)
    yield f"CREATE TABLE IF NOT EXISTS {whole(schema, REJECTS)} ({columns})"
    yield f"CREATE TABLE IF NOT EXISTS {turn} (TURN VARCHAR)"
    yield f"INSERT INTO {turn} (TURN) SELECT '{NOBODY}' WHERE NOT EXISTS (SELECT 1 FROM {turn})"


def take_turn(schema: str, rows: int) -> str:
    """Return what changes the turn: its parameters are the new one, and the one of each row that was read."""
    return f"UPDATE {whole(schema, TURN)} SET TURN = ? WHERE TURN IN ({', '.join('?' * rows)})"


def declarations(pending: Pending) -> Iterator[str]:
    """Yield what makes the tables and columns that are missing."""
    for table, columns in pending.added.items():
        declared = [f"{quoted(name)} {TYPES[kind]}" for name, kind in columns.items()]
        name = whole(pending.schema, table)
        if table in pending.there:
            yield f"ALTER TABLE {name} ADD COLUMN {', '.join(declared)}"
        else:
            yield f"CREATE TABLE IF NOT EXISTS {name} ({', '.join(declared)})"


def create_staged(staged: str, columns: Mapping[str, ColumnType]) -> str:
    """Return what makes a table for rows to be copied into: its columns are called as no other can be.

    It is gone with its session, or when the next transaction has one of its name.
    """
    declared = ", ".join(f"{_staged(at)} {TYPES[kind]}" for at, kind in enumerate(columns.values()))
    return f"CREATE OR REPLACE TEMPORARY TABLE {staged} ({declared})"


def put(path: str) -> str:
    """Return what uploads a file of gzip. Raises ValueError for a path that would end its quotation marks."""
    if "'" in path or "\\" in path:
        raise ValueError("a path has a quotation mark or a backslash")
    return f"PUT 'file://{path}' @{STAGE} AUTO_COMPRESS = FALSE SOURCE_COMPRESSION = GZIP OVERWRITE = TRUE"


def copy(staged: str, file: str) -> str:
    """Return what copies a file of CSV into a table: what is empty is NULL, unless it is in quotation marks.

    A backslash is a character like any other, and so is `\\N`.
    https://docs.snowflake.com/en/sql-reference/sql/copy-into-table#type-csv
    """
    return (
        f"COPY INTO {staged} FROM @{STAGE}/{file} FILE_FORMAT = (TYPE = CSV COMPRESSION = GZIP"
        " FIELD_OPTIONALLY_ENCLOSED_BY = '\"' ESCAPE_UNENCLOSED_FIELD = NONE NULL_IF = () EMPTY_FIELD_AS_NULL = TRUE)"
        " ON_ERROR = ABORT_STATEMENT PURGE = TRUE"
    )


def drop_known(staged: str, target: str, columns: Sequence[str], *, is_windowed: bool) -> str:
    """Return what takes those rows out of a staged table whose ids are in another one; `since` is a parameter."""
    since = f" AND {quoted('received_at')} >= CAST(? AS TIMESTAMP_TZ)" if is_windowed else ""
    return f"DELETE FROM {staged} USING {target} WHERE {_same(columns)}{since}"


def count_known(staged: str, target: str) -> str:
    """Return what counts the ids in the first column of a staged table that are in another one."""
    return f"SELECT COUNT(*) FROM {target} JOIN {staged} ON {_same(['id'])}"


def overflows(staged: str, target: str) -> str:
    """Return what asks for the overflows of those ids."""
    names = ", ".join(map(quoted, ("id", "received_at", OVERFLOW)))
    return f"SELECT {names} FROM {target} JOIN {staged} ON {_same(['id'])} WHERE {quoted(OVERFLOW)} IS NOT NULL"


def insert(target: str, staged: str, columns: Iterable[str], where: str = "") -> str:
    """Return what puts staged rows into a table."""
    names = list(columns)
    values = ", ".join(map(_staged, range(len(names))))
    return f"INSERT INTO {target} ({', '.join(map(quoted, names))}) SELECT {values} FROM {staged}{where}"


def merge(schema: str, table: str, staged: str, columns: Sequence[str]) -> Iterator[str]:
    """Yield what merges staged rows into those with their ids: of each column the value that was received last.

    What is older fills what is empty. An overflow is merged already.
    """
    target, new = whole(schema, table), {name: _staged(at) for at, name in enumerate(columns)}
    at, newest = f"{quoted(table)}.{quoted('received_at')}", new["received_at"]
    merged: list[str] = []
    for name, value in new.items():
        column, old = quoted(name), f"{quoted(table)}.{quoted(name)}"
        if name == OVERFLOW:
            merged.append(f"{column} = COALESCE({value}, {old})")
        elif name not in ("id", "received_at"):
            latest = f"CASE WHEN {newest} >= {at} THEN COALESCE({value}, {old}) ELSE COALESCE({old}, {value}) END"
            merged.append(f"{column} = {latest}")
    merged.append(f"{quoted('received_at')} = GREATEST({at}, {newest})")
    yield f"UPDATE {target} SET {', '.join(merged)} FROM {staged} WHERE {_same(columns)}"
    yield insert(target, staged, columns, f" LEFT JOIN {target} ON {_same(columns)} WHERE {quoted('id')} IS NULL")


def _staged(at: int) -> str:
    """Return the name of a column of a staged table. No property's begins with two underscores."""
    return f"__C{at}"


def _same(columns: Sequence[str]) -> str:
    return f"{quoted('id')} = {_staged(columns.index('id'))}"


def forget(schema: str, file: str) -> Iterator[Change]:
    """Yield what removes the note of a file, and what of it had no column."""
    for table in (LOADS, REJECTS):
        yield Change(table, f"DELETE FROM {whole(schema, table)} WHERE FILE = ?", (file,))


def note(schema: str, file: str, events: int, rejects: int) -> Change:
    """Return what notes that a file is loaded."""
    noted = f"INSERT INTO {whole(schema, LOADS)} (FILE, EVENTS, REJECTS, LOADED_AT) SELECT ?, ?, ?, CURRENT_TIMESTAMP()"
    return Change(LOADS, noted, (file, events, rejects))
