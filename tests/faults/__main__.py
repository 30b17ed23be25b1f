"""`make faults`: every class of faults with many seeds, on both cores; a table, and a failure if anything is wrong."""

import argparse
import itertools
import os
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor

from rich.console import Console
from rich.table import Table

from tests.faults.scenarios import CLASSES, EVENTS, Outcome, run

_COLUMNS = ("accepted", "archived", "rejected", "delivered", "lost", "duplicated", "interrupted", "unanswered")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scenarios", type=int, default=220, help=f"how many, of {EVENTS} events each")
    parser.add_argument("--seed", type=int, default=0, help="the first seed")
    options = parser.parse_args()
    started = time.monotonic()
    tasks = [
        (name, options.seed + n) for n, name in zip(range(options.scenarios), itertools.cycle(CLASSES), strict=False)
    ]
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        outcomes = list(pool.map(run, *zip(*tasks, strict=True), chunksize=4))
    console = Console(width=130)
    console.print(_table(outcomes))
    wrong = [outcome for outcome in outcomes if outcome.faults]
    for outcome in wrong[:20]:
        console.print(f"{outcome.name}, seed {outcome.seed}: {'; '.join(outcome.faults[:5])}")
    seconds = time.monotonic() - started
    console.print(
        f"{len(outcomes)} scenarios of {EVENTS} events, {len(wrong)} with a fault of ours, in {seconds:.0f} s"
    )
    return 1 if wrong else 0


def _table(outcomes: Sequence[Outcome]) -> Table:
    table = Table("faults", "scenarios", *(name.replace("_", " ") for name in _COLUMNS))
    for name in CLASSES:
        mine = [outcome for outcome in outcomes if outcome.name == name]
        sums = (sum(getattr(outcome, column) for outcome in mine) for column in _COLUMNS)
        table.add_row(name, str(len(mine)), *map(str, sums))
    return table


if __name__ == "__main__":
    sys.exit(main())
