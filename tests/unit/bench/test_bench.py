"""Figures say how far from their floor they are, and the parts of the bench work on something small."""

import json
from pathlib import Path

import pytest

from checks.bench import page, processes, traffic
from checks.bench.__main__ import document
from checks.bench.aws import CountingAws
from checks.bench.figures import Figure, compared, scaled
from checks.bench.functions import ARCHIVE, Functions, destination_queue, sqs_event
from checks.bench.parts import growth, router
from checks.bench.plot import plot
from sluice.workspace.compiled import load


def figure(**changes: object) -> Figure:
    fields = {"part": "p", "what": "w", "unit": "ms", "ours": (2.0, 3.0, 10.0), "floor": (1.0, 1.0, 2.0)}
    return Figure(**{**fields, **changes})  # type: ignore[arg-type]


def test_rounds_are_compared_one_by_one() -> None:
    assert (figure().value, figure().times) == (3.0, 3.0)
    assert figure(unit="events/s", ours=(50.0, 100.0), floor=(100.0, 300.0)).times == 2.5


@pytest.mark.parametrize(
    ("changes", "reached"),
    [
        ({}, None),
        ({"goal": 3.0}, True),
        ({"goal": 2.9}, False),
        ({"goal": 3.0, "is_absolute": True}, True),
        ({"goal": 4.0, "is_absolute": True, "unit": "MB/s"}, False),
    ],
)
def test_a_goal_is_for_the_distance_or_for_the_value(changes: dict[str, object], reached: bool | None) -> None:
    assert figure(**changes).is_reached is reached


def test_ours_and_the_floor_take_turns() -> None:
    calls: list[str] = []

    def work(name: str) -> float:
        calls.append(name)
        return float(len(calls))

    measured = compared(lambda: work("ours"), lambda: work("floor"), rounds=2)
    assert calls == ["ours", "floor"] * 3
    assert scaled(measured, 2.0) == {"ours": (6.0, 10.0), "floor": (8.0, 12.0)}


def test_a_plot_is_a_picture(tmp_path: Path) -> None:
    plot([figure(goal=2.0), figure(unit="events/s")], tmp_path / "bench.png")
    assert (tmp_path / "bench.png").read_bytes().startswith(b"\x89PNG")


def test_a_run_of_the_bench_alone_makes_the_tables_of_the_bench_alone(tmp_path: Path) -> None:
    (tmp_path / "bench.json").write_text(json.dumps(document([figure()])))
    found = page.tables(page.read([tmp_path, tmp_path]))
    assert {name: cells[1][:6] for name, cells in found.items()} == {
        "p": ["w", "ms", "3.00", "3.00", "1.00", "3.00 / 3.00"]
    }


def test_a_run_without_any_figures_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"none of bench.json, cost.json, scale.json"):
        page.read([tmp_path])


def test_the_workspace_of_all_destinations_can_be_measured(tmp_path: Path) -> None:
    """Its secrets stand in it, since nothing in the bench reads any."""
    document = processes.workspace("http://127.0.0.1:1")
    assert len(load(router.compiled(document, tmp_path)).destinations) == len(document["destinations"]) > 5


def test_what_clients_send_passes_the_edge_and_the_router(tmp_path: Path) -> None:
    path = router.compiled(router.workspace(), tmp_path)
    aws = CountingAws()
    aws.install()
    functions = Functions(path, aws)
    bodies = router.messages(functions, 10, 20)
    assert router.routed(bodies, load(path)) > 0
    answer = functions.router().invoke(sqs_event([(body, 1) for body in bodies])).answer
    assert answer == {"batchItemFailures": []}
    assert aws.take(ARCHIVE)
    assert all(aws.take(destination_queue(f"d{number}")) for number in range(5))


def test_growth_grows(tmp_path: Path) -> None:
    deployed = load(router.compiled(router.workspace(), tmp_path))
    assert len(growth.destinations_of(deployed, 100).destinations) == 100
    assert len(growth.sources_of(deployed, 10).sources) == 10
    assert sum(len(each.actions) for each in growth.rules(100).destinations.values()) == 100


def test_events_are_of_about_a_kilobyte_and_alike_in_every_run() -> None:
    first, second = ([traffic.Client(seed=3).event(1.8e9) for _ in range(1)] for _ in range(2))
    assert first == second
    client = traffic.Client()
    sizes = [len(traffic.single(client.event(1.8e9))) for _ in range(200)]
    assert 1000 < sum(sizes) / len(sizes) < 1200
