"""Redshift, a cluster or Serverless, by the Data API: rows wait in S3 for a COPY.

https://docs.aws.amazon.com/redshift/latest/dg/welcome.html
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import groupby
from typing import Any, Self

from catalogue.warehouses.redshift import rows as staged_rows
from catalogue.warehouses.redshift import statements
from catalogue.warehouses.redshift.dialect import DIALECT
from catalogue.warehouses.redshift.settings import Settings
from sluice.aws.clients import s3
from sluice.aws.redshift_data import RedshiftData, StagedObjects, redshift_data
from sluice.warehouses.batches import Batch, Reject, Schema, TableBatch, merged, once
from sluice.warehouses.column_types import ColumnType
from sluice.warehouses.engines.pending import window
from sluice.warehouses.names import Dialect
from sluice.warehouses.rows import MERGED
from sluice.warehouses.settings import Staging
from sluice.warehouses.warehouse import LOADS, REJECTS, StatementError, UnavailableError, described

#: Seconds that a loader waits for another one of the same schema; its file comes again later.
_TURN = 60.0
_REJECT_COLUMNS: Mapping[str, ColumnType] = dict.fromkeys(
    ("table_name", "row_id", "column_name", "value", "reason", "file"), "varchar"
)


def connect(settings: Settings, staging: Staging | None = None) -> "Redshift":
    """Return a Redshift that lets us in. Rows for it wait in S3 where its settings say, or else in `staging`.

    It is asked, which wakes a Serverless that sleeps, and is billed. Raises UnavailableError, ValueError.
    """
    place = Staging(settings.bucket, settings.prefix) if settings.bucket else staging
    if place is None:
        raise ValueError("neither `bucket` nor another place for rows to wait in is said")
    said = {
        "Database": settings.database,
        "ClusterIdentifier": settings.cluster,
        "WorkgroupName": settings.workgroup,
        "DbUser": settings.user,
        "SecretArn": settings.secret_arn,
    }
    database = RedshiftData(redshift_data(), {name: value for name, value in said.items() if value})
    objects = StagedObjects(s3(), place.bucket, place.prefix)
    try:
        database.ask("SELECT 1")
    except StatementError as error:
        raise UnavailableError(str(error)) from error
    return Redshift(database, objects, settings.role_arn, settings.dedupe_days)


class Redshift:
    """A database. Loaders of one schema take turns; what they do is a transaction.

    The turn is a lock on the schema's table of loaded files. It comes first: from the first statement that reads, a
    transaction sees the database as it was then, and would not see what another loader commits while it waits.
    https://docs.aws.amazon.com/redshift/latest/dg/c_serial_isolation.html

    A text that is longer than its column is cut, and noted with the file as a reject of `range`. The archive has it.
    """

    dialect: Dialect = DIALECT
    #: Each table of a block takes three statements, whatever its rows; so many events take some 200 MB.
    events_at_once = 20_000
    is_queryable = True

    def __init__(
        self, database: RedshiftData, objects: StagedObjects, role_arn: str, dedupe_days: int | None = None
    ) -> None:
        self._database, self._objects = database, objects
        self._role_arn, self._dedupe_days = role_arn, dedupe_days
        self._is_within = False
        self._staged = 0
        #: Of the transaction: the tables, the bytes of columns that are not ours, files that are not loaded yet.
        self._tables: dict[str, dict[str, ColumnType]] = {}
        self._room: dict[str, dict[str, int]] = {}
        self._new: set[str] = set()
        #: Of the file, which may take several transactions.
        self._rejects: list[Reject] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._objects.clear()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Begin when `loaded` asks about the first file: what the lock needs is made before."""
        self._is_within = True
        try:
            yield
            self._database.commit()
        except BaseException:
            self._database.rollback()
            self._rejects.clear()
            raise
        finally:
            self._is_within = False
            self._objects.clear()
            self._tables, self._room, self._new = {}, {}, set()

    def whole(self, schema: str, *table: str) -> str:
        return ".".join(map(statements.quoted, (schema, *table)))

    def schemas(self) -> list[str]:
        query = "SELECT table_schema FROM information_schema.tables WHERE table_name = :loads ORDER BY 1"
        return [name for (name,) in self._database.ask(query, {"loads": LOADS}).rows]

    def loaded(self, schema: str, files: Collection[str]) -> set[str]:
        """Also wait for whoever is loading into the schema, if this is within a transaction."""
        if self._is_within:
            self._begin(schema)
        elif not self._is_there(schema):
            return set()
        found: set[str] = set()
        for some in statements.groups(files, statements.MAX_LIST // 2):
            named = {f"file{at}": file for at, file in enumerate(some)}
            asked = ", ".join(f":{name}" for name in named)
            query = f"SELECT file FROM {statements.whole(schema, LOADS)} WHERE file IN ({asked})"
            found |= {file for (file,) in self._database.ask(query, named).rows}
        if self._is_within:
            self._new = set(files) - found
        return found

    def describe(self, schema: str) -> Schema:
        """Ask once in a transaction: nobody else changes the schema meanwhile."""
        if not self._tables:
            query = (
                "SELECT table_name, column_name, data_type, character_maximum_length FROM information_schema.columns"
                " WHERE table_schema = :schema ORDER BY table_name, ordinal_position"
            )
            found = self._database.ask(query, {"schema": schema}).rows
            tables = described((row[:3] for row in found), statements.COLUMN_TYPES)
            if not self._database.is_in_transaction:
                return tables
            self._tables = {table: dict(columns) for table, columns in tables.items()}
            for table, column, kind, length in found:
                if length is not None or kind not in statements.COLUMN_TYPES:
                    self._room.setdefault(table, {})[column] = length or 0
        return {table: dict(columns) for table, columns in self._tables.items()}

    def change(self, schema: str, batch: Batch) -> None:
        self._begin(schema)
        self.describe(schema)
        for table, columns in batch.added.items():
            there = self._tables.get(table)
            missing = {name: kind for name, kind in columns.items() if name not in (there or {})}
            added = statements.create_table if there is None else statements.add_columns
            for statement in added(schema, table, missing):
                self._database.run(statement)
            self._tables.setdefault(table, {}).update(missing)
        for table, names in batch.widened.items():
            for name in names:
                if self._tables.get(table, {}).get(name) == "integer":
                    for statement in statements.widen(schema, table, name):
                        self._database.run(statement)
                    self._tables[table][name] = "float"

    def put(self, schema: str, batch: Batch) -> Mapping[str, int]:
        self._begin(schema)
        return {table: self._put(schema, table, each) for table, each in batch.tables.items()}

    def note(self, schema: str, file: str, events: int, rejects: Sequence[Reject]) -> None:
        self._begin(schema)
        loads, rejected = statements.whole(schema, LOADS), statements.whole(schema, REJECTS)
        if file not in self._new:
            for table in (loads, rejected):
                self._database.run(f"DELETE FROM {table} WHERE file = :file", {"file": file})
        told = [*rejects, *self._rejects]
        self._rejects.clear()
        if told:
            values = [(each.table, each.row, each.column, each.value, each.reason, file) for each in told]
            texts = (map(staged_rows.cut, each) for each in values)
            self._copy(rejected, _REJECT_COLUMNS, [dict(zip(_REJECT_COLUMNS, each, strict=True)) for each in texts])
        noted = f"INSERT INTO {loads} (file, events, rejects) VALUES (:file, :events, :rejects)"
        self._database.run(noted, {"file": file, "events": str(events), "rejects": str(len(told))})

    def query(self, text: str) -> tuple[list[str], list[tuple[Any, ...]]]:
        """Return the columns of an answer, and its rows."""
        answer = self._database.ask(text)
        return answer.columns, answer.rows

    def _is_there(self, schema: str) -> bool:
        query = (
            "SELECT table_name FROM information_schema.tables"
            " WHERE table_schema = :schema AND table_name IN (:loads, :rejects)"
        )
        return len(self._database.ask(query, {"schema": schema, "loads": LOADS, "rejects": REJECTS}).rows) == 2

    def _begin(self, schema: str) -> None:
        """Begin the transaction, if that is not done yet, and wait for the turn of this loader."""
        if self._database.is_in_transaction:
            return
        if not self._is_within:
            raise RuntimeError("what is changed in a warehouse is changed in a transaction")
        if not self._is_there(schema):
            self._database.run(f"CREATE SCHEMA IF NOT EXISTS {statements.quoted(schema)}")
            self._database.run(statements.LOADED.format(statements.whole(schema, LOADS)))
            self._database.run(statements.REJECTED.format(statements.whole(schema, REJECTS)))
        self._database.begin()
        self._database.run(f"LOCK TABLE {statements.whole(schema, LOADS)}", patience=_TURN)

    def _put(self, schema: str, table: str, batch: TableBatch) -> int:
        """Put rows into a table and return how many are new: by way of a table of their own, which has no other id."""
        if table in MERGED:
            rows = merged(batch.rows, lambda ids: self._overflows(schema, table, ids))
        else:
            rows = list(once(batch.rows))
        room = self._room.get(table, {})
        self._rejects += staged_rows.fit(table, rows, room)
        taking = {name: kind for name, kind in batch.columns.items() if room.get(name) != 0}
        new = 0
        for columns, some in staged_rows.parts(taking, rows):
            staged = self._stage(columns, some)
            if table in MERGED:
                for statement in statements.updates(schema, table, staged, list(columns)):
                    self._database.run(statement)
            since = self._since(some)
            put = statements.insert(
                statements.whole(schema, table), staged, list(columns), is_windowed="since" in since
            )
            new += self._database.run(put, since)
        return new

    def _since(self, rows: Sequence[Mapping[str, Any]]) -> Mapping[str, str]:
        """Return from when on rows are looked through for those that are there, as a parameter; none if all are.

        What is merged has the time of its newest row by then.
        """
        since = window(rows, self._dedupe_days)
        return {"since": since.replace(tzinfo=None).isoformat(" ")} if since else {}

    def _overflows(self, schema: str, table: str, ids: list[Any]) -> Iterator[tuple[Any, datetime, str]]:
        staged = self._stage({"id": "varchar"}, [{"id": key} for key in ids])
        pieces = self._database.ask(statements.overflows(statements.whole(schema, table), staged)).rows
        for (key, at), some in groupby(pieces, lambda row: row[:2]):
            yield key, at.replace(tzinfo=UTC), "".join(piece for *_, piece in some)

    def _stage(self, columns: Mapping[str, ColumnType], rows: Sequence[Mapping[str, Any]]) -> str:
        """Copy rows into a temporary table and return its name. Its columns have short ones."""
        self._staged += 1
        staged = f"_sluice_staged_{self._staged}"
        self._database.run(statements.create_staged(staged, columns))
        self._copy(staged, columns, rows, [f"c{at}" for at in range(len(columns))])
        return staged

    def _copy(
        self,
        table: str,
        columns: Mapping[str, ColumnType],
        rows: Sequence[Mapping[str, Any]],
        names: Iterable[str] | None = None,
    ) -> None:
        mark = staged_rows.absent(rows)
        address = self._objects.put(lambda file: staged_rows.write(file, columns, rows, mark))
        self._database.run(statements.copy(table, names or columns, address, self._role_arn, mark))
