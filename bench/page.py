"""`python -m bench.page RUN [RUN]`: fills the tables of docs/performance.md from what `make figures` has measured.

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

PAGE = Path(__file__).parents[1] / "docs/performance.md"
_TABLE = re.compile(r"(<!-- table: ([^>]+) -->\n).*?(<!-- end -->)", re.DOTALL)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.page", description="Fills the tables of a page.")
    parser.add_argument("runs", nargs="+", type=Path, metavar="RUN")
    parser.add_argument("--page", type=Path, default=PAGE)
    chosen = parser.parse_args(arguments)
    runs = [
        {name: json.loads((run / f"{name}.json").read_text()) for name in ("bench", "cost", "scale")}
        for run in chosen.runs
    ]
    chosen.page.write_text(filled(chosen.page.read_text(), tables(runs)))
    return 0


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
                number(figure.least), f"{figure.times:.2f}", goal(figure),
            ])  # fmt: skip
    return costs.markdown(("", "unit", "median", "run again", "floor", "times the floor", "goal"), rows)


if __name__ == "__main__":
    sys.exit(main())
