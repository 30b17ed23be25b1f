"""ClickHouse's HTTP interface: statements and rows with a password, a time limit and an end, repeated where that helps.

https://clickhouse.com/docs/interfaces/http
"""

import time
from base64 import b64encode
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import orjson

from catalogue.warehouses.clickhouse.errors import error_of
from catalogue.warehouses.clickhouse.values import numbered, parameter, read
from sluice.warehouses.engines.http import Connections, exchange, repeated
from sluice.warehouses.warehouse import PassingError

#: Seconds after which ClickHouse gives a statement up, and we soon after: it says nothing before the end. All attempts
#: together take less than a loader's quarter of an hour.
_PATIENCE, _STEP = 150, 160.0
#: An answer comes after its end, so that its status is true; a replica that is asked has seen what another was told.
_ASKING: Mapping[str, str] = {
    "default_format": "JSONCompact",
    "max_execution_time": str(_PATIENCE),
    "output_format_json_quote_64bit_integers": "0",
    "output_format_json_quote_decimals": "1",
    "output_format_json_quote_denormals": "1",
    "select_sequential_consistency": "1",
    "wait_end_of_query": "1",
}
#: Rows are there when the answer comes, and a block that was sent twice is there once.
_INSERTING: Mapping[str, str] = {
    "async_insert": "0",
    "insert_deduplicate": "1",
    "max_execution_time": str(_PATIENCE),
    "wait_end_of_query": "1",
}
#: As SQL has it, and ClickHouse not unless it is asked to: what a join does not find is null, and null stays that.
STANDARD: Mapping[str, str] = {"cast_keep_nullable": "1", "join_use_nulls": "1"}
_NONE: Mapping[str, str] = {}
#: A table that lives as long as the question that brings it. https://clickhouse.com/docs/engines/table-engines/special/external-data
_SENT = {"sent_format": "RowBinary", "sent_structure": "n UInt16, text String"}


@dataclass(frozen=True, slots=True)
class Answer:
    """The rows of a question."""

    columns: list[str] = field(default_factory=list)
    rows: list[tuple[Any, ...]] = field(default_factory=list)


class Client:
    """A server for a user. Every call may be repeated: whoever makes one takes care that it can be.

    All methods raise UnavailableError and StatementError.
    """

    def __init__(
        self, pool: Connections, url: str, user: str, password: str, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self._pool, self._url, self._sleep = pool, url.rstrip("/"), sleep
        self._authorization = "Basic " + b64encode(f"{user}:{password}".encode()).decode()

    def ask(self, sql: str, parameters: Mapping[str, str] = _NONE, settings: Mapping[str, str] = _NONE) -> Answer:
        """Return the answer to a question, or an empty one to a statement."""
        named = {f"param_{name}": parameter(value) for name, value in parameters.items()}
        return _answer(self._posted({**_ASKING, **settings, **named}, sql.encode()))

    def ask_about(self, sql: str, texts: Iterable[tuple[int, str]]) -> Answer:
        """Return the answer to a question about texts, each with a number: they are in its table `sent`."""
        content = numbered(texts)
        boundary = b"sluice"
        while boundary in content:
            boundary += b"-"
        head = b'Content-Disposition: form-data; name="sent"; filename="sent"\r\n'
        kind = b"Content-Type: application/octet-stream\r\n\r\n"
        body = b"--" + boundary + b"\r\n" + head + kind + content + b"\r\n--" + boundary + b"--\r\n"
        headers = {"Content-Type": f"multipart/form-data; boundary={boundary.decode()}"}
        return _answer(self._posted({**_ASKING, **_SENT, "query": sql}, body, headers))

    def insert(self, sql: str, rows: bytes, token: str) -> None:
        """Put in rows, with gzip; another block with the same token is not put in by a table that remembers tokens.

        A repetition has the id of the first call, and so waits until that has ended.
        https://clickhouse.com/docs/guides/developer/deduplicating-inserts-on-retries
        """
        once = {"insert_deduplication_token": token, "query_id": str(uuid4()), "query": sql}
        self._posted({**_INSERTING, **once}, rows, {"Content-Encoding": "gzip"})

    def _posted(self, parameters: Mapping[str, str], content: bytes, more: Mapping[str, str] = _NONE) -> bytes:
        address = f"{self._url}/?{urlencode(parameters)}"
        headers = {"Authorization": self._authorization, **more}

        def once() -> bytes:
            answer = exchange(self._pool, "ClickHouse", "POST", address, headers, content, _STEP)
            code = answer.headers.get("x-clickhouse-exception-code", "")
            if answer.status != 200 or code:
                raise error_of(answer.status, code, answer.body[:100_000].decode(errors="replace"))
            return answer.body

        return repeated(once, self._sleep)


def _answer(body: bytes) -> Answer:
    if not body.strip():
        return Answer()
    try:
        found: Any = orjson.loads(body)
        kinds = [str(each["type"]) for each in found["meta"]]
        if not all(isinstance(row, list) for row in found["data"]):
            raise TypeError
        rows = [tuple(map(read, kinds, row)) for row in found["data"]]
        return Answer([str(each["name"]) for each in found["meta"]], rows)
    except (orjson.JSONDecodeError, KeyError, TypeError):
        raise PassingError("ClickHouse answers something else than JSON") from None
