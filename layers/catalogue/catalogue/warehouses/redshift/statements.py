"""Statements of Redshift's SQL: names are quoted, and values are parameters or in files.

The Data API takes 100 KB at most as one, and a name has up to 127 bytes. So what a statement says of each column is
short, or comes in several statements. https://docs.aws.amazon.com/redshift/latest/mgmt/data-api.html
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from sluice.warehouses.batches import OVERFLOW
from sluice.warehouses.column_types import ColumnType

#: Bytes of a list in a statement, which leave room for the rest of it.
MAX_LIST = 80_000
#: Characters of an overflow in one row of an answer, which has 64 KB at most: a character has up to four bytes.
PIECE = 10_000

TYPES: Mapping[ColumnType, str] = {
    "timestamp": "TIMESTAMP",
    "integer": "BIGINT",
    "float": "DOUBLE PRECISION",
    "boolean": "BOOLEAN",
    "varchar": "VARCHAR(65535)",
}
#: What `information_schema` calls them. A TIMESTAMPTZ of somebody else's takes our times in UTC as well.
COLUMN_TYPES: Mapping[str, ColumnType] = {
    "timestamp without time zone": "timestamp",
    "timestamp with time zone": "timestamp",
    "bigint": "integer",
    "double precision": "float",
    "boolean": "boolean",
    "character varying": "varchar",
}
LOADED = (
    "CREATE TABLE IF NOT EXISTS {} (file VARCHAR(1024), events BIGINT, rejects BIGINT,"
    " loaded_at TIMESTAMP DEFAULT GETDATE())"
)
REJECTED = (
    "CREATE TABLE IF NOT EXISTS {} (table_name VARCHAR(127), row_id VARCHAR(65535), column_name VARCHAR(65535),"
    " value VARCHAR(65535), reason VARCHAR(127), file VARCHAR(1024))"
)
#: A column on its way to another type. No name of a property begins like this.
_WIDENED = '"_sluice_widened"'


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def whole(schema: str, table: str) -> str:
    return f"{quoted(schema)}.{quoted(table)}"


def groups(texts: Iterable[str], most: int = MAX_LIST) -> Iterator[list[str]]:
    """Yield texts in lists of at most so many bytes, each with a comma and a blank; one that is longer stands alone."""
    group: list[str] = []
    size = 0
    for text in texts:
        needed = len(text.encode()) + 2
        if group and size + needed > most:
            yield group
            group, size = [], 0
        group.append(text)
        size += needed
    if group:
        yield group


def create_table(schema: str, table: str, columns: Mapping[str, ColumnType]) -> Iterator[str]:
    """Yield what makes a table: its rows lie where their id says, in the order in which they were received."""
    first, *more = groups(_declared(*each) for each in columns.items())
    keys = "".join(
        f' {key}("{name}")' for key, name in (("DISTKEY", "id"), ("SORTKEY", "received_at")) if name in columns
    )
    yield f"CREATE TABLE {whole(schema, table)} ({', '.join(first)}){keys}"
    for group in more:
        for declared in group:
            yield f"ALTER TABLE {whole(schema, table)} ADD COLUMN {declared}"


def add_columns(schema: str, table: str, columns: Mapping[str, ColumnType]) -> Iterator[str]:
    """Yield a statement for each column: Redshift adds one at a time."""
    for each in columns.items():
        yield f"ALTER TABLE {whole(schema, table)} ADD COLUMN {_declared(*each)}"


def widen(schema: str, table: str, column: str) -> Iterator[str]:
    """Yield what makes a column of integers one of floats. A view that names it keeps it from that, with an error."""
    altered, name = f"ALTER TABLE {whole(schema, table)}", quoted(column)
    yield f"{altered} ADD COLUMN {_WIDENED} {TYPES['float']}"
    yield (f"UPDATE {whole(schema, table)} SET {_WIDENED} = CAST({name} AS {TYPES['float']}) WHERE {name} IS NOT NULL")
    yield f"{altered} DROP COLUMN {name}"
    yield f"{altered} RENAME COLUMN {_WIDENED} TO {name}"


def _declared(name: str, kind: ColumnType) -> str:
    return f"{quoted(name)} {TYPES[kind]}"


def create_staged(staged: str, columns: Mapping[str, ColumnType]) -> str:
    """Return what makes a table for rows to be copied into: its columns are called c0, c1, c2 …

    It is gone with its session.
    """
    declared = ", ".join(f"c{at} {TYPES[kind]}" for at, kind in enumerate(columns.values()))
    key = f" DISTKEY(c{list(columns).index('id')})" if "id" in columns else ""
    return f"CREATE TEMP TABLE {staged} ({declared}){key}"


def copy(table: str, columns: Iterable[str], address: str, role_arn: str, absent: str) -> str:
    """Return what copies a staged object into a table. `absent` stands for NULL in it.

    So an empty text stays one: EMPTYASNULL and BLANKSASNULL are not said. A backslash is a character like any other.
    """
    return (
        f"COPY {table} ({', '.join(map(quoted, columns))}) FROM {_literal(address)} IAM_ROLE {_literal(role_arn)}"
        f" FORMAT AS CSV GZIP NULL AS {_literal(absent)} TIMEFORMAT AS 'auto' COMPUPDATE OFF STATUPDATE OFF"
    )


def _literal(text: str) -> str:
    """Return a text as a literal. A backslash escapes in Redshift's, too: none is taken. Raises ValueError."""
    if "'" in text or "\\" in text:
        raise ValueError("no quote and no backslash may be in a literal")
    return f"'{text}'"


