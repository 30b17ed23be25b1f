"""HTTP to an engine: kept connections, a limit on each step and on the whole, and answers that have an end."""

import ssl
import time
from collections.abc import Callable, Mapping, MutableMapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Protocol

import httpcore

from sluice.warehouses.warehouse import PassingError, StatementError

#: Times that a call is made, and seconds before the second one; then twice as long each time.
ATTEMPTS, _PAUSE = 5, 1.0
#: Seconds until there is a connection, for each other step of a call, and for all of it.
_CONNECT, _STEP, _WHOLE = 10.0, 60.0, 300.0
#: Bytes that are read of an answer. BigQuery sends some 20 MB of rows at once.
MAX_ANSWER = 64 * 1024 * 1024


class Connections(Protocol):
    """The part of a pool of connections that is used."""

    def stream(
        self,
        method: str,
        url: str,
        *,
        headers: Sequence[tuple[str, str]],
        content: bytes | None,
        extensions: MutableMapping[str, Any],
    ) -> AbstractContextManager[httpcore.Response]: ...
    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Answer:
    """`headers` have their names in small letters."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def connections() -> httpcore.ConnectionPool:
    return httpcore.ConnectionPool(ssl_context=ssl.create_default_context(), max_connections=4, keepalive_expiry=60)


def exchange(
    pool: Connections,
    service: str,
    method: str,
    address: str,
    headers: Mapping[str, str],
    content: bytes | None,
    step: float = _STEP,
) -> Answer:
    """Return the answer to a request. `service` is what people call who answers; `step`, the seconds for each step.

    Raises PassingError for what goes wrong on the way, and StatementError for an answer that is too long.
    """
    until = time.monotonic() + _WHOLE
    timeout = {"connect": _CONNECT, "read": step, "write": step, "pool": step}
    sent = list({"User-Agent": "sluice", **headers}.items())
    try:
        with pool.stream(method, address, headers=sent, content=content, extensions={"timeout": timeout}) as answer:
            body = bytearray()
            for chunk in answer.iter_stream():
                body += chunk
                if len(body) > MAX_ANSWER:
                    raise StatementError("the answer is too long")
                if time.monotonic() > until:
                    raise httpcore.ReadTimeout
            named = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in answer.headers}
            return Answer(answer.status, named, bytes(body))
    except (httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError) as error:
        raise PassingError(f"{service} cannot be reached: {type(error).__name__}") from error


def repeated[T](do: Callable[[], T], sleep: Callable[[float], None]) -> T:
    """Do something that may be done again, until it does not raise PassingError, or did so every time."""
    pause = _PAUSE
    for _ in range(1, ATTEMPTS):
        try:
            return do()
        except PassingError:
            sleep(pause)
            pause *= 2
    return do()
