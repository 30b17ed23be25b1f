"""The warehouse: events to rows, a file of the archive to tables of DuckDB, and rows to tables of Postgres.

Of rows the floor parses the events. Of a file it is DuckDB that reads ready rows, one table, as JSON lines.
Of Postgres it copies ready CSV to the same tables without keys; both count the time of client and server.
"""

import itertools
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import duckdb
import orjson
import psutil
import psycopg
from psycopg.sql import SQL, Identifier

from catalogue.warehouses.duckdb.dialect import DIALECT
from catalogue.warehouses.duckdb.warehouse import DuckDb
from catalogue.warehouses.postgres.warehouse import Postgres
from checks.bench.figures import Figure, compared
from checks.bench.parts.delivery import corpus
from sluice.memory import collect_rarely
from sluice.warehouses.batches import batch_of
from sluice.warehouses.rows import rows_of
from sluice.warehouses.warehouse import Target, load_file
from tests.postgres import postgres

_EVENTS = 5_000
_GOAL = 2.5
_RECEIVED = "2026-01-15T12:00:00.000Z"


def documents() -> list[bytes]:
    """Return events of the corpus as the archive has them, each with an id of its own."""
    events = itertools.islice(itertools.cycle(map(orjson.loads, corpus())), _EVENTS)
    return [
        orjson.dumps({"receivedAt": _RECEIVED, **event, "messageId": f"m{number}"})
        for number, event in enumerate(events)
    ]


def figures(folder: Path) -> Iterator[Figure]:
    collect_rarely()
    texts = documents()
    yield Figure(
        part="warehouse",
        what="events to rows",
        unit="µs an event",
        goal=_GOAL,
        **compared(_spent(lambda: made(texts)), _spent(lambda: [orjson.loads(text) for text in texts])),
    )
    ready = folder / "ready.json"
    ready.write_bytes(b"\n".join(orjson.dumps(row) for row in _flat(texts)))
    numbers = itertools.count()

    def load() -> None:
        with DuckDb(folder / f"{next(numbers)}.duckdb") as warehouse:
            load_file(warehouse, Target(["duckdb"], "web"), "file", map(orjson.loads, texts))

    def least() -> None:
        with duckdb.connect(str(folder / f"{next(numbers)}.duckdb")) as connection:
            connection.execute(f"CREATE TABLE t AS SELECT * FROM read_json('{ready}', format = 'newline_delimited')")  # noqa: S608

    yield Figure(
        part="warehouse",
        what="a file of the archive to all tables of DuckDB",
        unit="µs an event",
        **compared(_spent(load), _spent(least)),
    )
    with postgres(folder) as address, Postgres(address) as warehouse:
        yield Figure(
            part="warehouse",
            what="rows to all tables of Postgres",
            unit="µs an event",
            goal=_GOAL,
            **_of_postgres(warehouse, address, texts),
        )


def _of_postgres(warehouse: Postgres, address: str, texts: list[bytes]) -> Any:
    batch = batch_of((row for text in texts for row in rows_of(orjson.loads(text), warehouse.dialect)), {})

    def put() -> None:
        with warehouse.transaction():
            warehouse.change("web", batch)
            warehouse.put("web", batch)

    put()
    with psycopg.connect(address, autocommit=True, options="-c timezone=UTC") as floor:
        ready = {}
        for table in batch.tables:
            floor.execute(SQL("CREATE TABLE {} (LIKE {})").format(Identifier(table), Identifier("web", table)))
            with floor.cursor().copy(SQL("COPY {} TO STDOUT (FORMAT CSV)").format(Identifier("web", table))) as copy:
                ready[table] = b"".join(map(bytes, copy))

        def least() -> None:
            with floor.transaction():
                for table, rows in ready.items():
                    with floor.cursor().copy(SQL("COPY {} FROM STDIN (FORMAT CSV)").format(Identifier(table))) as copy:
                        copy.write(rows)

        def dropped() -> None:
            warehouse.query("DROP SCHEMA web CASCADE")

        def emptied() -> None:
            for table in ready:
                floor.execute(SQL("TRUNCATE {}").format(Identifier(table)))

        ((server,),) = warehouse.query("SELECT pg_backend_pid()")[1]
        return compared(_spent(put, server, dropped), _spent(least, floor.info.backend_pid, emptied))


def made(texts: list[bytes]) -> object:
    return batch_of((row for text in texts for row in rows_of(orjson.loads(text), DIALECT)), {})


def _flat(texts: list[bytes]) -> Iterator[dict[str, Any]]:
    for text in texts:
        for row in rows_of(orjson.loads(text), DIALECT)[:1]:
            yield row.values


def _spent(
    work: Callable[[], object], server: int | None = None, prepare: Callable[[], object] = lambda: None
) -> Callable[[], float]:
    """The processor's microseconds for an event, of all threads, and of the server's process if there is one."""

    def clock() -> float:
        times = psutil.Process(server).cpu_times() if server else None
        return time.process_time() + (times.user + times.system if times else 0)

    def each() -> float:
        prepare()
        started = clock()
        work()
        return (clock() - started) / _EVENTS * 1e6

    return each
