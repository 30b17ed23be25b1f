"""Statements of BigQuery's SQL: names are in backticks, and values are parameters or in staged tables.

https://docs.cloud.google.com/bigquery/docs/reference/standard-sql/introduction
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from catalogue.warehouses.bigquery.dialect import DIALECT
from catalogue.warehouses.bigquery.errors import OVERTAKEN
from sluice.warehouses.batches import OVERFLOW
from sluice.warehouses.column_types import ColumnType
from sluice.warehouses.engines.pending import Change, Pending
from sluice.warehouses.rows import MERGED
from sluice.warehouses.warehouse import LOADS, REJECTS

#: Bytes of a script, below the most of 1 MB, and tables that a transaction changes, below the most of 100.
#: https://docs.cloud.google.com/bigquery/quotas#query_jobs
MAX_SCRIPT, _MAX_TABLES = 900_000, 90
#: Of each dataset: one row, which every transaction changes, and what it has before the first.
TURN, NOBODY = "_sluice_turn", "nobody"
TYPES: Mapping[ColumnType, str] = {
    "timestamp": "TIMESTAMP",
    "integer": "INT64",
    "float": "FLOAT64",
    "boolean": "BOOL",
    "varchar": "STRING",
}
COLUMN_TYPES: Mapping[str, ColumnType] = {text: kind for kind, text in TYPES.items()}
quoted = DIALECT.quoted
REJECT_COLUMNS: Mapping[str, ColumnType] = dict.fromkeys(
    ("table_name", "row_id", "column_name", "value", "reason", "file"), "varchar"
)


def whole(*names: str) -> str:
    """Return the name of a table with its project and dataset, or of a dataset with its project."""
    return ".".join(map(quoted, names))


def own_tables(dataset: str) -> str:
    """Return what makes our tables in a dataset, if they are not there. `dataset` is quoted, here as below."""
    return (
        f"CREATE TABLE IF NOT EXISTS {dataset}.`{LOADS}` (file STRING, events INT64, rejects INT64,"
        " loaded_at TIMESTAMP);\n"
        f"CREATE TABLE IF NOT EXISTS {dataset}.`{REJECTS}` (table_name STRING, row_id STRING, column_name STRING,"
        " value STRING, reason STRING, file STRING);\n"
        f"CREATE TABLE IF NOT EXISTS {dataset}.`{TURN}` AS SELECT '{NOBODY}' AS turn;"
    )


def create_table(table: str, columns: Mapping[str, ColumnType], *, is_partitioned: bool) -> str:
    """Return what makes a table: rows lie by their id, and by the day on which they were received if that is wanted."""
    declared = ", ".join(_declared(*each) for each in columns.items())
    by_day = columns.get("received_at") == "timestamp" and is_partitioned
    partition = " PARTITION BY TIMESTAMP_TRUNC(`received_at`, DAY)" if by_day else ""
    cluster = " CLUSTER BY `id`" if "id" in columns else ""
    return f"CREATE TABLE IF NOT EXISTS {table} ({declared}){partition}{cluster};"


def add_columns(table: str, columns: Mapping[str, ColumnType]) -> str:
    """Return what adds columns, all at once: a table takes five such statements in ten seconds."""
    added = ", ".join(f"ADD COLUMN IF NOT EXISTS {_declared(*each)}" for each in columns.items())
    return f"ALTER TABLE {table} {added};"


def widen(table: str, column: str) -> str:
    """Return what makes a column of integers one of floats, in place."""
    return f"ALTER TABLE {table} ALTER COLUMN {quoted(column)} SET DATA TYPE {TYPES['float']};"


def declarations(pending: Pending, name_of: Mapping[str, str]) -> Iterator[str]:
    """Yield what makes tables and columns. `name_of` has the whole names of tables."""
    for table, columns in pending.added.items():
        if table in pending.there:
            yield add_columns(name_of[table], columns)
        else:
            yield create_table(name_of[table], columns, is_partitioned=table not in MERGED)
    for table, names in pending.widened.items():
        for name in sorted(names):
            yield widen(name_of[table], name)


def _declared(name: str, kind: ColumnType) -> str:
    return f"{quoted(name)} {TYPES[kind]}"


def insert(table: str, staged: str, columns: Iterable[str]) -> str:
    """Return what puts staged rows into a table."""
    names = list(columns)
    values = ", ".join(f"c{at}" for at in range(len(names)))
    return f"INSERT INTO {table} ({', '.join(map(quoted, names))}) SELECT {values} FROM {staged};"


def merge(table: str, staged: str, columns: Sequence[str]) -> str:
    """Return what merges staged rows into those with their ids: of each column the value that was received last.

    What is older fills what is empty. An overflow is merged already. No column can be called like `_kept` or `_staged`.
    """
    new = {name: f"_staged.c{at}" for at, name in enumerate(columns)}
    newest = f"{new['received_at']} >= _kept.`received_at`"
    merged: list[str] = []
    for name, value in new.items():
        old = f"_kept.{quoted(name)}"
        if name == OVERFLOW:
            merged.append(f"{quoted(name)} = COALESCE({value}, {old})")
        elif name not in ("id", "received_at"):
            merged.append(f"{quoted(name)} = IF({newest}, COALESCE({value}, {old}), COALESCE({old}, {value}))")
    merged.append(f"`received_at` = GREATEST(_kept.`received_at`, {new['received_at']})")
    return (
        f"MERGE INTO {table} AS _kept USING {staged} AS _staged ON _kept.`id` = {new['id']}"
        f" WHEN MATCHED THEN UPDATE SET {', '.join(merged)}"
        f" WHEN NOT MATCHED THEN INSERT ({', '.join(map(quoted, new))}) VALUES ({', '.join(new.values())});"
    )


def forget(dataset: str) -> Iterator[Change]:
    """Yield what removes the note of a file, and what of it had no column."""
    for table in (LOADS, REJECTS):
        yield Change(table, f"DELETE FROM {dataset}.`{table}` WHERE file = @file;")


def note(dataset: str) -> Change:
    """Return what notes that a file is loaded."""
    values = "(@file, @events, @rejects, CURRENT_TIMESTAMP())"
    return Change(LOADS, f"INSERT INTO {dataset}.`{LOADS}` (file, events, rejects, loaded_at) VALUES {values};")


def transaction(dataset: str, changes: Iterable[Change]) -> str:
    """Return the script of a transaction: all of it is there, or nothing.

    BigQuery lets transactions that only insert run at the same time. So each changes the one row of a table: of two at
    once, one is aborted. One that began before another was committed finds another turn there than it has read.
    https://docs.cloud.google.com/bigquery/docs/transactions#transaction_concurrency
    """
    return "\n".join([
        "BEGIN TRANSACTION;",
        f"UPDATE {dataset}.`{TURN}` SET turn = @turn WHERE turn = @before;",
        f"IF @@row_count != 1 THEN RAISE USING MESSAGE = '{OVERTAKEN}'; END IF;",
        *(each.sql for each in changes),
        "COMMIT TRANSACTION;",
    ])  # fmt: skip


def parts(changes: Sequence[Change], last: Sequence[Change]) -> Iterator[Sequence[Change]]:
    """Yield changes in parts that fit into a transaction each, mostly all in one. `last` are in the last part."""
    room = MAX_SCRIPT - sum(_size(each) for each in last)
    part: list[Change] = []
    tables: set[str] = set()
    size = 0
    for each in changes:
        if part and (size + _size(each) > room or len(tables | {each.table}) > _MAX_TABLES):
            yield part
            part, tables, size = [], set(), 0
        part.append(each)
        tables.add(each.table)
        size += _size(each)
    yield [*part, *last]


def scripts(statements: Iterable[str]) -> Iterator[str]:
    """Yield statements in scripts that are no longer than can be."""
    script, size = list[str](), 0
    for each in statements:
        needed = len(each.encode()) + 1
        if script and size + needed > MAX_SCRIPT:
            yield "\n".join(script)
            script, size = [], 0
        script.append(each)
        size += needed
    if script:
        yield "\n".join(script)


def _size(change: Change) -> int:
    return len(change.sql.encode()) + 1
