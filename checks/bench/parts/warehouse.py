"""The warehouse: events to rows, a file of the archive to tables of DuckDB, and rows to tables of Postgres.

Of rows the floor parses the events. Of a file it is DuckDB that reads ready rows, one table, as JSON lines.
Of Postgres it copies ready CSV to the same tables without keys; both count the time of client and server.
"""

import gzip
import itertools
import subprocess
import sys
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
#: Files of half a minute at the reference's thousand a second, empty tables before each.
_EVENTS_OF_A_FILE, _GOAL_OF_A_FILE = 30_000, 3.5
_DLT, _LOAD_WITH_DLT = Path(".venv-dlt/bin/python").absolute(), Path("checks/bench/peers/load_with_dlt.py").absolute()
#: What a loader may take, and the events of the corpus that Firehose gathers before it writes a file.
_MOST_MEGABYTES = 350
_EVENTS_OF_64_MB = 53_000
#: Loads a file of so many events and prints the most memory that it took.
_LOADER = """
import gzip, re, sys
from pathlib import Path
import orjson
from catalogue.warehouses.postgres.warehouse import Postgres
from sluice.memory import collect_rarely
from sluice.warehouses.warehouse import Target, load_file
collect_rarely()
file, address = sys.argv[1:]
with Postgres(address) as engine, gzip.open(file) as lines:
    load_file(engine, Target(["main"], "memory"), file, map(orjson.loads, lines))
    engine.query("DROP SCHEMA memory CASCADE")
print(int(re.search(r"VmHWM:\\s+([0-9]+)", Path("/proc/self/status").read_text())[1]) / 1024)
"""
_RECEIVED = "2026-01-15T12:00:00.000Z"


def documents(count: int = _EVENTS) -> list[bytes]:
    """Return events of the corpus as the archive has them, each with an id of its own."""
    events = itertools.islice(itertools.cycle(map(orjson.loads, corpus())), count)
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
    with postgres(folder) as address:
        yield Figure(
            part="warehouse",
            what="memory for a file of 64 MB into Postgres",
            unit="MB",
            goal=_MOST_MEGABYTES,
            is_absolute=True,
            **compared(
                lambda: _megabytes(folder, address, _EVENTS_OF_64_MB), lambda: _megabytes(folder, address, 1), rounds=1
            ),
        )
        yield from _whole_files(folder, address)
    with postgres(folder) as address, Postgres(address) as warehouse:
        yield Figure(
            part="warehouse",
            what="rows to all tables of Postgres",
            unit="µs an event",
            goal=_GOAL,
            **_of_postgres(warehouse, address, texts),
        )


def _whole_files(folder: Path, address: str) -> Iterator[Figure]:
    """Load a file into Postgres as the loader does, and with dlt, if it is installed: the time of the client."""
    file = folder / "whole.gz"
    file.write_bytes(gzip.compress(b"\n".join(documents(_EVENTS_OF_A_FILE)), 6))

    def load() -> None:
        with Postgres(address) as engine, gzip.open(file) as lines:
            load_file(engine, Target(["main"], "whole"), "file", map(orjson.loads, lines))

    def emptied() -> None:
        with Postgres(address) as engine:
            engine.query("DROP SCHEMA IF EXISTS whole CASCADE")

    def read() -> None:
        with gzip.open(file) as lines:
            for line in lines:
                orjson.loads(line)

    least = _spent(read, events=_EVENTS_OF_A_FILE)
    yield Figure(
        part="warehouse",
        what="a file of the archive to all tables of Postgres, the client's time",
        unit="µs an event",
        goal=_GOAL_OF_A_FILE,
        **compared(_spent(load, prepare=emptied, events=_EVENTS_OF_A_FILE), least),
    )
    if _DLT.exists():
        numbers = itertools.count()

        def theirs() -> float:
            with Postgres(address) as engine:
                engine.query("DROP SCHEMA IF EXISTS dlt, dlt_staging CASCADE")
            command: list[str | Path] = [_DLT, _LOAD_WITH_DLT, file, address, folder / f"dlt{next(numbers)}"]
            said = subprocess.run(command, capture_output=True, text=True, check=True, cwd=folder).stdout
            return float(said) / _EVENTS_OF_A_FILE * 1e6

        yield Figure(
            part="warehouse", what="the same with dlt", unit="µs an event", **compared(theirs, least, rounds=3)
        )


def _megabytes(folder: Path, address: str, events: int) -> float:
    """Return the most memory of a process that loads a file of so many events."""
    file = folder / f"{events}.gz"
    if not file.exists():
        file.write_bytes(gzip.compress(b"\n".join(documents(events)), 6))
    command = [sys.executable, "-c", _LOADER, str(file), address]
    return float(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


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

        def emptied(*schema: str) -> None:
            for table in ready:
                floor.execute(SQL("TRUNCATE {}").format(Identifier(*schema, table)))

        ((server,),) = warehouse.query("SELECT pg_backend_pid()")[1]
        batch.added = {}  # the tables are there by now, for both
        return compared(_spent(put, server, lambda: emptied("web")), _spent(least, floor.info.backend_pid, emptied))


def made(texts: list[bytes]) -> object:
    return batch_of((row for text in texts for row in rows_of(orjson.loads(text), DIALECT)), {})


def _flat(texts: list[bytes]) -> Iterator[dict[str, Any]]:
    for text in texts:
        for row in rows_of(orjson.loads(text), DIALECT)[:1]:
            yield row.values


def _spent(
    work: Callable[[], object],
    server: int | None = None,
    prepare: Callable[[], object] = lambda: None,
    events: int = _EVENTS,
) -> Callable[[], float]:
    """The processor's microseconds for an event, of all threads, and of the server's process if there is one."""

    def clock() -> float:
        times = psutil.Process(server).cpu_times() if server else None
        return time.process_time() + (times.user + times.system if times else 0)

    def each() -> float:
        prepare()
        started = clock()
        work()
        return (clock() - started) / events * 1e6

    return each
