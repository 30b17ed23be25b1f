"""Postgres, of whatever make: RDS, Aurora or one's own. https://www.postgresql.org/docs/current/"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, LiteralString, Self

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.sql import SQL, Composed, Identifier

from catalogue.warehouses.postgres.dialect import DIALECT
from catalogue.warehouses.postgres.settings import Settings
from sluice.warehouses.batches import OVERFLOW, Batch, Reject, Schema, TableBatch, merged, once
from sluice.warehouses.column_types import ColumnType
from sluice.warehouses.names import Dialect
from sluice.warehouses.rows import MERGED
from sluice.warehouses.settings import Staging
from sluice.warehouses.warehouse import EVENTS_AT_ONCE, LOADS, REJECTS, UnavailableError, described

_TYPES: Mapping[ColumnType, LiteralString] = {
    "timestamp": "timestamptz",
    "integer": "int8",
    "float": "float8",
    "boolean": "bool",
    "varchar": "text",
}
_COLUMN_TYPES: Mapping[str, ColumnType] = {
    "timestamp with time zone": "timestamp",
    "bigint": "integer",
    "double precision": "float",
    "boolean": "boolean",
}
_LOADED = SQL(
    "CREATE TABLE IF NOT EXISTS {}"
    " (file text PRIMARY KEY, events int8, rejects int8, loaded_at timestamptz DEFAULT now())"
)
_REJECTED = SQL(
    "CREATE TABLE IF NOT EXISTS {} (table_name text, row_id text, column_name text, value text, reason text, file text)"
)


#: A session that waits longer for a lock gives up, and the file comes again later.
_OPTIONS = "-c timezone=UTC -c lock_timeout=60s"
#: What a server says that lets nobody in for now, whoever it is.
_BUSY = re.compile("starting up|shutting down|recovery mode|too many clients|connection slots|too many connections")


def connect(settings: Settings, _: Staging | None = None) -> "Postgres":
    """Connect to a database. Raises UnavailableError, which shows nothing of what the server says."""
    parts: dict[str, Any] = {
        "host": settings.host,
        "dbname": settings.database,
        "user": settings.user,
        "password": settings.password,
    }
    try:
        given = conninfo_to_dict(settings.url) if settings.url else {**parts, "port": settings.port}
        return Postgres(make_conninfo("", **{"sslmode": settings.ssl, "connect_timeout": 10, **given}))
    except psycopg.ProgrammingError as error:
        raise UnavailableError("the settings are no address of a Postgres", is_refused=True) from error
    except psycopg.OperationalError as error:
        # The code of what is wrong is not handed on: https://www.postgresql.org/docs/current/libpq-status.html
        if "FATAL" in str(error) and not _BUSY.search(str(error)):
            text = "Postgres refuses the user, the password or the database"
            raise UnavailableError(text, is_refused=True) from error
        raise UnavailableError("Postgres cannot be reached") from error


class Postgres:
    """A database. Loaders of one schema take turns; what they do is a transaction."""

    dialect: Dialect = DIALECT
    events_at_once = EVENTS_AT_ONCE
    is_queryable = True

    def __init__(self, conninfo: str) -> None:
        """Connect; what is not said comes from libpq's variables, PGPASSWORD too. Raises psycopg.OperationalError."""
        self._connection = psycopg.connect(conninfo, autocommit=True, options=_OPTIONS)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        with self._connection.transaction():
            yield

    def whole(self, schema: str, *table: str) -> str:
        return ".".join(map(DIALECT.quoted, (schema, *table)))

    def schemas(self) -> list[str]:
        query = "SELECT table_schema FROM information_schema.tables WHERE table_name = %s ORDER BY 1"
        return [name for (name,) in self._connection.execute(query, [LOADS])]

    def loaded(self, schema: str, files: Collection[str]) -> set[str]:
        """Also wait for whoever is loading into the schema, if this is within a transaction."""
        self._connection.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"sluice/{schema}"])
        if LOADS not in self._tables(schema):
            return set()
        query = SQL("SELECT file FROM {} WHERE file = ANY(%s)").format(Identifier(schema, LOADS))
        return {file for (file,) in self._connection.execute(query, [list(files)])}

    def describe(self, schema: str) -> Schema:
        query = (
            "SELECT table_name, column_name, data_type FROM information_schema.columns"
            " WHERE table_schema = %s ORDER BY ordinal_position"
        )
        return described(self._connection.execute(query, [schema]), _COLUMN_TYPES)

    def change(self, schema: str, batch: Batch) -> None:
        self._own_tables(schema)
        there = self._tables(schema)
        for table, columns in batch.added.items():
            whole = Identifier(schema, table)
            if table not in there:
                declared = SQL(", ").join(_declared(name, kind) for name, kind in columns.items())
                self._connection.execute(SQL("CREATE TABLE {} ({}, PRIMARY KEY (id))").format(whole, declared))
                continue
            added = SQL(", ").join(SQL("ADD COLUMN {}").format(_declared(*each)) for each in columns.items())
            self._connection.execute(SQL("ALTER TABLE {} {}").format(whole, added))
        for table, names in batch.widened.items():
            widened = SQL(", ").join(SQL("ALTER COLUMN {} TYPE float8").format(Identifier(name)) for name in names)
            self._connection.execute(SQL("ALTER TABLE {} {}").format(Identifier(schema, table), widened))

    def put(self, schema: str, batch: Batch) -> Mapping[str, int]:
        return {table: self._put(Identifier(schema, table), table, each) for table, each in batch.tables.items()}

    def note(self, schema: str, file: str, events: int, rejects: Sequence[Reject]) -> None:
        self._own_tables(schema)
        rejected = Identifier(schema, REJECTS)
        self._connection.execute(SQL("DELETE FROM {} WHERE file = %s").format(rejected), [file])
        copied = SQL("COPY {} FROM STDIN").format(rejected)
        if rejects:
            with self._connection.cursor() as cursor, cursor.copy(copied) as copy:
                for each in rejects:
                    value = each.value.replace("\0", "")
                    copy.write_row((each.table, each.row, each.column, value, each.reason, file))
        noted = SQL(
            "INSERT INTO {} (file, events, rejects) VALUES (%s, %s, %s) ON CONFLICT (file) DO UPDATE"
            " SET events = EXCLUDED.events, rejects = EXCLUDED.rejects, loaded_at = now()"
        ).format(Identifier(schema, LOADS))
        self._connection.execute(noted, [file, events, len(rejects)])

    def query(self, text: str) -> tuple[list[str], list[tuple[Any, ...]]]:
        """Return the columns of an answer, and its rows."""
        answer = self._connection.execute(text)
        return [each.name for each in answer.description or ()], answer.fetchall() if answer.description else []

    def _tables(self, schema: str) -> set[str]:
        query = "SELECT table_name FROM information_schema.tables WHERE table_schema = %s"
        return {table for (table,) in self._connection.execute(query, [schema])}

    def _own_tables(self, schema: str) -> None:
        self._connection.execute(SQL("CREATE SCHEMA IF NOT EXISTS {}").format(Identifier(schema)))
        self._connection.execute(_LOADED.format(Identifier(schema, LOADS)))
        self._connection.execute(_REJECTED.format(Identifier(schema, REJECTS)))

    def _put(self, whole: Identifier, table: str, batch: TableBatch) -> int:
        """Put rows into a table and return how many are new."""
        names = SQL(", ").join(map(Identifier, batch.columns))
        return self._merge(whole, names, batch) if table in MERGED else self._add(whole, names, batch)

    def _add(self, whole: Identifier, names: Composed, batch: TableBatch) -> int:
        """Copy rows whose id is not there. Nobody adds one meanwhile: loaders of a schema take turns."""
        rows = list(once(batch.rows))
        query = SQL("SELECT id FROM {} WHERE id = ANY(%s)").format(whole)
        there = {key for (key,) in self._connection.execute(query, [[row["id"] for row in rows]])}
        new = [row for row in rows if row["id"] not in there] if there else rows
        self._copy(whole, names, batch.columns, new)
        return len(new)

    def _merge(self, whole: Identifier, names: Composed, batch: TableBatch) -> int:
        """Copy rows into a table of their own, and merge them from there."""
        self._connection.execute(SQL("CREATE TEMP TABLE staged (LIKE {}) ON COMMIT DROP").format(whole))
        self._copy(Identifier("staged"), names, batch.columns, self._merged(whole, batch))
        inserted = SQL(
            "WITH put AS (INSERT INTO {whole} AS kept ({names}) SELECT {names} FROM staged"
            " ON CONFLICT (id) DO {clash} RETURNING (xmax = 0) AS is_new) SELECT count(*) FROM put WHERE is_new"
        ).format(whole=whole, names=names, clash=_merging(batch.columns))
        ((new,),) = self._connection.execute(inserted)
        self._connection.execute("DROP TABLE staged")
        return int(new)

    def _merged(self, whole: Identifier, batch: TableBatch) -> list[dict[str, Any]]:
        query = SQL("SELECT id, received_at, {0} FROM {1} WHERE id = ANY(%s) AND {0} IS NOT NULL").format(
            Identifier(OVERFLOW), whole
        )
        return merged(batch.rows, lambda ids: self._connection.execute(query, [ids]))

    def _copy(
        self,
        whole: Identifier,
        names: Composed,
        columns: Mapping[str, ColumnType],
        rows: Iterable[Mapping[str, Any]],
    ) -> None:
        copied = SQL("COPY {} ({}) FROM STDIN (FORMAT BINARY)").format(whole, names)
        with self._connection.cursor() as cursor, cursor.copy(copied) as copy:
            copy.set_types([_TYPES[kind] for kind in columns.values()])
            for row in rows:
                copy.write_row(list(map(row.get, columns)))


def _declared(name: str, kind: ColumnType) -> Composed:
    return SQL("{} {}").format(Identifier(name), SQL(_TYPES[kind]))


def _merging(columns: Collection[str]) -> Composed:
    """Each column becomes what was received last; what is older fills what is empty. An overflow is merged already."""
    values = [
        SQL(
            "{0} = CASE WHEN EXCLUDED.received_at >= kept.received_at THEN coalesce(EXCLUDED.{0}, kept.{0})"
            " ELSE coalesce(kept.{0}, EXCLUDED.{0}) END"
        ).format(Identifier(name))
        for name in columns
        if name not in ("id", "received_at", OVERFLOW)
    ]
    if OVERFLOW in columns:
        values.append(SQL("{0} = coalesce(EXCLUDED.{0}, kept.{0})").format(Identifier(OVERFLOW)))
    values.append(SQL("received_at = greatest(kept.received_at, EXCLUDED.received_at)").format())
    return SQL("UPDATE SET {}").format(SQL(", ").join(values))
