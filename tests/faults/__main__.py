"""`make faults`: every class of faults with many seeds, on both cores; a table, and a failure if anything is wrong."""

import argparse
import itertools
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from rich.console import Console
from rich.table import Table

from tests.faults import warehouses
from tests.faults.scenarios import CLASSES, EVENTS, Outcome, run
from tests.postgres import postgres

_OF_WAREHOUSES = ("files", "loaders", "deaths", "rows", "rejected")
_COLUMNS = ("accepted", "archived", "rejected", "delivered", "lost", "duplicated", "interrupted", "unanswered")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scenarios", type=int, default=240, help=f"how many, of {EVENTS} events each")
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
    return 1 if _warehouses(options.scenarios // 2, options.seed, console) or wrong else 0


def _warehouses(scenarios: int, seed: int, console: Console) -> int:
    """Run the scenarios of a warehouse on a real Postgres; print a table, and return how many have a fault of ours."""
    started = time.monotonic()
    table = Table("warehouse", "scenarios", *_OF_WAREHOUSES)
    wrong = 0
    with tempfile.TemporaryDirectory() as folder, postgres(Path(folder)) as server:
        for name in warehouses.CLASSES:
            mine = [
                warehouses.run(name, seed + n, warehouses.of_postgres(server))
                for n in range(scenarios // len(warehouses.CLASSES) + 1)
            ]
            faults = [outcome for outcome in mine if outcome.faults]
            sums = (sum(getattr(outcome, column) for outcome in mine) for column in _OF_WAREHOUSES)
            table.add_row(name, str(len(mine)), *map(str, sums))
            for outcome in faults[:5]:
                console.print(f"{outcome.name}, seed {outcome.seed}: {'; '.join(outcome.faults[:5])}")
            wrong += len(faults)
    console.print(table)
    told = f"{wrong} with a fault of ours, in {time.monotonic() - started:.0f} s"
    console.print(f"{table.row_count} classes of {warehouses.EVENTS} events a scenario, {told}")
    return wrong


def _table(outcomes: Sequence[Outcome]) -> Table:
    table = Table("faults", "scenarios", *(name.replace("_", " ") for name in _COLUMNS))
    for name in CLASSES:
        mine = [outcome for outcome in outcomes if outcome.name == name]
        sums = (sum(getattr(outcome, column) for outcome in mine) for column in _COLUMNS)
        table.add_row(name, str(len(mine)), *map(str, sums))
    return table


if __name__ == "__main__":
    sys.exit(main())
