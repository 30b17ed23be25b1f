"""From a real SDK to rows, by the loaders of the stack: the same in DuckDB and in Postgres, and nothing lost."""

import json
import sys
from collections.abc import Iterator
from dataclasses import replace

import pytest
from segment.analytics.client import Client

from catalogue.warehouses.duckdb.warehouse import DuckDb
from catalogue.warehouses.postgres.warehouse import Postgres
from local.own import Running, local_system
from local.settings import CREDENTIALS, REGION
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
