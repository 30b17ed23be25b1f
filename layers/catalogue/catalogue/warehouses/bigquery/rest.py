"""BigQuery's REST API: calls with a token, a time limit and an end, repeated where that may help.

https://docs.cloud.google.com/bigquery/docs/reference/rest
"""

import ssl
import time
from collections.abc import Callable, Iterator, Mapping, MutableMapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Any, Protocol
from urllib.parse import quote, urlencode

import httpcore
import orjson

from catalogue.warehouses.bigquery.access_token import AccessToken, Key
from catalogue.warehouses.bigquery.errors import PassingError, error_of
from sluice.warehouses.warehouse import RefusedError, StatementError

HOST = "https://bigquery.googleapis.com"
#: Times that a call is made, and seconds before the second one; then twice as long each time.
ATTEMPTS, _PAUSE = 5, 1.0
#: Seconds for each step of a call, and for all of it.
_STEP, _WHOLE = 60.0, 300.0
#: Bytes that are read of an answer. BigQuery sends some 20 MB of rows at once.
MAX_ANSWER = 64 * 1024 * 1024
_JSON = "application/json; charset=UTF-8"
_NONE: Mapping[str, str] = {}


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


def connections() -> httpcore.ConnectionPool:
    return httpcore.ConnectionPool(ssl_context=ssl.create_default_context(), max_connections=4, keepalive_expiry=60)


class Rest:
    """The API for a service account. Every call may be repeated: whoever makes one takes care that it can be."""

    def __init__(
        self,
        pool: Connections,
        key: Key,
        sleep: Callable[[float], None] = time.sleep,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._pool, self._sleep = pool, sleep
        self._token = AccessToken(key, self._post, now)

    def get(self, path: str, parameters: Mapping[str, str] = _NONE) -> Any:
        """Return what is at a path below `/bigquery/v2`. Raises UnavailableError, StatementError."""
        return self._call("GET", f"{HOST}/bigquery/v2/{quote(path)}", parameters)

    def post(self, path: str, document: Any, parameters: Mapping[str, str] = _NONE) -> Any:
        """Return the answer to a document. Raises UnavailableError, StatementError."""
        return self._call("POST", f"{HOST}/bigquery/v2/{quote(path)}", parameters, orjson.dumps(document))

    def upload(self, path: str, document: Any, content: bytes) -> Any:
        """Send a document and what it is about, together. Raises UnavailableError, StatementError.

        https://docs.cloud.google.com/bigquery/docs/reference/api-uploads#multipart
        """
        boundary = b"sluice"
        while boundary in content:
            boundary += b"-"
        parts = [
            b"--" + boundary + b"\r\nContent-Type: " + _JSON.encode() + b"\r\n\r\n" + orjson.dumps(document),
            b"--" + boundary + b"\r\nContent-Type: application/octet-stream\r\n\r\n" + content,
            b"--" + boundary + b"--\r\n",
        ]
        kind = f"multipart/related; boundary={boundary.decode()}"
        address = f"{HOST}/upload/bigquery/v2/{quote(path)}"
        return self._call("POST", address, {"uploadType": "multipart"}, b"\r\n".join(parts), kind)

    def _call(
        self, method: str, address: str, parameters: Mapping[str, str], content: bytes | None = None, kind: str = _JSON
    ) -> Any:
        """Make a call, with another token if the one that was there is refused."""
        whole = f"{address}?{urlencode(parameters)}" if parameters else address
        headers = {"Content-Type": kind} if content is not None else {}
        is_refreshed = False

        def once() -> tuple[int, bytes]:
            nonlocal is_refreshed
            token = self._token()
            answer = self._exchange(method, whole, {"Authorization": f"Bearer {token}", **headers}, content)
            if answer[0] == 401 and not is_refreshed:
                is_refreshed = True
                token = self._token(is_refreshed=True)
                answer = self._exchange(method, whole, {"Authorization": f"Bearer {token}", **headers}, content)
            return answer

        return self._repeated(once, "BigQuery")

    def _post(self, address: str, form: bytes) -> Any:
        """Send a form for a token. What Google does not take is refused: nothing else is wrong with it than the key."""
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        try:
            return self._repeated(lambda: self._exchange("POST", address, headers, form), "Google")
        except StatementError as error:
            raise RefusedError(f"Google refuses the key in `credentials`: {error}") from None

    def _repeated(self, once: Callable[[], tuple[int, bytes]], service: str) -> Any:
        pause = _PAUSE
        for attempt in range(1, ATTEMPTS + 1):
            try:
                with _told(service):
                    status, body = once()
                if status < 300:
                    return _read(body, service)
                raise _refused(service, status, body)
            except PassingError:
                if attempt == ATTEMPTS:
                    raise
            self._sleep(pause)
            pause *= 2
        raise AssertionError

    def _exchange(
        self, method: str, address: str, headers: Mapping[str, str], content: bytes | None
    ) -> tuple[int, bytes]:
        """Return the status and the body of an answer. Raises what httpcore raises, and StatementError."""
        until = time.monotonic() + _WHOLE
        timeout = dict.fromkeys(("connect", "read", "write", "pool"), _STEP)
        sent = {"Accept": "application/json", "User-Agent": "sluice", **headers}
        with self._pool.stream(
            method, address, headers=list(sent.items()), content=content, extensions={"timeout": timeout}
        ) as answer:
            body = bytearray()
            for chunk in answer.iter_stream():
                body += chunk
                if len(body) > MAX_ANSWER:
                    raise StatementError("the answer is too long")
                if time.monotonic() > until:
                    raise httpcore.ReadTimeout
            return answer.status, bytes(body)


@contextmanager
def _told(service: str) -> Iterator[None]:
    """Raise what goes wrong on the way as PassingError."""
    try:
        yield
    except (httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError) as error:
        raise PassingError(f"{service} cannot be reached: {type(error).__name__}") from error


def _read(body: bytes, service: str) -> Any:
    try:
        return orjson.loads(body) if body else {}
    except orjson.JSONDecodeError:
        raise PassingError(f"{service} answers something else than JSON") from None


def _refused(service: str, status: int, body: bytes) -> Exception:
    """Return what to raise for a status that is none of success."""
    try:
        found: Any = orjson.loads(body)
    except orjson.JSONDecodeError:
        found = None
    error = found.get("error") if isinstance(found, dict) else None
    if isinstance(error, str):  # of a token
        return error_of(service, status, error, "")
    said: dict[str, Any] = error if isinstance(error, dict) else {}
    reasons = [str(each.get("reason", "")) for each in said.get("errors") or []]
    return error_of(service, status, reasons[0] if reasons else "", str(said.get("message", "")))
