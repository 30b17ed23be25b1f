"""docs/performance.md: its commands run, and its tables, and those of README.md, are those of the recorded runs."""

import json
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from checks.bench import page
from checks.cost import page as costs
from local.own import inherited_environment
from tests.pages import ROOT, commands

RECORDED = json.loads(page.RECORD.read_text())
#: Short: one part of the bench, and a hundredth of the traffic.
SHORT = {"PARTS": "archive", "SHARE": "0.01"}
#: What each command writes, and what is in it.
WRITTEN = {
    "make bench": ("bench.json", {"when", "python", "processors", "machine", "figures"}),
    "make cost": (
        "cost.json",
        {
            "when",
            "prices",
            "assumptions",
            "exchange_cpu_ms",
            "outside_the_sum",
            "at_rest",
            "flood",
            "months",
            "rows",
            "warehouse",
        },
    ),
    "make scale": ("scale.json", {"append_logs", "waits"}),
}


@dataclass(frozen=True)
class Run:
    """What a command of the page printed, and what it wrote."""

    printed: str
    written: Any


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Run]:
    """Run a command of the page, shortened and only once."""

    @cache
    def once(command: str) -> Run:
        output = tmp_path_factory.mktemp("figures")
        environment = {**inherited_environment(), **SHORT, "OUTPUT": str(output)}
        printed = subprocess.run(
            command.split(), cwd=ROOT, env=environment, check=True, timeout=300, capture_output=True, text=True
        ).stdout
        return Run(printed, json.loads((output / WRITTEN[command][0]).read_text()))

    return once


def test_every_command_of_the_page_is_run_here() -> None:
    assert set(commands("docs/performance.md")) == set(WRITTEN)


@pytest.mark.parametrize("command", WRITTEN)
def test_the_commands_write_their_figures(command: str, run: Callable[[str], Run]) -> None:
    found = run(command)
    assert "│" in found.printed
    assert found.written.keys() == WRITTEN[command][1]
    assert all(row["total"] > 0 for row in found.written.get("rows", ()))


def test_the_tables_of_the_cost_have_the_rows_that_were_recorded(run: Callable[[str], Run]) -> None:
    found = costs.tables([run("make cost").written] * 2)
    for name, cells in found.items():
        assert [row[0] for row in cells] == [row[0] for row in RECORDED[name]], name


def test_a_simulation_comes_out_as_recorded(run: Callable[[str], Run]) -> None:
    found = costs.simulated(run("make scale").written)
    assert found == {name: RECORDED[name] for name in found}


@pytest.mark.parametrize("shown", page.PAGES, ids=lambda shown: shown.name)
def test_the_tables_are_those_that_were_recorded(shown: Path) -> None:
    assert page.filled(shown.read_text(), RECORDED) == shown.read_text()


def test_every_recorded_table_is_shown() -> None:
    assert page.shown() == RECORDED.keys()
