"""docs/performance.md: its commands run, and its tables, and those of README.md, are what the recorded runs say."""

import json
import subprocess
from pathlib import Path

import pytest

from bench import page
from local.own import inherited_environment
from tests.pages import ROOT, commands

RUNS = [ROOT / "docs/figures" / number for number in ("1", "2")]
#: Short: of the bench one part, of the traffic a hundredth.
SHORT = {"PARTS": "archive", "SHARE": "0.01"}
WRITTEN = {"make bench": "bench.json", "make cost": "cost.json", "make scale": "scale.json"}


def test_every_command_of_the_page_is_run_here() -> None:
    assert set(commands("docs/performance.md")) == set(WRITTEN)


@pytest.mark.parametrize("command", WRITTEN)
def test_the_commands_write_their_figures(command: str, tmp_path: Path) -> None:
    environment = {**inherited_environment(), **SHORT, "OUTPUT": str(tmp_path)}
    printed = subprocess.run(
        command.split(), cwd=ROOT, env=environment, check=True, timeout=300, capture_output=True, text=True
    ).stdout
    assert "│" in printed
    recorded, written = (json.loads((folder / WRITTEN[command]).read_text()) for folder in (RUNS[0], tmp_path))
    assert written.keys() == recorded.keys()
    if "rows" in written:
        assert [row["what"] for row in written["rows"]] == [row["what"] for row in recorded["rows"]]
        assert all(row["total"] > 0 for row in written["rows"])


@pytest.mark.parametrize("shown", page.PAGES, ids=lambda shown: shown.name)
def test_the_tables_are_what_the_recorded_runs_say(shown: Path) -> None:
    assert page.filled(shown.read_text(), page.tables(page.read(RUNS))) == shown.read_text()


def test_every_table_of_the_runs_is_shown() -> None:
    shown = set[str]().union(*(page.names(each.read_text()) for each in page.PAGES))
    assert shown == page.tables(page.read(RUNS)).keys()


def test_a_simulation_comes_out_the_same_every_time() -> None:
    first, second = ((run / "scale.json").read_text() for run in RUNS)
    assert first == second
