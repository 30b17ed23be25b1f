"""`python -m checks.bench [PART …]`: measure speed beside floors of the same run; print a table, write JSON and a plot.

Parts are edge, hooks, cold, router, enrichment, functions, delivery, peers, archive, warehouse, growth, memory and
local: some nine minutes in all.
"""

import argparse
import json
import os
import platform
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from rich.console import Console

from checks.bench.figures import Figure, show
from checks.bench.parts import archive, enrichment, functions, growth, hooks, memory, peers, router, warehouse
from checks.bench.parts import cold_starts as cold
from checks.bench.parts import delivery as destinations
from checks.bench.parts import edge as collect
from checks.bench.parts import local_system as local
from checks.bench.plot import plot

PARTS: dict[str, Callable[[Path], Iterable[Figure]]] = {
    "edge": lambda folder: collect.figures(router.compiled(router.workspace(), folder)),
    "hooks": hooks.figures,
    "cold": cold.figures,
    "router": router.figures,
    "enrichment": enrichment.figures,
    "functions": functions.figures,
    "delivery": lambda _: destinations.figures(),
    "peers": lambda _: peers.figures(),
    "archive": archive.figures,
    "warehouse": warehouse.figures,
    "growth": growth.figures,
    "memory": memory.figures,
    "local": lambda _: local.figures(),
}


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m checks.bench", description="Speed, beside floors of the same run.")
    parser.add_argument("parts", nargs="*", choices=[*PARTS, []], metavar="PART", help=", ".join(PARTS))
    parser.add_argument(
        "--output", type=Path, default=Path(".sluice/bench"), help="the folder for bench.json, bench.png"
    )
    chosen = parser.parse_args(arguments)
    console = Console(width=None if sys.stdout.isatty() else 130)
    found: list[Figure] = []
    for name in chosen.parts or PARTS:
        with tempfile.TemporaryDirectory() as folder:
            found += show(console, PARTS[name](Path(folder)))
    chosen.output.mkdir(parents=True, exist_ok=True)
    (chosen.output / "bench.json").write_text(json.dumps(document(found), indent=2))
    plot(found, chosen.output / "bench.png")
    console.print(f"{chosen.output}/bench.json, {chosen.output}/bench.png")
    return 0


def document(figures: Sequence[Figure]) -> dict[str, object]:
    """With what one needs to know to compare it with another."""
    return {
        "when": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "python": platform.python_version(),
        "processors": os.cpu_count(),
        "machine": platform.machine(),
        "figures": [each.document() for each in figures],
    }


if __name__ == "__main__":
    sys.exit(main())
