"""The warehouse: events to rows, and a file of the archive to tables of DuckDB.

Of rows the floor parses the events. Of a file it is DuckDB that reads rows which are ready, one table, as JSON lines.
"""

import itertools
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import duckdb
import orjson

from catalogue.warehouses.duckdb.dialect import DIALECT
from catalogue.warehouses.duckdb.warehouse import DuckDb
from checks.bench.figures import Figure, compared
from checks.bench.parts.delivery import corpus
from sluice.memory import collect_rarely
from sluice.warehouses.batches import batch_of
from sluice.warehouses.rows import rows_of
from sluice.warehouses.warehouse import load_file

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
            load_file(warehouse, "duckdb", "web", "file", map(orjson.loads, texts))

    def least() -> None:
        with duckdb.connect(str(folder / f"{next(numbers)}.duckdb")) as connection:
            connection.execute(f"CREATE TABLE t AS SELECT * FROM read_json('{ready}', format = 'newline_delimited')")  # noqa: S608

    yield Figure(
        part="warehouse",
        what="a file of the archive to all tables of DuckDB",
        unit="µs an event",
        **compared(_spent(load), _spent(least)),
    )


def made(texts: list[bytes]) -> object:
    return batch_of((row for text in texts for row in rows_of(orjson.loads(text), DIALECT)), {})


def _flat(texts: list[bytes]) -> Iterator[dict[str, Any]]:
    for text in texts:
        for row in rows_of(orjson.loads(text), DIALECT)[:1]:
            yield row.values


def _spent(work: Callable[[], object]) -> Callable[[], float]:
    """The processor's microseconds for an event, of all threads."""

    def each() -> float:
        started = time.process_time()
        work()
        return (time.process_time() - started) / _EVENTS * 1e6

    return each
