"""BigQuery's REST API: calls with a token, a time limit and an end, repeated where that may help.

https://docs.cloud.google.com/bigquery/docs/reference/rest
"""

import time
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote, urlencode

import orjson

from catalogue.warehouses.bigquery.access_token import ADDRESS, AccessToken, Key
from catalogue.warehouses.bigquery.errors import error_of
from sluice.warehouses.engines.http import Answer, Connections, exchange, repeated
from sluice.warehouses.warehouse import PassingError, RefusedError, StatementError

HOST = "https://bigquery.googleapis.com"
_JSON = "application/json; charset=UTF-8"
_NONE: Mapping[str, str] = {}


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

        def once() -> Answer:
            nonlocal is_refreshed
            token = self._token()
            answer = self._exchange(method, whole, {"Authorization": f"Bearer {token}", **headers}, content)
            if answer.status == 401 and not is_refreshed:
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

    def _repeated(self, once: Callable[[], Answer], service: str) -> Any:
        def told() -> Any:
            answer = once()
            if answer.status < 300:
                return _read(answer.body, service)
            raise _refused(service, answer.status, answer.body)

        return repeated(told, self._sleep)

    def _exchange(self, method: str, address: str, headers: Mapping[str, str], content: bytes | None) -> Answer:
        service = "Google" if address == ADDRESS else "BigQuery"
        sent = {"Accept": "application/json", **headers}
        return exchange(self._pool, service, method, address, sent, content)


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
