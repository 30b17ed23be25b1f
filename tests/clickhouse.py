"""A real ClickHouse for tests, behind its HTTP interface on this machine: see clickhouse_server.py."""

import subprocess
from collections.abc import Callable, Iterator, MutableMapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpcore

from catalogue.warehouses.clickhouse.client import Client
from catalogue.warehouses.clickhouse.warehouse import ClickHouse
from sluice.warehouses.engines.http import Connections, connections
from tests.environments import python_of
from tests.pages import ROOT

USER, PASSWORD = "loader", "pass:word"


@contextmanager
def clickhouse(folder: Path) -> Iterator[str]:
    """Run one; its address is what a client is told."""
    program = [str(python_of("clickhouse")), str(ROOT / "tests/clickhouse_server.py")]
    with subprocess.Popen([*program, str(folder), USER, PASSWORD], stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        try:
            yield f"http://127.0.0.1:{int(running.stdout.readline())}"
        finally:
            running.kill()


class Wire:
    """The way to a server: connections on which a request or its answer may be lost.

    `before` and `after` are called with each statement; what they raise is what happens instead. `around` is given the
    whole exchange.
    """

    def __init__(self) -> None:
        self._pool = connections()
        self.before: Callable[[str], None] = lambda _: None
        self.after: Callable[[str], None] = lambda _: None
        self.around: Callable[[Callable[[], httpcore.Response]], httpcore.Response] = lambda call: call()
        self.sent: list[str] = []
        self.parameters: list[dict[str, str]] = []

    @contextmanager
    def stream(
        self,
        method: str,
        url: str,
        *,
        headers: Sequence[tuple[str, str]],
        content: bytes | None,
        extensions: MutableMapping[str, Any],
    ) -> Iterator[httpcore.Response]:
        parameters = dict(parse_qsl(urlsplit(url).query))
        sql = parameters.get("query") or (content or b"").decode()
        self.sent.append(sql)
        self.parameters.append(parameters)

        def exchange() -> httpcore.Response:
            with self._pool.stream(method, url, headers=headers, content=content, extensions=extensions) as answer:
                body = answer.read()
            return httpcore.Response(answer.status, headers=answer.headers, content=body)

        self.before(sql)
        answer = self.around(exchange)
        self.after(sql)
        yield answer

    def close(self) -> None:
        self._pool.close()


def opened(url: str, pool: Connections | None = None, dedupe_days: int | None = None) -> ClickHouse:
    pool = pool or connections()
    return ClickHouse(pool, Client(pool, url, USER, PASSWORD, lambda _: None), dedupe_days)


def emptied(url: str, *schemas: str) -> None:
    """Drop databases, so that a test finds none of another's."""
    with opened(url) as engine:
        for schema in schemas:
            engine.query(f"DROP DATABASE IF EXISTS `{schema}`")
