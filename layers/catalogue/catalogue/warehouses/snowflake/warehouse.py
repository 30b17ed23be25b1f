"""Snowflake by its own driver: rows wait in files of a stage and in temporary tables, and are put in together.

https://docs.snowflake.com/en/sql-reference/transactions
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from functools import partial
from typing import Any, Self
from uuid import uuid4

from catalogue.warehouses.snowflake import statements
from catalogue.warehouses.snowflake.dialect import DIALECT
from catalogue.warehouses.snowflake.errors import OvertakenError
from catalogue.warehouses.snowflake.session import Session
from catalogue.warehouses.snowflake.settings import Settings
from catalogue.warehouses.snowflake.staging import Stage
from catalogue.warehouses.snowflake.widening import begun, settled, widen
from sluice.warehouses.batches import OVERFLOW, Batch, Reject, Schema, merged, once
from sluice.warehouses.engines.pending import Change, Pending, window
from sluice.warehouses.names import Dialect
from sluice.warehouses.rows import MERGED
from sluice.warehouses.settings import Staging
from sluice.warehouses.warehouse import LOADS, REJECTS, RefusedError, StatementError, described

#: Characters of a text in a column that nobody has made shorter.
_LONGEST_TEXT = 16_777_216


def connect(settings: Settings, _: Staging | None = None, place: Mapping[str, Any] | None = None) -> "Snowflake":
    """Return a Snowflake that lets us in, and has what the settings name. No warehouse is woken.

    `place` says where it is reached, if not at its account's address. Raises UnavailableError.
    """
    session = Session(settings, place)
    try:
        for kind in ("warehouse", "database"):
            try:
                session.run(f"USE {kind.upper()}", f"USE {kind.upper()} {getattr(settings, kind)}")
            except StatementError as error:
                raise RefusedError(f"`{kind}` cannot be used: {error}") from None
    except BaseException:
        session.close()
        raise
    return Snowflake(session, settings.dedupe_days)


class Snowflake:
    """A database. What a transaction is to change waits until its end, and is then there whole or not at all.

    Loaders of one schema do not wait for each other until then. What one has read holds only if nobody else has
    committed since: so the first thing that a transaction changes is who has committed last, which is a lock as well.

    What declares commits, so tables and columns are made before. If a loader dies then, they are there and empty.
    """

    dialect: Dialect = DIALECT
    #: Each table of a block takes some five statements, whatever its rows; so many events take some 200 MB.
    events_at_once = 20_000
    is_queryable = True

    def __init__(self, session: Session, dedupe_days: int | None = None) -> None:
        self._session, self._stage, self._dedupe_days = session, Stage(session), dedupe_days
        self._pending: Pending | None = None
        #: Of the file, which may take several transactions.
        self._rejects: list[Reject] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._session.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Do at the end what was asked for within. What fails before leaves nothing but temporary tables."""
        self._pending = Pending()
        self._stage.reuse()
        try:
            yield
            self._commit(self._pending)
        except BaseException:
            self._rejects.clear()
            raise
        finally:
            self._pending = None

    def whole(self, schema: str, *table: str) -> str:
        return statements.whole(schema, *table)

    def schemas(self) -> list[str]:
        query = "SELECT table_schema FROM information_schema.tables WHERE table_name = ? ORDER BY 1"
        return [name.lower() for (name,) in self._session.ask("schemas", query, [LOADS.upper()])[1]]

    def loaded(self, schema: str, files: Collection[str]) -> set[str]:
        if self._pending is None:
            return self._noted(schema, files) if self._is_set_up(schema) else set()
        pending = self._begun(schema)
        found = self._noted(schema, files)
        pending.new_files = set(files) - found
        return found

    def describe(self, schema: str) -> Schema:
        """Ask once in a transaction, whose end fails if somebody else changes the schema meanwhile."""
        if self._pending is None:
            return {table: settled(columns) for table, columns in self._described(schema)[0].items()}
        pending = self._pending
        if not pending.is_described:
            self._begun(schema)
            tables, pending.room = self._described(schema)
            pending.tables = {table: settled(columns) for table, columns in tables.items()}
            pending.widened = {table: set(names) for table, columns in tables.items() if (names := begun(columns))}
            pending.there, pending.is_described = set(tables), True
        return {table: dict(columns) for table, columns in pending.tables.items()}

    def change(self, schema: str, batch: Batch) -> None:
        pending = self._begun(schema)
        self.describe(schema)
        pending.change(batch)

    def put(self, schema: str, batch: Batch) -> Mapping[str, int]:
        """Stage rows, without those whose ids are there: so it is known now how many are new."""
        pending = self._begun(schema)
        self.describe(schema)
        new: dict[str, int] = {}
        for table, each in batch.tables.items():
            self._rejects += pending.fit(table, each.rows)
            put = self._merge if table in MERGED else self._add
            new[table] = put(pending, table, each.rows)
        return new

    def note(self, schema: str, file: str, events: int, rejects: Sequence[Reject]) -> None:
        pending = self._begun(schema)
        told = [*rejects, *self._rejects]
        self._rejects.clear()
        if file not in pending.new_files:
            pending.notes += statements.forget(schema, file)
        if told:
            cells = ((each.table, each.row, each.column, each.value, each.reason, file) for each in told)
            rows = [
                {name: text.replace("\0", "") for name, text in zip(statements.REJECT_COLUMNS, each, strict=True)}
                for each in cells
            ]
            staged = self._stage.copied(schema, statements.REJECT_COLUMNS, rows)
            put = statements.insert(self.whole(schema, REJECTS), staged, statements.REJECT_COLUMNS)
            pending.notes.append(Change(REJECTS, put))
        pending.notes.append(statements.note(schema, file, events, len(told)))

    def query(self, text: str) -> tuple[list[str], list[tuple[Any, ...]]]:
        """Return the columns of an answer, and its rows."""
        return self._session.ask("query", text)

    def _begun(self, schema: str) -> Pending:
        """Return what is pending, after the turn is known: whatever is read after it holds until another one's."""
        if self._pending is None:
            raise RuntimeError("what is changed in a warehouse is changed in a transaction")
        if not self._pending.turn:
            if not self._is_set_up(schema):
                for statement in statements.own_tables(schema):
                    self._session.run("our tables", statement)
            self._pending.schema, self._pending.turn = schema, self._turn(schema)
        return self._pending

    def _is_set_up(self, schema: str) -> bool:
        query = "SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = ? AND table_name IN (?, ?, ?)"
        names = [schema.upper(), LOADS.upper(), REJECTS.upper(), statements.TURN.upper()]
        return self._session.ask("our tables", query, names)[1] == [(3,)]

    def _turn(self, schema: str) -> str:
        """Return who has committed last. Two loaders that set up a schema at once may have left a row each."""
        _, rows = self._session.ask("the turn", f"SELECT TURN FROM {self.whole(schema, statements.TURN)}")
        if not rows:
            raise StatementError(f"{schema}.{statements.TURN} has no row; drop it, and it is made anew")
        return " ".join(turn for (turn,) in rows)

    def _noted(self, schema: str, files: Collection[str]) -> set[str]:
        if not files:
            return set()
        query = f"SELECT FILE FROM {self.whole(schema, LOADS)} WHERE FILE IN ({', '.join('?' * len(files))})"
        return {file for (file,) in self._session.ask("loaded files", query, list(files))[1]}

    def _described(self, schema: str) -> tuple[Schema, dict[str, dict[str, int]]]:
        """Return the tables of a schema, and the room of columns that somebody else has made.

        What has a small letter in its name is not ours, and no query without quotation marks means it.
        """
        query = (
            "SELECT table_name, column_name, data_type, numeric_scale, character_maximum_length"
            " FROM information_schema.columns WHERE table_schema = ? ORDER BY table_name, ordinal_position"
        )
        found: list[tuple[str, str, str]] = []
        room: dict[str, dict[str, int]] = {}
        for table, column, kind, scale, length in self._session.ask("columns", query, [schema.upper()])[1]:
            if (table + column) != (table + column).upper() or table.startswith("_SLUICE_"):
                continue
            found.append((table.lower(), column.lower(), kind))
            if kind not in statements.COLUMN_TYPES or scale:
                room.setdefault(table.lower(), {})[column.lower()] = 0
            elif length is not None and length < _LONGEST_TEXT:
                room.setdefault(table.lower(), {})[column.lower()] = int(length)
        return described(found, statements.COLUMN_TYPES), room

    def _add(self, pending: Pending, table: str, rows: Iterable[dict[str, Any]]) -> int:
        """Stage the rows of a table that has a row for each event; return how many are new."""
        coming = pending.new(table, once(rows))
        if not coming:
            return 0
        columns = pending.columns(table, coming)
        target, staged = self.whole(pending.schema, table), self._stage.copied(pending.schema, columns, coming)
        known = 0
        if table in pending.there:
            is_timed = pending.tables[table].get("received_at") == "timestamp"
            since = window(coming, self._dedupe_days) if is_timed else None
            drop = statements.drop_known(staged, target, list(columns), is_windowed=since is not None)
            known = self._session.run(f"ids of {table}", drop, [since.isoformat()] if since else [])
        if known < len(coming):
            pending.changes.append(Change(table, statements.insert(target, staged, columns)))
        return len(coming) - known

    def _merge(self, pending: Pending, table: str, rows: Iterable[dict[str, Any]]) -> int:
        """Keep the rows of a table that has one for each id until the end; return how many are new."""
        overflows = partial(self._overflows, pending, table)
        coming = pending.merging[table] = merged([*pending.merging.get(table, ()), *rows], overflows)
        new = pending.new(table, coming)
        if not new or table not in pending.there:
            return len(new)
        staged = self._stage.copied(pending.schema, {"id": "varchar"}, new)
        query = statements.count_known(staged, self.whole(pending.schema, table))
        return len(new) - int(self._session.ask(f"ids of {table}", query)[1][0][0])

    def _overflows(self, pending: Pending, table: str, ids: list[Any]) -> Iterator[tuple[Any, datetime, str]]:
        if table in pending.there and OVERFLOW not in pending.added.get(table, {}):
            staged = self._stage.copied(pending.schema, {"id": "varchar"}, [{"id": key} for key in ids])
            query = statements.overflows(staged, self.whole(pending.schema, table))
            yield from map(_overflow, self._session.ask(f"overflows of {table}", query)[1])

    def _commit(self, pending: Pending) -> None:
        """Make tables and columns, and then change all rows together, and note the file with them."""
        for table, rows in pending.merging.items():
            columns = pending.columns(table, rows)
            staged = self._stage.copied(pending.schema, columns, rows)
            if table in pending.there:
                merge = statements.merge(pending.schema, table, staged, list(columns))
                pending.changes += (Change(table, each) for each in merge)
            else:
                put = statements.insert(self.whole(pending.schema, table), staged, columns)
                pending.changes.append(Change(table, put))
        if not pending.changes and not pending.notes:
            return
        self._declare(pending)
        self._change(pending, [*pending.changes, *pending.notes])

    def _declare(self, pending: Pending) -> None:
        """Make tables and columns. Raises OvertakenError if they are others then, which somebody else has made."""
        for statement in statements.declarations(pending):
            self._session.run("tables and columns", statement)
        there = self._described(pending.schema)[0] if pending.widened else {}
        for table, names in pending.widened.items():
            declare = partial(self._session.run, f"columns of {table}")
            change = partial(self._change_one, pending, table)
            widen(self.whole(pending.schema, table), sorted(names), there.get(table, {}), declare, change)
        if pending.added or pending.widened:
            found = self._described(pending.schema)[0]
            if not all(columns.items() <= found.get(table, {}).items() for table, columns in pending.tables.items()):
                raise OvertakenError("another loader was faster; the file comes again")

    def _change_one(self, pending: Pending, table: str, sql: str) -> None:
        self._change(pending, [Change(table, sql)])

    def _change(self, pending: Pending, changes: Iterable[Change]) -> None:
        """Change rows in one transaction, if nobody else has since the turn was read."""
        turn, before = uuid4().hex, pending.turn.split()
        self._session.run("a transaction", "BEGIN TRANSACTION")
        try:
            take = statements.take_turn(pending.schema, len(before))
            if self._session.run("the turn", take, [turn, *before]) != len(before):
                raise OvertakenError("another loader was faster; the file comes again")
            for each in changes:
                self._session.run(f"rows of {each.table}", each.sql, each.parameters)
            self._session.run("a transaction", "COMMIT")
        except BaseException:
            with suppress(Exception):
                self._session.run("a transaction", "ROLLBACK")
            raise
        pending.turn = " ".join([turn] * len(before))


def _overflow(row: tuple[Any, ...]) -> tuple[Any, datetime, str]:
    key, at, text = row
    return key, at, text
