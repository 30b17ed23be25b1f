"""`python -m local.sql [QUERY]`: ask the running local system's events in SQL, in Segment's schema."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from local import lock
from local.settings import CREDENTIALS, REGION, STAGE, SettingsError

if TYPE_CHECKING:
    from local.settings import Settings


def main(arguments: list[str] | None = None) -> int:
    """Load what has been archived so far, then answer: a query that is given, or what is typed."""
    query = " ".join(sys.argv[1:] if arguments is None else arguments)
    try:
        settings, running = lock.system()
    except (SettingsError, lock.UnavailableError) as error:
        print(f"sql: {error}", file=sys.stderr)
        return 1
    os.environ |= {**CREDENTIALS, "AWS_DEFAULT_REGION": REGION, "AWS_ENDPOINT_URL": running["aws_url"]}
    from cli.__main__ import main as sluice

    file = str(_file(settings, running["pid"]))
    loaded = sluice(["warehouse", "sync", "--stage", STAGE, "--file", file, "--from", "52w"])
    return loaded or sluice(["warehouse", "sql", "--file", file, *([query] if query else [])])


def _file(settings: Settings, run: int) -> Path:
    """Return the file of this run of the system, which began empty; those of others are removed."""
    mine = settings.state / f"warehouse-{run}.duckdb"
    for other in settings.state.glob("warehouse-*.duckdb*"):
        if not other.name.startswith(mine.name):
            other.unlink()
    return mine


if __name__ == "__main__":
    sys.exit(main())
