"""From a real SDK to rows, by the loaders of the stack: the same in DuckDB and in Postgres, and nothing lost."""

import base64
import gzip
import json
import shlex
import sys
import urllib.request
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from segment.analytics.client import Client

from catalogue.warehouses.duckdb.warehouse import DuckDb
from catalogue.warehouses.postgres.warehouse import Postgres
from local.own import Running, local_system
from local.settings import CREDENTIALS, REGION
from tests.pages import commands
from tests.postgres import postgres
from tests.system.conftest import eventually

SLUICE = (sys.executable, "-m", "cli", "warehouse")
WORKSPACE = """
sources:
  - {id: server, type: server, write_keys: [wk_server]}
  - {id: backend, type: server, write_keys: [wk_backend]}
warehouses:
  - id: main
    type: postgres
    settings: {url: "${secret:/sluice/main/url}"}
    schemas: {server: shop}
    drop: {properties: {bought: [secret]}}
"""


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with postgres(tmp_path_factory.mktemp("postgres")) as uri:
        yield uri


@pytest.fixture(scope="module")
def system(database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A local system with a loader for its own file of DuckDB, and one for a real Postgres."""
    folder = tmp_path_factory.mktemp("system")
    (folder / "state").mkdir(parents=True)
    (folder / "state/secrets.json").write_text(json.dumps({"/sluice/main/url": f"{database}&sslmode=disable"}))
    with local_system(folder, WORKSPACE, LIVE="main") as running:
        variables = {**CREDENTIALS, "AWS_DEFAULT_REGION": REGION, "AWS_ENDPOINT_URL": running.aws_url}
        yield replace(running, environment={**running.environment, **variables, "SLUICE_STAGE": "local"})


def test_what_an_sdk_sent_is_loaded_by_itself_into_duckdb_and_into_postgres(system: Running, database: str) -> None:
    """Given 300 tracks and 20 users, each is a row in both within seconds, and the archive says the same."""
    sdk = Client("wk_server", host=system.url, gzip=True)
    for number in range(300):
        properties = {"total": number / 4, "tags": ["a", number], "new": number > 9, "secret": "x"}
        sdk.track(f"u-{number % 20}", "Bought", properties)
    for number in range(20):
        sdk.identify(f"u-{number}", {"email": f"{number}@example.com", "address": {"city": "Zürich"}})
    sdk.shutdown()

    def loaded() -> int:
        with Postgres(database) as engine:
            tables = engine.describe("shop")
            ((count,),) = engine.query("SELECT count(*) FROM shop.tracks")[1] if "tracks" in tables else [(0,)]
            ((users,),) = engine.query("SELECT count(*) FROM shop.users")[1] if "users" in tables else [(0,)]
        return int(count + users)

    assert eventually(loaded, lambda found: found == 320, seconds=40) == 320
    # `make sql` waits for the loader of the file, and opens it when that has closed it.
    found = system.run(sys.executable, "-m", "local.sql", "SELECT count(*) || ' orders' FROM bought")
    assert "300 orders" in found

    bought = "SELECT id, user_id, total, tags, new FROM {}.bought ORDER BY id"
    users = "SELECT id, email, address_city FROM {}.users ORDER BY id"
    with DuckDb(system.state / "warehouses/local.duckdb") as one, Postgres(database) as other:
        for query, count in ((bought, 300), (users, 20)):
            rows = one.query(query.format("server"))[1]
            assert len(rows) == count
            assert rows == other.query(query.format("shop"))[1]
        assert "secret" in one.describe("server")["bought"]
        assert "secret" not in other.describe("shop")["bought"]

    assert "main               postgres     live" in system.output.read_text()
    workspace = ("--workspace", str(system.state / "workspace.yaml"))
    told = system.run(*SLUICE, "verify", "main", *workspace)
    assert "server: bought: 300 in the archive, all there, once" in told
    assert "missing" not in told
    status = system.run(*SLUICE, "status", "main", *workspace)
    assert "loader: every 60 minutes" in status
    assert "0 files wait" in status
    assert "UTC: " in status


def test_objects_are_the_same_rows_in_both_by_the_call_of_the_docs_and_by_the_bulk_form(
    system: Running, database: str
) -> None:
    """Given objects of a collection, of users and of an event's name, both warehouses have the same rows."""
    sdk = Client("wk_server", host=system.url)
    sdk.track("u-9", "Bought", {"total": 5})
    sdk.shutdown()

    def tables() -> set[str]:
        with Postgres(database) as engine:
            found = set(engine.describe("shop"))
        is_there = (system.state / "warehouses/local.duckdb").exists()
        shown = system.run(sys.executable, "-m", "local.sql", "SHOW ALL TABLES") if is_there else ""
        return found & {"bought"} if "bought" in shown else set()

    assert eventually(tables, bool, seconds=60) == {"bought"}
    (command,) = (each for each in commands("docs/warehouses.md") if each.startswith("curl "))
    assert json.loads(system.run(*shlex.split(command.replace("http://127.0.0.1:3000", system.url)))) == {
        "success": True
    }
    properties = {"price": 12, "name": "Pro", "since": "2026-01-15T12:00:00Z", "on_sale": True}
    _sent(system, "/v1/set", {"collection": "plans", "objects": [{"id": "p2", "properties": properties}]})
    _sent(system, "/v1/set", {"collection": "users", "objects": [{"id": "u-9", "properties": {"seats": 3}}]})
    _sent(system, "/v1/set", {"collection": "bought", "objects": [{"id": "b1", "properties": {"total": 1}}]})
    sync = _sent(system, "/v0/start")["sync_id"]
    lines = [{"collection": "plans", "id": f"q{number}", "properties": {"price": number}} for number in range(500)]
    body = "\n".join(map(json.dumps, lines)).encode()
    _sent(system, f"/v0/upload/{sync}", gzip.compress(body), {"content-encoding": "gzip"})
    _sent(system, f"/v0/finish/{sync}")

    def loaded() -> set[int]:
        with Postgres(database) as engine:
            tables = engine.describe("shop")
            names = ("plans", "bought__objects", "users")
            if not set(names) <= tables.keys() or "seats" not in tables["users"]:
                return set()
            return {engine.query(f"SELECT count(*) FROM shop.{name}")[1][0][0] for name in names}  # noqa: S608

    assert 502 in eventually(loaded, lambda found: {502, 1} <= found, seconds=60)
    _sent(system, "/v1/set", {"collection": "plans", "objects": [{"id": "p2", "properties": {"price": 14.5}}]})

    def price() -> object:
        with Postgres(database) as engine:
            return engine.query("SELECT price FROM shop.plans WHERE id = 'p2'")[1]

    assert eventually(price, lambda found: found == [(14.5,)], seconds=60) == [(14.5,)]
    (question,) = (each for each in commands("docs/warehouses.md") if each.endswith('FROM plans"'))
    query = shlex.split(question)[2].removeprefix("QUERY=")
    assert "9.5" in system.run(sys.executable, "-m", "local.sql", f"{query} WHERE id = 'p1'")
    queries = {
        "SELECT id, name, price, on_sale, _collection FROM {}.plans ORDER BY id": 502,
        "SELECT id, total FROM {}.bought__objects ORDER BY id": 1,
        "SELECT id, email, seats FROM {}.users WHERE id = 'u-9'": 1,
    }
    system.run(sys.executable, "-m", "local.sql", "SELECT 1")  # when the loader of the file has closed it
    with DuckDb(system.state / "warehouses/local.duckdb") as one, Postgres(database) as other:
        for query, count in queries.items():
            rows = one.query(query.format("server"))[1]
            assert len(rows) == count
            assert rows == other.query(query.format("shop"))[1]
    told = system.run(*SLUICE, "verify", "main", "--workspace", str(system.state / "workspace.yaml"))
    assert "server: plans: 502 in the archive, all there, once" in told
    assert "missing" not in told


def _sent(system: Running, path: str, body: Any = None, headers: dict[str, str] | None = None) -> Any:
    """Send something with the source's write key, and return what is answered."""
    basic = {"authorization": f"Basic {base64.b64encode(b'wk_server:').decode()}"}
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    request = urllib.request.Request(system.url + path, data, {**basic, **(headers or {})}, method="POST")
    with urllib.request.urlopen(request, timeout=10) as answer:
        text = answer.read()
    return json.loads(text) if text else None


def test_a_paused_warehouse_is_not_loaded_until_it_is_resumed_and_backfilled(system: Running, database: str) -> None:
    workspace = ("--workspace", str(system.state / "workspace.yaml"))
    system.run(*SLUICE, "pause", "main", *workspace)
    sdk = Client("wk_backend", host=system.url)
    sdk.track("u1", "Bought", {"total": 1})
    sdk.shutdown()
    status = eventually(lambda: system.run(*SLUICE, "status", "main", *workspace), lambda told: "1 files wait" in told)
    assert "loader: paused" in status
    with Postgres(database) as engine:
        assert engine.describe("backend") == {}
    system.run(*SLUICE, "resume", "main", *workspace)
    system.run(*SLUICE, "start", "main", *workspace)

    def rows() -> int:
        with Postgres(database) as engine:
            return len(engine.query("SELECT id FROM backend.tracks")[1]) if engine.describe("backend") else 0

    assert eventually(rows, lambda found: found == 1) == 1
    with Postgres(database) as engine:
        engine.query("DROP TABLE backend.bought")
    system.run(*SLUICE, "backfill", "main", "--since", "1d", "--again", *workspace)

    def total() -> list[tuple[object, ...]]:
        with Postgres(database) as engine:
            return engine.query("SELECT total FROM backend.bought")[1] if "bought" in engine.describe("backend") else []

    assert eventually(total, lambda found: found == [(1,)]) == [(1,)]
