"""ClickHouse, one's own or ClickHouse Cloud, by its HTTP interface. https://clickhouse.com/docs/interfaces/http"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from functools import partial
from hashlib import sha256
from typing import Any, Self
from uuid import uuid4

from catalogue.warehouses.clickhouse import client, statements
from catalogue.warehouses.clickhouse.client import Client
from catalogue.warehouses.clickhouse.columns import REQUIRED
from catalogue.warehouses.clickhouse.dialect import DIALECT
from catalogue.warehouses.clickhouse.errors import NotFoundError
from catalogue.warehouses.clickhouse.pending import Pending, Step
from catalogue.warehouses.clickhouse.settings import Settings
from catalogue.warehouses.clickhouse.values import binary
from sluice.warehouses.batches import OVERFLOW, Batch, Reject, Schema, merged, once
from sluice.warehouses.engines.http import Connections, connections
from sluice.warehouses.engines.pending import window
from sluice.warehouses.names import Dialect
from sluice.warehouses.rows import MERGED
from sluice.warehouses.settings import Staging
from sluice.warehouses.warehouse import LOADS, REJECTS, StatementError, UnavailableError

#: Tables that are asked for ids in one question.
_TABLES = 50


def connect(settings: Settings, _: Staging | None = None) -> "ClickHouse":
    """Return a ClickHouse that lets us in. Raises UnavailableError."""
    pool = connections()
    try:
        found = Client(pool, settings.url, settings.user, settings.password)
        found.ask("SELECT 1")
        return ClickHouse(pool, found, settings.dedupe_days)
    except StatementError as error:
        pool.close()
        raise UnavailableError(str(error)) from error
    except UnavailableError:
        pool.close()
        raise


class ClickHouse:
    """A server. What a transaction is to change waits until its end, and is then done statement by statement.

    ClickHouse takes nothing back. A loader that dies in the midst of the end leaves tables, and rows of some of them,
    without the note that their file is loaded, which is put in last: the next try finds the ids that are there and
    puts in the others. Rows of the latest values may be put in however often.

    Loaders do not wait for each other. Two that put in the same block at the same time put it in once, for its token
    says what is in it; two that have one event in different blocks may leave it twice until ClickHouse merges them,
    and `FINAL` leaves the second out.
    """

    dialect: Dialect = DIALECT
    is_queryable = True
    #: Each table of a block is a part on the disk of ClickHouse, which likes them few.
    events_at_once = 20_000

    def __init__(self, pool: Connections, client: Client, dedupe_days: int | None) -> None:
        self._pool, self._client, self._dedupe_days = pool, client, dedupe_days
        self._pending: Pending | None = None
        #: Of the file, which may take several transactions.
        self._rejects: list[Reject] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Do at the end what was asked for within. What fails before leaves nothing."""
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
        return statements.whole(schema, *table)

    def schemas(self) -> list[str]:
        return [name for (name,) in self._client.ask(statements.HAVING_LOADS).rows]

    def loaded(self, schema: str, files: Collection[str]) -> set[str]:
        found = self._known(schema, files)
        if self._pending is not None:
            self._pending.files = found
        return found[0]

    def _known(self, schema: str, files: Collection[str]) -> tuple[set[str], set[str]]:
        """Return the files that are noted, and those with rejects: none if somebody dropped the table of these."""
        found: tuple[set[str], set[str]] = set(), set()
        for tables in ((LOADS, REJECTS), (LOADS,)):
            with suppress(NotFoundError):
                question = statements.known_files(schema, *tables)
                for number, file in self._client.ask_about(question, ((0, each) for each in files)).rows:
                    found[number].add(file)
                break
        return found

    def describe(self, schema: str) -> Schema:
        """Ask once in a transaction: nobody else changes a schema."""
        pending = self._pending or Pending()
        if not pending.is_described:
            pending.schema = schema
            pending.describe(self._client.ask(statements.DESCRIBED, {"schema": schema}).rows)
        return pending.described()

    def change(self, schema: str, batch: Batch) -> None:
        self._begun(schema).change(batch)

    def put(self, schema: str, batch: Batch) -> Mapping[str, int]:
        """Ask which ids are there, and have the rows of the others wait: so it is known now how many are new."""
        pending = self._begun(schema)
        for table, each in batch.tables.items():
            self._rejects += pending.fit(table, each.rows)
        coming = {table: pending.new(table, once(each.rows)) for table, each in batch.tables.items()}
        there = self._there(pending, coming)
        counts: dict[str, int] = {}
        for table, rows in coming.items():
            new = [row for row in rows if row["id"] not in there.get(table, ())]
            counts[table] = len(new)
            if table in MERGED:
                self._merge(pending, table, batch.tables[table].rows)
            elif new:
                self._insert(pending, table, new, _named(new))
        return counts

    def note(self, schema: str, file: str, events: int, rejects: Sequence[Reject]) -> None:
        pending = self._begun(schema)
        told = [*rejects, *self._rejects]
        self._rejects.clear()
        self._finish(pending)
        noted, rejected = pending.files
        parameters = {"file": file}
        for table, files in ((REJECTS, rejected), (LOADS, noted)):
            if file in files:
                pending.steps.append(Step(statements.forget(schema, table), parameters=parameters))
        if told:
            cells = ((each.table, each.row, each.column, each.value, each.reason, file) for each in told)
            rows = [
                {name: text.replace("\0", "") for name, text in zip(statements.REJECTED, each, strict=True)}
                for each in cells
            ]
            into = statements.insert(schema, REJECTS, statements.REJECTED)
            pending.steps.append(Step(into, binary(statements.REJECTED, rows), uuid4().hex))
        row = {"file": file, "events": events, "rejects": len(told)}
        into = statements.insert(schema, LOADS, statements.NOTED)
        pending.steps.append(Step(into, binary(statements.NOTED, [row]), uuid4().hex))

    def query(self, text: str) -> tuple[list[str], list[tuple[Any, ...]]]:
        """Return the columns of an answer, and its rows."""
        answer = self._client.ask(text, settings=client.STANDARD)
        return answer.columns, answer.rows

    def _begun(self, schema: str) -> Pending:
        """Return what is pending, described."""
        if self._pending is None:
            raise RuntimeError("what is changed in a warehouse is changed in a transaction")
        self.describe(schema)
        return self._pending

    def _there(self, pending: Pending, coming: Mapping[str, Sequence[Mapping[str, Any]]]) -> dict[str, set[str]]:
        """Return the ids of rows that are in their tables already, of those that were received in the window."""
        asked = [table for table, rows in coming.items() if rows and table in pending.there]
        found: dict[str, set[str]] = {}
        for at in range(0, len(asked), _TABLES):
            tables = asked[at : at + _TABLES]
            question = " UNION ALL ".join(
                statements.known_ids(number, pending.schema, table, self._since(pending, table, coming[table]))
                for number, table in enumerate(tables)
            )
            ids = ((number, row["id"]) for number, table in enumerate(tables) for row in coming[table])
            for number, key in self._client.ask_about(question, ids).rows:
                found.setdefault(tables[number], set()).add(key)
        return found

    def _since(self, pending: Pending, table: str, rows: Iterable[Mapping[str, Any]]) -> datetime | None:
        """Return from when on rows are looked through for those that are there; None if all are."""
        received = pending.tables[table].get("received_at")
        is_windowed = table not in MERGED and received is not None and received.kind == "timestamp"
        return window(rows, self._dedupe_days) if is_windowed else None

    def _merge(self, pending: Pending, table: str, rows: Iterable[dict[str, Any]]) -> None:
        """Have rows wait for the table of the latest values; what is beyond its columns waits until all is known."""
        waiting = []
        for row in rows:
            if OVERFLOW in row:
                pending.overflowing.setdefault(table, []).append(row)
            if OVERFLOW not in row or row.keys() - REQUIRED - {OVERFLOW}:
                waiting.append({name: value for name, value in row.items() if name != OVERFLOW})
        if waiting:
            self._insert(pending, table, waiting)

    def _finish(self, pending: Pending) -> None:
        """Have what is beyond the columns wait, merged with what is there, and views to be made of all columns."""
        for table, rows in pending.overflowing.items():
            whole = merged(rows, partial(self._overflows, pending, table))
            kept = ("id", "received_at", OVERFLOW)
            few = [{name: row[name] for name in kept if name in row} for row in whole]
            self._insert(pending, table, few, now=datetime.now(UTC))
        pending.overflowing.clear()
        for table in sorted(pending.stale):
            pending.steps.append(Step(statements.create_view(pending.schema, table, pending.tables[table])))
        pending.stale.clear()

    def _overflows(self, pending: Pending, table: str, ids: list[Any]) -> list[tuple[Any, ...]]:
        if OVERFLOW not in pending.there.get(table, ()):
            return []
        question = statements.overflows(pending.schema, table, OVERFLOW)
        return self._client.ask_about(question, ((0, each) for each in ids)).rows

    def _insert(
        self,
        pending: Pending,
        table: str,
        rows: Sequence[dict[str, Any]],
        named: bytes | None = None,
        now: datetime | None = None,
    ) -> None:
        """Have rows wait to be put in, in a block whose token is made of its ids or of all that is in it.

        A file that was noted before is loaded again for what somebody removed: its tokens are those of no other try.
        """
        columns = pending.columns(table, rows)
        block = binary(columns, rows, now)
        again = uuid4().bytes if pending.files[0] else b""
        token = sha256(b"\0".join((table.encode(), named or block, again))).hexdigest()
        into = statements.insert(pending.schema, statements.kept(table), columns)
        pending.steps.append(Step(into, block, token))

    def _commit(self, pending: Pending) -> None:
        """Make tables and columns, and put in rows, in the order in which they were asked for; the note is the last."""
        self._finish(pending)
        if pending.steps and not pending.is_set_up:
            for sql in statements.own_tables(pending.schema):
                self._client.ask(sql)
        for step in pending.steps:
            if step.rows:
                self._client.insert(step.sql, step.rows, step.token)
            else:
                self._client.ask(step.sql, step.parameters)


def _named(rows: Iterable[Mapping[str, Any]]) -> bytes:
    return "\0".join(row["id"] for row in rows).encode()
