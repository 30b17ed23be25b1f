"""HTTP to vendors: kept-alive connections, a time limit on every step, bounded answers, checked addresses."""

import ssl
import time
from collections.abc import Iterable
from contextvars import ContextVar
from functools import cache
from typing import Any, Self

import httpcore

from sluice.destinations.addresses import resolve
from sluice.destinations.http import ForbiddenTargetError, Request, Response, Transport, UnreachableError
from sluice.destinations.outcome import CONNECTION_REFUSED, CONNECTION_RESET, TIMED_OUT
from sluice.sources.hook import UndecidedError

#: What is read of an answer; the rest is not waited for.
MAX_RESPONSE_BYTES = 256 * 1024
#: A vendor that drips an answer byte by byte is cut off after this many times the request's timeout.
_PATIENCE = 2
#: When the exchange of this thread has to be over.
_until: ContextVar[float] = ContextVar("until")


class HttpTransport:
    """A Transport over a pool of at most `connections`; `loopback` allows targets on this machine.

    One for the life of a process; its connections stay open between invocations.
    """

    def __init__(self, connections: int = 16, loopback: bool = False) -> None:
        self._pool = httpcore.ConnectionPool(
            ssl_context=ssl.create_default_context(),
            max_connections=connections,
            max_keepalive_connections=connections,
            keepalive_expiry=60,
            network_backend=_CheckedBackend(loopback),
        )

    def __call__(self, request: Request) -> Response:
        try:
            return _exchange(self._pool, request)
        except httpcore.TimeoutException as error:
            raise UnreachableError(TIMED_OUT, str(error)) from error
        except httpcore.ConnectError as error:
            raise UnreachableError(CONNECTION_REFUSED, str(error)) from error
        except (httpcore.NetworkError, httpcore.ProtocolError) as error:
            raise UnreachableError(CONNECTION_RESET, str(error)) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.close()


def fetched(url: str, send: Transport | None = None) -> bytes:
    """Return what a vendor answers with 200 within three seconds. Raises UndecidedError."""
    try:
        answer = (send or _small_transport())(Request(url, b"", "GET", timeout=1.5))
    except (UnreachableError, ForbiddenTargetError) as error:
        raise UndecidedError(type(error).__name__) from error
    if answer.status != 200:
        raise UndecidedError(f"status {answer.status}")
    return answer.body


@cache
def _small_transport() -> HttpTransport:
    return HttpTransport(connections=2)


def _exchange(pool: httpcore.ConnectionPool, request: Request) -> Response:
    timeout = {"connect": request.timeout, "read": request.timeout, "write": request.timeout, "pool": request.timeout}
    _until.set(time.monotonic() + _PATIENCE * request.timeout)
    with pool.stream(
        request.method,
        request.url,
        headers=list(request.headers.items()),
        content=request.body,
        extensions={"timeout": timeout},
    ) as answer:
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in answer.headers}
        return Response(answer.status, headers, _bounded(answer.iter_stream()))


def _bounded(chunks: Iterable[bytes]) -> bytes:
    """Read as much of a body as arrives. The status is known, so a broken body is no reason to send again."""
    body = bytearray()
    try:
        for chunk in chunks:
            body += chunk
            if len(body) >= MAX_RESPONSE_BYTES:
                break
    except (httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError):
        pass
    return bytes(body[:MAX_RESPONSE_BYTES])


class _CheckedBackend(httpcore.NetworkBackend):
    """Connects only to addresses that were checked, and to no socket file."""

    def __init__(self, loopback: bool) -> None:
        self._loopback = loopback
        self._backend = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        *others, last = resolve(host, port, self._loopback)
        for address in others:
            try:
                return _Stream(self._backend.connect_tcp(address, port, timeout, local_address, socket_options))
            except httpcore.ConnectError:
                continue
        return _Stream(self._backend.connect_tcp(last, port, timeout, local_address, socket_options))

    def sleep(self, seconds: float) -> None:
        self._backend.sleep(seconds)


class _Stream(httpcore.NetworkStream):
    """A connection whose steps together take no longer than the exchange may: headers can be dripped too."""

    def __init__(self, stream: httpcore.NetworkStream) -> None:
        self._stream = stream

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, _left(timeout, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, _left(timeout, httpcore.WriteTimeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        return _Stream(self._stream.start_tls(ssl_context, server_hostname, timeout))

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


def _left(timeout: float | None, too_late: type[Exception]) -> float | None:
    left = _until.get() - time.monotonic()
    if left <= 0:
        raise too_late("the whole of it takes too long")
    return left if timeout is None else min(timeout, left)
