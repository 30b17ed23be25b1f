"""`sluice warehouse` on objects: loaded beside events, and verified by another reader."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from catalogue.warehouses.duckdb.warehouse import DuckDb
from catalogue.warehouses.postgres.warehouse import Postgres
from cli.__main__ import main
from tests.postgres import emptied
from tests.unit.cli.conftest import Installation, partition
from tests.unit.cli.test_warehouse import AT, archived, order

LATER = "2026-11-23T11:00:00.000Z"

type Run = Callable[..., tuple[int, str]]
type Ask = Callable[[str], list[tuple[Any, ...]]]


def thing(collection: str, key: str, at: str = AT, **properties: Any) -> dict[str, Any]:
    return {"sourceId": "website", "receivedAt": at, "collection": collection, "id": key, "properties": properties}


@pytest.fixture
def archive(place: Installation) -> None:
    """An event, and objects of a collection of the event's name, of another one, and of users."""
    place.put(partition(AT) + "a.gz", order("m1", 10), archived("m2", event="Plans", properties={"seats": 1}))
    first = [thing("plans", "p1", price=5, name="Free", note="x"), thing("plans", "p2", price=7)]
    place.put(partition(AT, area="objects") + "b.gz", *first, thing("seats", "s1", price="1", n=1.5))
    newer = [thing("plans", "p1", LATER, price=6, since="2026-01-01"), thing("users", "u9", LATER, age=40)]
    place.put(partition(LATER, area="objects") + "c.gz", *newer, thing("plans", "p2", LATER, name=None))


@pytest.fixture(params=["duckdb", "postgres"])
def engine(
    request: pytest.FixtureRequest,
    archive: None,  # noqa: ARG001 - what is loaded
    server: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> tuple[Run, Ask]:
    """Commands about an empty engine, and questions to it."""
    file = tmp_path / "w.duckdb"
    emptied(server, "website", "server")
    is_file = request.param == "duckdb"
    where = ["--file", str(file)] if is_file else ["--postgres", server]

    def run(command: str) -> tuple[int, str]:
        capsys.readouterr()
        return main(["warehouse", command, *where, "--from", "2026-11-20"]), capsys.readouterr().out

    @contextmanager
    def opened() -> Iterator[DuckDb | Postgres]:
        with DuckDb(file) if is_file else Postgres(server) as found:
            yield found

    def ask(query: str) -> list[tuple[Any, ...]]:
        with opened() as found:
            return found.query(query)[1]

    return run, ask


def test_objects_are_loaded_beside_events_and_verified_by_another_reader(engine: tuple[Run, Ask]) -> None:
    run, ask = engine
    status, told = run("sync")
    assert (status, "of 3 files" in told) == (0, True)
    query = "SELECT id, price, name, note FROM website.plans__objects ORDER BY id"
    assert ask(query) == [("p1", 6, "Free", "x"), ("p2", 7, None, None)]
    status, told = run("verify")
    assert status == 0
    for table, count in (("order_completed", 1), ("plans", 1), ("plans__objects", 2), ("seats", 1), ("users", 1)):
        assert f"website: {table}: {count} in the archive, all there, once" in told


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ("DELETE FROM website.plans__objects WHERE id = 'p1'", "plans__objects: 2 in the archive, 1 missing, 0 twice"),
        ("UPDATE website.plans__objects SET price = 5 WHERE id = 'p1'", "0 twice, 1 numbers differ"),
        ("UPDATE website.seats SET n = NULL", "seats: 1 in the archive, 0 missing, 0 twice, 1 numbers differ"),
        (
            "UPDATE website.plans__objects SET received_at = '2026-11-23 10:00:00' WHERE id = 'p1'",
            "0 numbers differ, 1 older than the archive",
        ),
        ("DROP TABLE website.seats", "seats: 1 in the archive, 1 missing"),
    ],
)
def test_objects_that_somebody_changed_by_hand_are_found(engine: tuple[Run, Ask], fault: str, said: str) -> None:
    run, ask = engine
    run("sync")
    ask(fault)
    status, told = run("verify")
    assert (status, said in told) == (1, True), told


def test_a_row_that_is_newer_than_the_files_looked_at_does_not_differ(engine: tuple[Run, Ask]) -> None:
    run, ask = engine
    run("sync")
    ask("UPDATE website.plans__objects SET received_at = '2026-11-25 10:00:00', price = 99 WHERE id = 'p1'")
    assert run("verify")[0] == 0
