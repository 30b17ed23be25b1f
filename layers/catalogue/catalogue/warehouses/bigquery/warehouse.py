"""BigQuery by its REST API: rows are loaded into staged tables, and from there in one script.

https://docs.cloud.google.com/bigquery/docs/reference/rest
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from functools import partial
from typing import Any, Self
from uuid import uuid4

from catalogue.warehouses.bigquery import statements
from catalogue.warehouses.bigquery.access_token import key_of
from catalogue.warehouses.bigquery.datasets import Datasets
from catalogue.warehouses.bigquery.dialect import DIALECT
from catalogue.warehouses.bigquery.errors import NotFoundError
from catalogue.warehouses.bigquery.jobs import Jobs
from catalogue.warehouses.bigquery.questions import Question, together
from catalogue.warehouses.bigquery.rest import Rest
from catalogue.warehouses.bigquery.settings import Settings
from sluice.warehouses.batches import OVERFLOW, Batch, Reject, Schema, merged, once
from sluice.warehouses.column_types import ColumnType
from sluice.warehouses.engines.http import Connections, connections
from sluice.warehouses.engines.pending import Change, Pending, window
from sluice.warehouses.names import Dialect
from sluice.warehouses.rows import MERGED
from sluice.warehouses.settings import Staging
from sluice.warehouses.warehouse import LOADS, REJECTS, StatementError, UnavailableError, described


def connect(settings: Settings, _: Staging | None = None) -> "BigQuery":
    """Return a BigQuery that lets us in: it is asked, which costs nothing. Raises UnavailableError."""
    pool = connections()
    try:
        rest = Rest(pool, key_of(settings.credentials))
        jobs = Jobs(rest, settings.project, settings.location)
        jobs.ask("SELECT 1", {})
        return BigQuery(pool, jobs, Datasets(rest, jobs, settings), settings.dedupe_days)
    except StatementError as error:
        pool.close()
        raise UnavailableError(str(error)) from error
    except UnavailableError:
        pool.close()
        raise


class BigQuery:
    """A project. What a transaction is to change waits until its end, and is then there whole or not at all.

    Loaders of one dataset do not wait for each other. What one has read holds only if nobody else has committed since:
    each transaction says which one it has seen last, and is refused if there is another.

    Tables and columns are made before, for no transaction may do that. If it fails then, they are there and empty.
    """

    dialect: Dialect = DIALECT
    is_queryable = True
    #: Each table of a block takes a load and a statement, whatever its rows; so many events take some 200 MB.
    events_at_once = 20_000

    def __init__(self, pool: Connections, jobs: Jobs, datasets: Datasets, dedupe_days: int | None) -> None:
        self._pool, self._jobs, self._datasets, self._dedupe_days = pool, jobs, datasets, dedupe_days
        self._pending: Pending | None = None
        #: Of the file, which may take several transactions.
        self._rejects: list[Reject] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Do at the end what was asked for within. What fails before leaves nothing but staged rows, which go."""
        self._pending = Pending()
        try:
            yield
            self._commit(self._pending)
        except BaseException:
            self._rejects.clear()
            raise
        finally:
            self._pending = None

    def whole(self, schema: str, *table: str) -> str:
        return self._datasets.whole(schema, *table)

    def schemas(self) -> list[str]:
        found = self._jobs.ask(self._datasets.having(), {"name": LOADS}).rows
        return [schema for (name,) in found if (schema := self._datasets.schema(name))]

    def loaded(self, schema: str, files: Collection[str]) -> set[str]:
        if self._pending is None:
            with suppress(NotFoundError):
                return self._noted(schema, files)
            return set()
        pending = self._begun(schema)
        try:
            found = self._noted(schema, files)
        except NotFoundError:
            pending.is_set_up, found = False, set()
        pending.new_files = set(files) - found
        return found

    def describe(self, schema: str) -> Schema:
        """Ask once in a transaction, whose end fails if somebody else changes the schema meanwhile."""
        if self._pending is None:
            return self._described(schema)[0]
        if not self._pending.is_described:
            self._begun(schema)
            tables, self._pending.room = self._described(schema)
            self._pending.tables = {table: dict(columns) for table, columns in tables.items()}
            self._pending.there, self._pending.is_described = set(tables), True
        return {table: dict(columns) for table, columns in self._pending.tables.items()}

    def change(self, schema: str, batch: Batch) -> None:
        pending = self._begun(schema)
        self.describe(schema)
        pending.change(batch)

    def put(self, schema: str, batch: Batch) -> Mapping[str, int]:
        """Ask which ids are there, and stage the rows of the others: so it is known now how many are new."""
        pending = self._begun(schema)
        self.describe(schema)
        coming: dict[str, list[dict[str, Any]]] = {}
        for table, each in batch.tables.items():
            self._rejects += pending.fit(table, each.rows)
            if table in MERGED:
                overflows = partial(self._overflows, schema, table)
                rows = merged([*pending.merging.get(table, ()), *each.rows], overflows)
                pending.merging[table] = rows
                coming[table] = pending.new(table, rows)
            else:
                coming[table] = pending.new(table, once(each.rows))
        there = self._there(schema, coming)
        for table, rows in coming.items():
            coming[table] = rows = [row for row in rows if row["id"] not in there.get(table, ())]
            if rows and table not in MERGED:
                columns = pending.columns(table, rows)
                staged = self._stage(pending, columns, rows)
                insert = statements.insert(self._datasets.whole(schema, table), staged, columns)
                pending.changes.append(Change(table, insert))
        return {table: len(rows) for table, rows in coming.items()}

    def note(self, schema: str, file: str, events: int, rejects: Sequence[Reject]) -> None:
        pending = self._begun(schema)
        dataset = self._datasets.whole(schema)
        told = [*rejects, *self._rejects]
        self._rejects.clear()
        pending.noted = {"file": file, "events": events, "rejects": len(told)}
        if file not in pending.new_files:
            pending.notes += statements.forget(dataset)
        if told:
            cells = ((each.table, each.row, each.column, each.value, each.reason, file) for each in told)
            rows = [
                {name: text.replace("\0", "") for name, text in zip(statements.REJECT_COLUMNS, each, strict=True)}
                for each in cells
            ]
            staged = self._stage(pending, statements.REJECT_COLUMNS, rows)
            put = statements.insert(self._datasets.whole(schema, REJECTS), staged, statements.REJECT_COLUMNS)
            pending.notes.append(Change(REJECTS, put))
        pending.notes.append(statements.note(dataset))

    def query(self, text: str) -> tuple[list[str], list[tuple[Any, ...]]]:
        """Return the columns of an answer, and its rows."""
        answer = self._jobs.ask(text, {}, is_repeatable=False)
        return answer.columns, answer.rows

    def _begun(self, schema: str) -> Pending:
        """Return what is pending, after the turn is known: whatever is read after it holds until another one's."""
        if self._pending is None:
            raise RuntimeError("what is changed in a warehouse is changed in a transaction")
        if not self._pending.turn:
            self._pending.schema = schema
            try:
                self._pending.turn = self._datasets.turn(schema)
            except NotFoundError:
                self._pending.turn, self._pending.is_set_up = statements.NOBODY, False
        return self._pending

    def _noted(self, schema: str, files: Collection[str]) -> set[str]:
        query = f"SELECT file FROM {self._datasets.whole(schema, LOADS)} WHERE file IN UNNEST(@files)"
        return {file for (file,) in self._jobs.ask(query, {"files": list(files)}).rows}

    def _described(self, schema: str) -> tuple[Schema, dict[str, dict[str, int]]]:
        """Return the tables of a dataset, and their columns of types that are not ours, which have no room."""
        query = (
            "SELECT table_name, LOWER(column_name), data_type"
            f" FROM {self._datasets.whole(schema)}.INFORMATION_SCHEMA.COLUMNS"
            " WHERE NOT STARTS_WITH(table_name, '_sluice_') ORDER BY table_name, ordinal_position"
        )
        try:
            found = self._jobs.ask(query, {}).rows
        except NotFoundError:
            return {}, {}
        room: dict[str, dict[str, int]] = {}
        for table, column, kind in found:
            if kind not in statements.COLUMN_TYPES:
                room.setdefault(table, {})[column] = 0
        return described(found, statements.COLUMN_TYPES), room

    def _there(self, schema: str, coming: Mapping[str, Sequence[Mapping[str, Any]]]) -> dict[str, set[str]]:
        """Return the ids of rows that are in their tables already, of those that were received in the window."""
        pending = self._begun(schema)
        asked: list[Question] = []
        for table, rows in coming.items():
            if rows and table in pending.there:
                is_windowed = table not in MERGED and pending.tables[table].get("received_at") == "timestamp"
                ids, since = [row["id"] for row in rows], window(rows, self._dedupe_days) if is_windowed else None
                asked.append(Question(table, self._datasets.whole(schema, table), ids, since))
        found: dict[str, set[str]] = {}
        for some in together(asked):
            for at, key in self._jobs.ask(some.sql, some.parameters).rows:
                found.setdefault(some.tables[at], set()).add(key)
        return found

    def _overflows(self, schema: str, table: str, ids: list[Any]) -> Iterator[tuple[Any, datetime, str]]:
        pending = self._begun(schema)
        if table in pending.there and OVERFLOW not in pending.added.get(table, {}):
            for some in together([Question(table, self._datasets.whole(schema, table), ids)], "received_at", OVERFLOW):
                yield from (row[1:] for row in self._jobs.ask(some.sql, some.parameters).rows)

    def _stage(self, pending: Pending, columns: Mapping[str, ColumnType], rows: Iterable[Mapping[str, Any]]) -> str:
        """Begin to load rows into a table of their own, and return its name."""
        name, load = self._datasets.stage(columns, rows)
        pending.loads.append(load)
        return name

    def _commit(self, pending: Pending) -> None:
        """Make tables and columns, and then change all rows together. A file of very many tables takes several scripts.

        Only the last notes the file: without that, it comes again, and what is there is left.
        """
        schema = pending.schema
        for table, rows in pending.merging.items():
            columns = pending.columns(table, rows)
            merge = statements.merge(
                self._datasets.whole(schema, table), self._stage(pending, columns, rows), list(columns)
            )
            pending.changes.append(Change(table, merge))
        for load in pending.loads:
            self._jobs.wait(load)
        if not pending.is_set_up:
            self._datasets.set_up(schema)
        name_of = {table: self._datasets.whole(schema, table) for table in pending.tables}
        for script in statements.scripts(statements.declarations(pending, name_of)):
            self._jobs.run(script, {}, is_repeatable=True)
        parts = list(statements.parts(pending.changes, pending.notes)) if pending.changes or pending.notes else []
        before = pending.turn
        for at, part in enumerate(parts, 1):
            turn = uuid4().hex
            noted = pending.noted if at == len(parts) else {}
            script = statements.transaction(self._datasets.whole(schema), part)
            self._jobs.run(script, {"turn": turn, "before": before, **noted})
            before = turn
