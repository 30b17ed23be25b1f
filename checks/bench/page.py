"""`python -m checks.bench.page RUN [RUN]`: fill the tables of pages from recorded runs.

A run is a folder with bench.json, cost.json and scale.json. A second one shows how much of the figures is noise. The
cells of all tables are kept in docs/figures/tables.json, a row to a line: the pages are held against it. A table that
the runs do not have stays as it is there.
"""

import argparse
import json
import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from checks.bench.figures import Figure, goal, number
from checks.cost import page as costs

_ROOT = Path(__file__).parents[2]
PAGES = tuple(
    _ROOT / name for name in ("README.md", "docs/performance.md", "docs/operating.md", "docs/function-url.md")
)
RECORD = _ROOT / "docs/figures/tables.json"
_FILES = ("bench", "cost", "scale")
_TABLE = re.compile(r"(<!-- table: ([^>]+) -->\n).*?(<!-- end -->)", re.DOTALL)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m checks.bench.page", description="Fills the tables of pages.")
    parser.add_argument("runs", nargs="+", type=Path, metavar="RUN")
    chosen = parser.parse_args(arguments)
    found = known() | tables(read(chosen.runs))
    RECORD.write_text(recorded(found))
    for page in PAGES:
        page.write_text(filled(page.read_text(), found))
    return 0


def read(folders: Sequence[Path]) -> list[dict[str, Any]]:
    """Return the documents of each run, as far as it has them. Raises FileNotFoundError for a run without any."""
    runs = []
    for folder in folders:
        files = {name: folder / f"{name}.json" for name in _FILES}
        run = {name: json.loads(file.read_text()) for name, file in files.items() if file.exists()}
        if not run:
            raise FileNotFoundError(f"{folder} has none of {', '.join(file.name for file in files.values())}")
        runs.append(run)
    return runs


def known() -> dict[str, costs.Table]:
    """Return the recorded tables that a page still has."""
    kept = shown()
    return {name: cells for name, cells in json.loads(RECORD.read_text()).items() if name in kept}


def shown() -> set[str]:
    """Return the names of the tables of all pages."""
    return set[str]().union(*(names(page.read_text()) for page in PAGES))


def recorded(found: Mapping[str, costs.Table]) -> str:
    """Return the tables as JSON with one row to a line, so that a diff shows what changed."""
    each = (
        f"{json.dumps(name)}: [\n  " + ",\n  ".join(json.dumps(row, ensure_ascii=False) for row in cells) + "\n]"
        for name, cells in found.items()
    )
    return "{\n" + ",\n".join(each) + "\n}\n"


def filled(page: str, found: Mapping[str, costs.Table]) -> str:
    """Return the page with its tables as in `found`. Raises KeyError for a table that it does not have."""
    return _TABLE.sub(lambda match: f"{match[1]}\n{costs.markdown(found[match[2]])}\n\n{match[3]}", page)


def names(page: str) -> set[str]:
    """Of the tables of a page."""
    return {match[2] for match in _TABLE.finditer(page)}


def tables(runs: Sequence[Mapping[str, Any]]) -> dict[str, costs.Table]:
    """Markdown, by name. The first run is the one that is shown; the second stands beside it."""
    first, found = runs[0], dict[str, costs.Table]()
    if "bench" in first:
        measured = [_figures(run["bench"]) for run in runs if "bench" in run]
        found |= {part: _part(part, measured) for part in dict.fromkeys(each.part for each in measured[0].values())}
    if "cost" in first:
        found |= costs.tables([run["cost"] for run in runs if "cost" in run])
    if "scale" in first:
        found |= costs.simulated(first["scale"])
    return found


def _figures(document: Mapping[str, Any]) -> dict[tuple[str, str, str], Figure]:
    read = [Figure.read(each) for each in document["figures"]]
    return {(each.part, each.what, each.unit): each for each in read}


def _part(part: str, measured: Sequence[Mapping[tuple[str, str, str], Figure]]) -> costs.Table:
    rows = []
    for key, figure in measured[0].items():
        if figure.part == part:
            again = [other[key] for other in measured[1:] if key in other]
            rows.append([
                figure.what, figure.unit, number(figure.value), ", ".join(number(each.value) for each in again),
                number(figure.least), " / ".join(f"{each.times:.2f}" for each in (figure, *again)), goal(figure),
            ])  # fmt: skip
    return costs.table(("", "unit", "median", "run again", "floor", "times the floor", "goal"), rows)


if __name__ == "__main__":
    sys.exit(main())
