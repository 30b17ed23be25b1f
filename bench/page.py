"""`python -m bench.page RUN [RUN]`: fills the tables of README.md and docs/performance.md from what was measured.

A run is a folder with bench.json, cost.json and scale.json. A second one shows what of the figures is noise.
"""

import argparse
import json
import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from bench.figures import Figure, goal, number
from cost import page as costs

_ROOT = Path(__file__).parents[1]
PAGES = (_ROOT / "README.md", _ROOT / "docs/performance.md")
_FILES = ("bench", "cost", "scale")
_TABLE = re.compile(r"(<!-- table: ([^>]+) -->\n).*?(<!-- end -->)", re.DOTALL)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.page", description="Fills the tables of pages.")
    parser.add_argument("runs", nargs="+", type=Path, metavar="RUN")
    chosen = parser.parse_args(arguments)
    found = tables(read(chosen.runs))
    for page in PAGES:
        page.write_text(filled(page.read_text(), found))
    return 0


def read(folders: Sequence[Path]) -> list[dict[str, Any]]:
    return [{name: json.loads((folder / f"{name}.json").read_text()) for name in _FILES} for folder in folders]


def filled(page: str, found: Mapping[str, str]) -> str:
    """Raises KeyError for a table that the runs do not have."""
    return _TABLE.sub(lambda match: f"{match[1]}\n{found[match[2]]}\n\n{match[3]}", page)


def names(page: str) -> set[str]:
    """Of the tables of a page."""
    return {match[2] for match in _TABLE.finditer(page)}


def tables(runs: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """Markdown, by name. The first run is the one that is shown; the second stands beside it."""
    measured = [_figures(run["bench"]) for run in runs]
    parts = {figure.part: None for figure in measured[0].values()}
    found = {part: _part(part, measured) for part in parts}
    found |= costs.tables([run["cost"] for run in runs])
    found |= costs.simulated(runs[0]["scale"])
    return found


def _figures(document: Mapping[str, Any]) -> dict[tuple[str, str, str], Figure]:
    read = [Figure.read(each) for each in document["figures"]]
    return {(each.part, each.what, each.unit): each for each in read}


def _part(part: str, measured: Sequence[Mapping[tuple[str, str, str], Figure]]) -> str:
    rows = []
    for key, figure in measured[0].items():
        if figure.part == part:
            again = [other[key] for other in measured[1:] if key in other]
            rows.append([
                figure.what, figure.unit, number(figure.value), ", ".join(number(each.value) for each in again),
                number(figure.least), " / ".join(f"{each.times:.2f}" for each in (figure, *again)), goal(figure),
            ])  # fmt: skip
    return costs.markdown(("", "unit", "median", "run again", "floor", "times the floor", "goal"), rows)


if __name__ == "__main__":
    sys.exit(main())