def insert(target: str, staged: str, columns: Sequence[str], *, is_windowed: bool) -> str:
    """Return what inserts the staged rows whose id is not there: if windowed, not since the parameter `since`."""
    names, values = ", ".join(map(quoted, columns)), ", ".join(f"s.c{at}" for at in range(len(columns)))
    since = ' AND kept."received_at" >= CAST(:since AS TIMESTAMP)' if is_windowed else ""
    return (
        f"INSERT INTO {target} ({names}) SELECT {values} FROM {staged} AS s LEFT JOIN {target} AS kept"
        f' ON {_same("kept", columns)}{since} WHERE kept."id" IS NULL'
    )


def updates(schema: str, table: str, staged: str, columns: Sequence[str]) -> Iterator[str]:
    """Yield what merges staged rows into those with their ids: of each column the value that was received last.

    What is older fills what is empty. An overflow is merged already. The time that decides changes with the last.
    """
    kept = quoted(table)
    newest = f"s.c{columns.index('received_at')}"
    merged: list[str] = []
    for at, name in enumerate(columns):
        new, old = f"s.c{at}", f"{kept}.{quoted(name)}"
        if name == OVERFLOW:
            merged.append(f"{quoted(name)} = COALESCE({new}, {old})")
        elif name not in ("id", "received_at"):
            merged.append(
                f'{quoted(name)} = CASE WHEN {newest} >= {kept}."received_at" THEN COALESCE({new}, {old})'
                f" ELSE COALESCE({old}, {new}) END"
            )
    merged.append(f'"received_at" = GREATEST({kept}."received_at", {newest})')
    for group in groups(merged):
        yield (f"UPDATE {whole(schema, table)} SET {', '.join(group)} FROM {staged} AS s WHERE {_same(kept, columns)}")


def overflows(target: str, staged: str) -> str:
    """Return what asks for the overflows of the ids in the first column of a staged table, in pieces."""
    starts = " UNION ALL ".join(f"SELECT {at} AS begins" for at in range(1, 65_535, PIECE))
    return (
        f'SELECT kept."id", kept."received_at", SUBSTRING(kept."{OVERFLOW}", pieces.begins, {PIECE})'
        f" FROM {target} AS kept JOIN {staged} AS s ON {_same('kept', ['id'])}"
        f' JOIN ({starts}) AS pieces ON pieces.begins <= LENGTH(kept."{OVERFLOW}")'
        f' ORDER BY kept."id", pieces.begins'
    )


def _same(kept: str, columns: Sequence[str]) -> str:
    """Return what holds for the same id. Redshift says so of two that differ in blanks at their end, too.

    https://docs.aws.amazon.com/redshift/latest/dg/r_Character_types.html
    """
    new = f"s.c{columns.index('id')}"
    return f'{kept}."id" = {new} AND LENGTH({kept}."id") = LENGTH({new})'
