"""`sluice warehouse` with a ClickHouse of the workspace: it answers questions, and takes nothing back by itself."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3
import pytest

from cli.__main__ import main
from tests.clickhouse import PASSWORD, USER, emptied, opened
from tests.unit.cli.conftest import Installation, partition
from tests.unit.cli.test_warehouse import AT, archived, order

SECRET = "/sluice/main/password"
WORKSPACE = """
sources:
  - {{id: website, type: browser, write_keys: [wk_website]}}
warehouses:
  - id: main
    type: clickhouse
    settings: {{url: "{url}", user: {user}, password: "${{secret:/sluice/main/password}}"}}
    schemas: {{website: shop}}
"""

type Sluice = Callable[..., tuple[int, str]]


@pytest.fixture
def sluice(place: Installation, clickhouse_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Sluice:
    """A stage with a warehouse that has no databases, two files of its source, and a way to run commands about it."""
    workspace = tmp_path / "workspace.yaml"
    workspace.write_text(WORKSPACE.format(url=clickhouse_url, user=USER))
    boto3.client("ssm").put_parameter(Name=SECRET, Value=PASSWORD, Type="SecureString", Overwrite=True)
    for kind in ("", "dlq-"):
        place.sqs.create_queue(QueueName=f"sluice-test-{kind}warehouse-main")
    boto3.client("dynamodb").create_table(
        TableName="sluice-test-ledger",
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "bucket", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "bucket", "KeyType": "HASH"}],
    )
    emptied(clickhouse_url, "shop", "web", "my_shop")
    place.put(partition(AT) + "a.gz", order("m1", 10), order("m2", 2.5, "u2"), order("m3", 7))
    place.put(
        partition(AT) + "b.gz", order("m3", 7), archived("m4", event="Order Completed", properties={"total": "x"})
    )

    def run(command: str, *more: str) -> tuple[int, str]:
        capsys.readouterr()
        status = main(["warehouse", command, "main", "--workspace", str(workspace), *more])
        told = capsys.readouterr()
        return status, told.out + told.err

    return run


SINCE = ("--from", "2026-11-20")


def databases(url: str) -> list[Any]:
    with opened(url) as engine:
        query = "SELECT name FROM system.databases WHERE name LIKE '%sluice%' OR name = 'shop'"
        return [name for (name,) in engine.query(query)[1]]


def test_a_check_makes_a_database_with_a_row_and_leaves_nothing(sluice: Sluice, clickhouse_url: str) -> None:
    told = "main: it lets us in, and we may make schemas and tables and put rows into them\n"
    assert sluice("check") == (0, told)
    assert databases(clickhouse_url) == []


def test_a_check_with_another_password_says_so_and_not_the_password(sluice: Sluice) -> None:
    boto3.client("ssm").put_parameter(Name=SECRET, Value="s3cret", Type="SecureString", Overwrite=True)
    status, told = sluice("check")
    assert (status, "main: ClickHouse: 516 AUTHENTICATION_FAILED" in told, "s3cret" in told) == (1, True, False)


def test_a_plan_says_what_a_load_changes_and_changes_nothing(sluice: Sluice, clickhouse_url: str) -> None:
    status, told = sluice("plan", *SINCE)
    assert status == 0
    assert "website: 2 files to load into shop\n  make tracks: id varchar" in told
    assert "1 values rejected: order_completed.total, type" in told
    assert databases(clickhouse_url) == []


def test_what_is_loaded_from_here_is_counted_and_verified_and_what_somebody_changed_is_found(
    sluice: Sluice, clickhouse_url: str
) -> None:
    """Given rows that are missing, that are there twice and that have another number, each is counted."""
    status, told = sluice("sync", *SINCE)
    assert (status, told.strip()) == (0, "main: 8 rows of 2 files, 1 values rejected")
    status, told = sluice("status")
    assert status == 0
    assert "shop: 2 files, the last at 20" in told
    assert [line.split() for line in told.splitlines() if "order_completed" in line] == [
        ["│", "order_completed", "│", "4", "│", "13", "│", "1", "│"],
    ]  # fmt: skip
    status, told = sluice("verify", *SINCE)
    assert (status, "website: order_completed: 4 in the archive, all there, once" in told) == (0, True)
    with opened(clickhouse_url) as engine:
        engine.query("ALTER TABLE shop.order_completed UPDATE total = 1 WHERE id = 'm2' SETTINGS mutations_sync = 1")
        engine.query("DELETE FROM shop.order_completed WHERE id = 'm1'")
        engine.query("INSERT INTO shop.order_completed SELECT * FROM shop.order_completed WHERE id = 'm3'")
    status, told = sluice("verify", *SINCE)
    wrong = "order_completed: 4 in the archive, 1 missing, 1 twice, 1 numbers differ"
    assert (status, wrong in told) == (1, True)
    assert databases(clickhouse_url) == ["shop"]


def test_objects_are_verified_too(sluice: Sluice, place: Installation, clickhouse_url: str) -> None:
    for at, price in (("2026-11-23T10:00:00.000Z", 5), ("2026-11-23T11:00:00.000Z", 6)):
        found = {"sourceId": "website", "receivedAt": at, "collection": "plans", "id": "p1"}
        place.put(partition(at, area="objects") + "o.gz", {**found, "properties": {"price": price}})
    sluice("sync", *SINCE)
    status, told = sluice("verify", *SINCE)
    assert (status, "website: plans: 1 in the archive, all there, once" in told) == (0, True)
    with opened(clickhouse_url) as engine:
        row = "('p1', '2026-11-23 11:00:00', ('2026-11-23 12:00:00', 7))"
        engine.query(f"INSERT INTO shop._sluice_plans (id, received_at, price) VALUES {row}")  # noqa: S608 - of this test
    status, told = sluice("verify", *SINCE)
    assert (status, "plans: 1 in the archive, 0 missing, 0 twice, 1 numbers differ" in told) == (1, True)


def test_what_clickhouse_says_is_told_by_its_code(sluice: Sluice, clickhouse_url: str) -> None:
    """Given a table that somebody made otherwise, the command ends with what ClickHouse says, and no trace of code."""
    with opened(clickhouse_url) as engine:
        engine.query("CREATE DATABASE shop")
        engine.query("CREATE VIEW shop.tracks AS SELECT 'x' AS id")
    status, told = sluice("sync", *SINCE)
    said = "sluice warehouse: main says: ClickHouse: 47 UNKNOWN_IDENTIFIER"
    assert (status, told.strip().splitlines()[-1]) == (1, said)
