"""`sluice warehouse` with a warehouse of the workspace: its loader, its files, and a real Postgres behind it."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3
import pytest

from catalogue.warehouses.postgres.warehouse import Postgres
from cli.__main__ import main
from cli.commands import redrive
from tests.postgres import emptied
from tests.unit.cli.conftest import Installation, partition
from tests.unit.cli.test_warehouse import AT, order

URL = "/sluice/main/url"
WORKSPACE = """
sources:
  - {id: website, type: browser, write_keys: [wk_website]}
  - {id: server, type: server, write_keys: [wk_server]}
warehouses:
  - id: main
    type: postgres
    sources: [website]
    interval: 30m
    settings: {url: "${secret:/sluice/main/url}"}
    schemas: {website: shop}
    drop: {collections: [Debug Tapped], properties: {order_completed: [products]}}
"""

type Sluice = Callable[..., tuple[int, str]]


@pytest.fixture
def sluice(
    place: Installation,
    server: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> Sluice:
    """A stage with a warehouse whose database is empty, and a way to run commands about it."""
    workspace = tmp_path / "workspace.yaml"
    workspace.write_text(WORKSPACE)
    boto3.client("ssm").put_parameter(Name=URL, Value=server, Type="SecureString", Overwrite=True)
    for kind in ("", "dlq-"):
        place.sqs.create_queue(QueueName=f"sluice-test-{kind}warehouse-main")
    boto3.client("dynamodb").create_table(
        TableName="sluice-test-ledger",
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "bucket", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "bucket", "KeyType": "HASH"}],
    )
    emptied(server, "shop", "website")
    place.put(partition(AT) + "a.gz", order("m1", 10), order("m2", 2.5, "u2"))
    place.put(partition(AT, "server") + "b.gz", {**order("m3", 7), "sourceId": "server"})

    def run(command: str, *more: str) -> tuple[int, str]:
        capsys.readouterr()
        status = main(["warehouse", command, "main", "--workspace", str(workspace), *more])
        told = capsys.readouterr()
        return status, told.out + told.err

    return run


SINCE = ("--from", "2026-11-20")


def test_a_check_says_whether_we_are_let_in_and_leaves_nothing(sluice: Sluice, server: str) -> None:
    status, told = sluice("check")
    assert (status, told) == (0, "main: it lets us in, and we may make schemas and tables and put rows into them\n")
    with Postgres(server) as engine:
        query = "SELECT 1 FROM information_schema.schemata WHERE schema_name LIKE '_sluice%'"
        assert engine.query(query)[1] == []


def test_a_check_shows_no_secret(sluice: Sluice) -> None:
    secret = "postgresql://loader:s3cret@127.0.0.1:1/x"
    boto3.client("ssm").put_parameter(Name=URL, Value=secret, Type="SecureString", Overwrite=True)
    status, told = sluice("check")
    assert status == 1
    assert told.startswith("sluice warehouse: main: Postgres cannot be reached")
    assert "s3cret" not in told


def test_a_plan_says_what_a_load_changes_and_changes_nothing(sluice: Sluice, place: Installation, server: str) -> None:
    status, told = sluice("plan", *SINCE)
    assert status == 0
    assert "website: 1 files to load into shop\n" in told
    assert "make order_completed: " in told
    assert "total float" in told
    assert "products" not in told
    assert "server" not in told
    with Postgres(server) as engine:
        assert engine.describe("shop") == {}
    sluice("sync", *SINCE)
    place.put(partition(AT) + "c.gz", {**order("m4", 1), "properties": {"total": "three", "coupon": "X"}})
    told = sluice("plan", *SINCE)[1]
    assert "  add to order_completed: coupon varchar\n  1 values rejected: order_completed.total, type\n" in told


def test_a_load_from_here_goes_where_the_workspace_says_and_is_verified(sluice: Sluice, server: str) -> None:
    status, told = sluice("sync", *SINCE)
    assert (status, told.strip()) == (0, "main: 4 rows of 1 files")
    with Postgres(server) as engine:
        assert engine.query("SELECT sum(total) FROM shop.order_completed")[1] == [(12.5,)]
        assert "products" not in engine.describe("shop")["order_completed"]
    status, told = sluice("verify", *SINCE)
    assert (status, "website: order_completed: 2 in the archive, all there, once" in told) == (0, True)


def test_a_backfill_puts_files_on_the_list(sluice: Sluice, place: Installation) -> None:
    assert sluice("backfill", *SINCE, "--dry-run")[1].startswith("website: 1 files\nmain: would be added")
    assert place.take("warehouse-main") == []
    assert sluice("backfill", "--since", "2026-11-20", "--until", "2026-11-24")[0] == 0
    (body,) = map(json.loads, place.take("warehouse-main"))
    assert body == {"key": partition(AT) + "a.gz"}
    sluice("backfill", *SINCE, "--again")
    (body,) = map(json.loads, place.take("warehouse-main"))
    assert body["repeat"] is True


def test_a_backfill_has_the_files_of_objects_too_and_a_plan_their_tables(sluice: Sluice, place: Installation) -> None:
    key = partition(AT, area="objects") + "o.gz"
    found = {"sourceId": "website", "receivedAt": AT, "collection": "plans", "id": "p1", "properties": {"price": 5}}
    place.put(key, found)
    assert (
        "  make plans: id varchar, received_at timestamp, _collection varchar, price integer"
        in sluice("plan", *SINCE)[1]
    )
    assert sluice("backfill", *SINCE)[1].startswith("website: 2 files\n")
    assert [json.loads(body)["key"] for body in place.take("warehouse-main")] == [partition(AT) + "a.gz", key]


def test_status_says_how_the_loader_is_and_what_waits(sluice: Sluice, place: Installation) -> None:
    sluice("backfill", *SINCE)
    place.send("dlq-warehouse-main", "{}")
    sluice("sync", *SINCE)
    told = sluice("status")[1]
    for line in (
        "loader: every 30 minutes",
        "last load: none yet",
        "1 files wait",
        "1 files were given up",
        "shop: 1 f",
    ):
        assert line in told
    assert sluice("pause")[0] == 0
    assert "loader: paused" in sluice("status")[1]
    sluice("resume")
    assert "loader: every 30 minutes" in sluice("status")[1]


def test_status_of_a_database_that_is_not_reached_from_here_says_the_rest(sluice: Sluice) -> None:
    secret = "postgresql://127.0.0.1:1/x"
    boto3.client("ssm").put_parameter(Name=URL, Value=secret, Type="SecureString", Overwrite=True)
    status, told = sluice("status")
    assert (status, "its tables cannot be looked at from here" in told) == (0, True)


def test_a_loader_that_was_not_deployed_is_not_started(sluice: Sluice) -> None:
    assert sluice("start")[1].startswith("sluice warehouse: the stage test has no loader of main")


@pytest.mark.usefixtures("sluice")
def test_files_that_were_given_up_go_back_to_the_list(place: Installation) -> None:
    place.send("dlq-warehouse-main", '{"key": "events/source=website/day=2026-11-23/hour=10/a.gz"}')
    options: dict[str, Any] = {"queue": "main", "stage": "test", "dry_run": False, "limit": None, "rate": 0.0}
    redrive(type("Options", (), options)())
    assert len(place.take("warehouse-main")) == 1


def test_a_warehouse_is_named_in_one_way(sluice: Sluice) -> None:
    assert sluice("sync", "--postgres", "dbname=x")[0] == 2
