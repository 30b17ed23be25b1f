"""`python -m local.sql [QUERY]`: ask the running local system's events in SQL, in Segment's schema."""

from __future__ import annotations

import json
import sys
import time

from local import lock
from local.cloud import aws
from local.settings import STACK, WAREHOUSE, SettingsError

_BUSY = 0.2  # seconds


def main(arguments: list[str] | None = None) -> int:
    """Load what has been archived so far, then answer: a query that is given, or what is typed."""
    query = " ".join(sys.argv[1:] if arguments is None else arguments)
    try:
        settings, running = lock.system()
    except (SettingsError, lock.UnavailableError) as error:
        print(f"sql: {error}", file=sys.stderr)
        return 1
    _load(running["aws_url"])
    from cli.__main__ import main as sluice

    return sluice(["warehouse", "sql", "--file", str(settings.warehouse), *([query] if query else [])])


def _load(url: str) -> None:
    """Start the loader and wait for it, behind one that is at work."""
    functions = aws.client("lambda", url)
    while json.load(functions.invoke(FunctionName=f"{STACK}-warehouse-{WAREHOUSE}")["Payload"]) == {"busy": True}:
        time.sleep(_BUSY)


if __name__ == "__main__":
    sys.exit(main())
