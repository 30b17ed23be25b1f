"""Loaders that die at any moment, and several at once: each file is there whole, and each event once."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import pytest

from catalogue.warehouses.postgres.warehouse import Postgres
from sluice.warehouses.batches import Batch
from sluice.warehouses.warehouse import load_file
from tests.postgres import emptied
from tests.unit.warehouses.conftest import WEB, Engine, asked, identify, load, opened, track


def test_a_load_that_breaks_leaves_nothing_behind(warehouse: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Given a fault between the rows and the note that the file is loaded, there are no rows, and no table."""
    note = type(warehouse).note

    def breaks(*_: Any) -> None:
        raise OSError("No space left on device")

    monkeypatch.setattr(type(warehouse), "note", breaks)
    with pytest.raises(OSError, match="No space left"):
        load(warehouse, "f1", track(1))
    monkeypatch.setattr(type(warehouse), "note", note)
    assert warehouse.describe("web") == {}
    assert load(warehouse, "f1", track(1)).rows == {"tracks": 1, "order_completed": 1}


class Breaking:
    """A warehouse whose loader dies at a step: before it, or when it is done and nobody has heard so."""

    def __init__(self, engine: Engine, step: int, *, is_done: bool) -> None:
        self.engine, self.left, self.is_done = engine, step, is_done
        self.dialect, self.events_at_once = engine.dialect, engine.events_at_once

    @contextmanager
    def transaction(self) -> Iterator[None]:
        with self.engine.transaction():
            yield
        self._step(lambda: None)

    def __getattr__(self, name: str) -> Any:
        return lambda *given: self._step(lambda: getattr(self.engine, name)(*given))

    def _step(self, do: Callable[[], Any]) -> Any:
        self.left -= 1
        if self.left == 0 and not self.is_done:
            raise OSError("died")
        answer = do()
        if self.left == 0:
            raise OSError("died")
        return answer


@pytest.mark.parametrize("is_done", [False, True], ids=["before", "after"])
def test_a_file_of_very_many_tables_takes_several_transactions_and_dies_at_any_step(
    warehouse: Engine, *, is_done: bool
) -> None:
    """Given a death at every step in turn, and a loader that begins again after each, it is all there and once."""
    dies_at_any_step(warehouse, 12, is_done=is_done)


def dies_at_any_step(warehouse: Engine, names: int, *, is_done: bool) -> None:
    """Load a file of as many names of events, dying at every step in turn."""
    events = [track(at, f"Viewed {at}", n=at) for at in range(names)] + [identify(1, "u1", "12:00", plan="free")]
    events += [track(names + at, f"Viewed {at}", **{"": "no name"}) for at in range(3)]
    deaths = 0
    for step in range(1, 100):
        try:
            load_file(Breaking(warehouse, step, is_done=is_done), WEB, "f1", events, most_tables=4)
        except OSError:
            deaths += 1
        else:
            break
    assert deaths > 3
    assert load(warehouse, "f1", *events).rows == {}
    assert asked(warehouse, "SELECT count(*), count(DISTINCT id) FROM web.tracks") == [(names + 3, names + 3)]
    last = names - 1
    assert asked(warehouse, f"SELECT count(*), sum(n) FROM web.viewed_{last}") == [(1, last)]  # noqa: S608 - of a test
    assert asked(warehouse, "SELECT plan FROM web.users") == [("free",)]
    assert asked(warehouse, "SELECT count(*), count(DISTINCT row_id) FROM web._sluice_rejects") == [(3, 3)]


def test_a_file_of_very_many_tables_takes_less_than_half_of_the_locks_of_postgres(server: str) -> None:
    """Given 1,100 names of events in a file, a transaction leaves room for another such."""
    locks: list[int] = []
    emptied(server, "web")
    with Postgres(server) as engine:
        put = engine.put

        def counted(schema: str, batch: Batch) -> Mapping[str, int]:
            new = put(schema, batch)
            locks.append(asked(engine, "SELECT count(*) FROM pg_locks")[0][0])
            return new

        counting = SimpleNamespace(
            dialect=engine.dialect, events_at_once=engine.events_at_once, transaction=engine.transaction,
            loaded=engine.loaded, describe=engine.describe,
            change=engine.change, put=counted, note=engine.note,
        )  # fmt: skip
        found = load_file(counting, WEB, "f1", [track(at, f"Viewed product {at}") for at in range(1100)])
        ((room,),) = asked(
            engine,
            "SELECT current_setting('max_locks_per_transaction')::int * current_setting('max_connections')::int",
        )
    assert sum(found.rows.values()) == 2200
    assert 500 < max(locks) < room / 4


LOADER = """
import json, sys
from sluice.warehouses.warehouse import Target, load_file
kind, path, files = sys.argv[1], sys.argv[2], json.loads(sys.argv[3])
if kind == "duckdb":
    from catalogue.warehouses.duckdb.warehouse import DuckDb as Engine
else:
    from catalogue.warehouses.postgres.warehouse import Postgres as Engine
with Engine(path) as warehouse:
    print("open", flush=True)
    for number in files:
        events = [
            {"type": "track", "messageId": f"m{number}-{each}", "userId": f"u{each % 9}", "event": f"E{each % 5}",
             "receivedAt": "2026-01-15T12:00:00.000Z", "properties": {"n": each, f"p{number}": "x"}}
            for each in range(300)
        ]
        load_file(warehouse, Target(["W"], "web"), f"f{number}", events)
print("done", flush=True)
"""


def test_a_loader_that_is_killed_at_any_moment_loses_nothing_and_repeats_nothing(place: tuple[str, str]) -> None:
    """Given SIGKILLs while twelve files are loaded, in another order each time, each is there whole and once."""
    rng = random.Random(3)  # noqa: S311 - no secret
    files, kills, is_done = list(range(12)), 0, False
    while not is_done:
        rng.shuffle(files)
        with subprocess.Popen(
            [sys.executable, "-c", LOADER, *place, json.dumps(files)],
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        ) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == "open\n"
            if kills < 8:
                time.sleep(rng.uniform(0.0, 0.25))
                process.send_signal(signal.SIGKILL)
                kills += 1
            is_done = "done" in process.stdout.read()
        with opened(place) as warehouse:
            if warehouse.describe("web"):
                (counted,) = asked(warehouse, "SELECT count(*), count(DISTINCT id) FROM web.tracks")
                (loads,) = asked(warehouse, "SELECT count(*) FROM web._sluice_loads")
                assert counted == (300 * loads[0], 300 * loads[0])
    with opened(place) as warehouse:
        assert asked(warehouse, "SELECT count(*), count(DISTINCT id) FROM web.tracks") == [(3600, 3600)]
        assert asked(warehouse, "SELECT sum(n) FROM web.e0") == [(12 * sum(range(0, 300, 5)),)]


def test_two_loaders_at_once_take_turns_and_nothing_is_there_twice(server: str) -> None:
    """Given two processes that load the same files in other orders into one Postgres, each file is there once."""
    emptied(server, "web")
    orders = [list(range(12)), list(reversed(range(12)))]
    running = [
        subprocess.Popen(
            [sys.executable, "-c", LOADER, "postgres", server, json.dumps(files)],
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        )
        for files in orders
    ]
    assert ["done" in each.communicate(timeout=60)[0] for each in running] == [True, True]
    with Postgres(server) as warehouse:
        assert asked(warehouse, "SELECT count(*), count(DISTINCT id) FROM web.tracks") == [(3600, 3600)]
        assert asked(warehouse, "SELECT count(*) FROM web._sluice_loads") == [(12,)]
