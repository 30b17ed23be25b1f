"""docs/performance.md: its commands run, and its tables, and those of README.md, are those of the recorded runs."""

import json
import subprocess
from pathlib import Path

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
        {"when", "prices", "assumptions", "exchange_cpu_ms", "outside_the_sum", "at_rest", "rows"},
    ),
    "make scale": ("scale.json", {"journals", "waits"}),
}


def run(command: str, output: Path) -> str:
    """Run a command of the page, shortened. Return what it prints."""
    environment = {**inherited_environment(), **SHORT, "OUTPUT": str(output)}
    return subprocess.run(
        command.split(), cwd=ROOT, env=environment, check=True, timeout=300, capture_output=True, text=True
    ).stdout


def test_every_command_of_the_page_is_run_here() -> None:
    assert set(commands("docs/performance.md")) == set(WRITTEN)


@pytest.mark.parametrize("command", WRITTEN)
def test_the_commands_write_their_figures(command: str, tmp_path: Path) -> None:
    assert "│" in run(command, tmp_path)
    name, keys = WRITTEN[command]
    written = json.loads((tmp_path / name).read_text())
    assert written.keys() == keys
    if "rows" in written:
        assert all(row["total"] > 0 for row in written["rows"])


def test_the_tables_of_the_cost_have_the_rows_that_were_recorded(tmp_path: Path) -> None:
    run("make cost", tmp_path)
    found = costs.tables([json.loads((tmp_path / "cost.json").read_text())] * 2)
    for name, cells in found.items():
        assert [row[0] for row in cells] == [row[0] for row in RECORDED[name]], name


def test_a_simulation_comes_out_as_recorded(tmp_path: Path) -> None:
    run("make scale", tmp_path)
    found = costs.simulated(json.loads((tmp_path / "scale.json").read_text()))
    assert found == {name: RECORDED[name] for name in found}


@pytest.mark.parametrize("shown", page.PAGES, ids=lambda shown: shown.name)
def test_the_tables_are_those_that_were_recorded(shown: Path) -> None:
    assert page.filled(shown.read_text(), RECORDED) == shown.read_text()


def test_every_recorded_table_is_shown() -> None:
    shown = set[str]().union(*(page.names(each.read_text()) for each in page.PAGES))
    assert shown == RECORDED.keys()
