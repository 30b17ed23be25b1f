"""The harness of warehouses: a scenario of each class holds, and a loader that notes too early is caught."""

from collections.abc import Mapping

import pytest

from catalogue.warehouses.postgres.warehouse import Postgres
from sluice.warehouses.batches import Batch
from tests.faults import warehouses
from tests.unit.warehouses.loader_twins import ListTwin


@pytest.mark.parametrize("name", warehouses.CLASSES)
def test_nothing_is_lost_and_nothing_is_there_twice(name: str, server: str) -> None:
    for seed in (1, 2):
        outcome = warehouses.run(name, seed, warehouses.of_postgres(server))
        assert outcome.faults == []
        assert outcome.rows > 100


@pytest.mark.parametrize("name", ["loaders die", "everything"])
def test_nothing_is_lost_in_clickhouse_and_nothing_is_there_twice(name: str, clickhouse_url: str) -> None:
    """Given loaders that die at any request, it is so without FINAL. Two at once are cases of test_clickhouse.py."""
    outcome = warehouses.run(name, 1, warehouses.of_clickhouse(clickhouse_url))
    assert outcome.faults == []
    assert outcome.rows > 100


def test_loaders_do_die(server: str) -> None:
    assert sum(warehouses.run("loaders die", seed, warehouses.of_postgres(server)).deaths for seed in range(8)) > 4


@pytest.mark.parametrize("table", ["order_completed", "plans"])
def test_a_warehouse_that_forgets_a_table_is_caught(table: str, server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    put = Postgres.put

    def forgets(self: Postgres, schema: str, batch: Batch) -> Mapping[str, int]:
        batch.tables.pop(table, None)
        return put(self, schema, batch)

    monkeypatch.setattr(Postgres, "put", forgets)
    assert any(table in fault for fault in warehouses.run("files twice", 1, warehouses.of_postgres(server)).faults)


def test_a_list_that_forgets_what_a_dead_loader_took_is_caught(server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ListTwin, "time_passes", lambda _: None)
    faults = [
        fault
        for seed in range(4)
        for fault in warehouses.run("loaders die", seed, warehouses.of_postgres(server)).faults
    ]
    assert any(fault.startswith("tracks: ") for fault in faults)
