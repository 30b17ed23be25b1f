"""From a real SDK to rows: the same in DuckDB and in Postgres, and as many as were sent."""

import sys
import uuid
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from segment.analytics.client import Client

from catalogue.warehouses.duckdb.warehouse import DuckDb
from catalogue.warehouses.postgres.warehouse import Postgres
from local.settings import CREDENTIALS, REGION
from tests.postgres import postgres
from tests.system.conftest import System, eventually

SLUICE = (sys.executable, "-m", "cli", "warehouse")


@pytest.fixture
def operator(system: System) -> System:
    variables = {**CREDENTIALS, "AWS_DEFAULT_REGION": REGION, "AWS_ENDPOINT_URL": system.aws_url}
    return replace(system, environment={**system.environment, **variables})


@pytest.fixture
def database(tmp_path: Path) -> Iterator[str]:
    with postgres(tmp_path) as uri:
        yield uri


def test_what_an_sdk_sent_is_the_same_in_duckdb_and_in_postgres(
    operator: System, database: str, tmp_path: Path
) -> None:
    """Given 300 tracks and 20 users of one run, each is a row in both, and the archive says the same."""
    run = f"wh{uuid.uuid4().hex[:6]}"
    sdk = Client("wk_server", host=operator.url, gzip=True)
    for number in range(300):
        sdk.track(
            f"{run}-{number % 20}", f"{run} Bought", {"total": number / 4, "tags": ["a", number], "new": number > 9}
        )
    for number in range(20):
        sdk.identify(f"{run}-{number}", {"email": f"{number}@example.com", "address": {"city": "Zürich"}})
    sdk.shutdown()
    eventually(lambda: sum(run in str(each) for each in operator.archived()), lambda found: found >= 320)

    file = tmp_path / "warehouse.duckdb"
    operator.run(*SLUICE, "sync", "--stage", "local", "--file", str(file))
    operator.run(*SLUICE, "sync", "--stage", "local", "--postgres", database)

    bought = f"SELECT id, user_id, total, tags, new FROM server.{run}_bought ORDER BY id"  # noqa: S608 - of this test
    users = f"SELECT id, email, address_city FROM server.users WHERE id LIKE '{run}%' ORDER BY id"  # noqa: S608
    with DuckDb(file) as one, Postgres(database) as other:
        for query, count in ((bought, 300), (users, 20)):
            found = one.query(query)[1]
            assert len(found) == count
            assert found == other.query(query)[1]
    for where in (["--file", str(file)], ["--postgres", database]):
        told = operator.run(*SLUICE, "verify", "--stage", "local", *where)
        assert f"server: {run}_bought: 300 in the archive, all there, once" in told
        assert "missing" not in told
