"""A real ClickHouse for tests, behind its HTTP interface on this machine: see clickhouse_server.py."""

import fcntl
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from catalogue.warehouses.clickhouse.client import Client
from catalogue.warehouses.clickhouse.warehouse import ClickHouse
from sluice.warehouses.http import Connections, connections
from tests.pages import ROOT

USER, PASSWORD = "loader", "pass:word"


@contextmanager
def clickhouse(folder: Path) -> Iterator[str]:
    """Run one; its address is what a client is told."""
    _installed()
    program = [str(ROOT / ".venv-clickhouse/bin/python"), str(ROOT / "tests/clickhouse_server.py")]
    with subprocess.Popen([*program, str(folder), USER, PASSWORD], stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        try:
            yield f"http://127.0.0.1:{int(running.stdout.readline())}"
        finally:
            running.kill()


def _installed() -> None:
    """Have the environment made if it is not there, by one process alone."""
    with (ROOT / "requirements/clickhouse.txt").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        subprocess.run([str(ROOT / "bin/setup"), "clickhouse"], check=True)


def opened(url: str, pool: Connections | None = None, dedupe_days: int | None = None) -> ClickHouse:
    pool = pool or connections()
    return ClickHouse(pool, Client(pool, url, USER, PASSWORD, lambda _: None), dedupe_days)


def emptied(url: str, *schemas: str) -> None:
    """Drop databases, so that a test finds none of another's."""
    with opened(url) as engine:
        for schema in schemas:
            engine.query(f"DROP DATABASE IF EXISTS `{schema}`")
