"""`make fuzz`: a hundred thousand requests, as many answers of vendors, and workspaces, that should not be."""

import argparse
import os
import sys
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from random import Random

from tests import examples
from tests.fuzz.answers import check_answers
from tests.fuzz.check import check
from tests.fuzz.inputs import request
from tests.fuzz.workspaces import check_workspace

_CHUNK = 5000
#: One input in so many is also a workspace, which takes as long as a hundred requests.
_WORKSPACES = 20


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--inputs", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=0, help="the first seed; each input has its own")
    options = parser.parse_args()
    started = time.monotonic()
    starts = range(options.seed, options.seed + options.inputs, _CHUNK)
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        tally = sum(pool.map(run, starts), Counter[str]())
    for name, count in sorted(tally.items()):
        sys.stdout.write(f"{count:>9}  {name}\n")
    sys.stdout.write(f"{len(starts) * _CHUNK} inputs without an exception in {time.monotonic() - started:.0f} s\n")
    return 0


def run(start: int) -> Counter[str]:
    """A chunk of seeds; the exception of a bad one names its seed."""
    workspace = examples.workspace(anonymous_cookie=True)
    tally: Counter[str] = Counter()
    for seed in range(start, start + _CHUNK):
        try:
            random = Random(seed)  # noqa: S311 - repeatable, not secret
            tally += check(request(random), workspace) + check_answers(random)
            if seed % _WORKSPACES == 0:
                tally += check_workspace(random)
        except BaseException as error:
            error.add_note(f"seed {seed}")
            raise
    return tally


if __name__ == "__main__":
    sys.exit(main())
