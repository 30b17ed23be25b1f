"""Each engine that there is, empty, and events to load into it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from catalogue.warehouses.duckdb.warehouse import DuckDb
from catalogue.warehouses.postgres.warehouse import Postgres
from sluice.warehouses.warehouse import Target, load_file
from tests.postgres import emptied

RECEIVED = "2026-01-15T12:00:00.000Z"


def track(number: int, event: str = "Order Completed", **properties: Any) -> dict[str, Any]:
    return {
        "type": "track", "messageId": f"m{number}", "userId": f"u{number % 7}", "event": event, "receivedAt": RECEIVED,
        "timestamp": RECEIVED, "properties": properties, "context": {"ip": "1.2.3.4"},
    }  # fmt: skip


def identify(number: int, user: str, at: str, **traits: Any) -> dict[str, Any]:
    received = f"2026-01-15T{at}:00.000Z"
    return {"type": "identify", "messageId": f"i{number}", "userId": user, "receivedAt": received, "traits": traits}


def thing(collection: str, key: str, at: str = "12:00", **properties: Any) -> dict[str, Any]:
    """An object as the archive has it."""
    received = f"2026-01-15T{at}:00.000Z"
    return {
        "sourceId": "web", "receivedAt": received, "collection": collection, "id": key, "properties": properties,
    }  # fmt: skip


type Engine = DuckDb | Postgres


@pytest.fixture(params=["duckdb", "postgres"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[str, str]:
    """The type of an engine, and where an empty one is."""
    if request.param == "duckdb":
        return "duckdb", str(tmp_path / "warehouse.duckdb")
    uri = request.getfixturevalue("server")
    emptied(uri, "web", "my_shop")
    return "postgres", uri


def opened(place: tuple[str, str]) -> Engine:
    kind, where = place
    return DuckDb(where) if kind == "duckdb" else Postgres(where)


@pytest.fixture
def warehouse(place: tuple[str, str]) -> Iterator[Engine]:
    with opened(place) as engine:
        yield engine


#: A schema of a warehouse that events call W.
WEB = Target(["W"], "web")


def load(warehouse: Engine, file: str, *events: dict[str, Any], target: Target = WEB, **options: Any) -> Any:
    return load_file(warehouse, target, file, events, **options)


def asked(warehouse: Engine, query: str) -> list[tuple[Any, ...]]:
    return warehouse.query(query)[1]
