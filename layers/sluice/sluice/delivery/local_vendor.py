"""Requests of a destination that end on this machine: recorded, and answered as the vendor would answer.

For the local system alone. The recorder must be on this machine: in an account there is nothing to send to.
"""

import gzip
import json
from collections.abc import Callable, Collection, Mapping
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import orjson

from sluice.destinations.addresses import is_loopback_host
from sluice.destinations.http import Request, Response, Transport, UnreachableError
from sluice.destinations.vendor import SUCCESS, LocalVendor

#: What is shown of a body.
_MAX_BODY_BYTES = 64 * 1024
_MASKED = "***"
#: A shorter secret is one that nobody keeps secret, such as the placeholder of the local system.
_SHORTEST_SECRET = 6


class LocalVendorTransport:
    """A Transport that sends nothing to other machines.

    `recorder` is the address that says which answer is wanted next and takes records. `secrets` returns the values that
    a record must not show. Raises ValueError for a recorder on another machine.
    """

    def __init__(
        self, http: Transport, recorder: str, vendor: LocalVendor, secrets: Callable[[], Collection[str]]
    ) -> None:
        if not _is_here(recorder):
            raise ValueError("the recorder of a local vendor must be on this machine")
        self._http, self._recorder, self._vendor, self._secrets = http, recorder, vendor, secrets

    def __call__(self, request: Request) -> Response:
        if _is_here(request.url):
            return self._http(request)
        answers = self._vendor.answers
        wanted = self._call("GET", "/next", b"").get("answer", SUCCESS)
        try:
            response = answers.get(wanted, self._vendor.success)(request)
        except UnreachableError as error:
            self._tell(request, {"error": error.reason})
            raise
        self._tell(request, {"status": response.status, "body": _readable(response.body)})
        return response

    def _tell(self, request: Request, answered: Mapping[str, Any]) -> None:
        record = {
            "method": request.method,
            "url": request.url,
            "headers": dict(request.headers),
            "body": _body(request),
            "answer": answered,
            "answers": list(self._vendor.answers),
        }
        text = json.dumps(record, ensure_ascii=False)
        for secret in self._secrets():
            if len(secret) >= _SHORTEST_SECRET:
                text = text.replace(json.dumps(secret, ensure_ascii=False)[1:-1], _MASKED)
        self._call("POST", "/requests", text.encode())

    def _call(self, method: str, path: str, body: bytes) -> dict[str, Any]:
        headers = {"content-type": "application/json"}
        answered = self._http(Request(self._recorder + path, body, method, headers)).json()
        return answered if isinstance(answered, dict) else {}


def _is_here(url: str) -> bool:
    return is_loopback_host(urlsplit(url).hostname or "")


def _body(request: Request) -> Any:
    """Return what a body says: inflated, a form by its fields, JSON parsed."""
    headers = {name.lower(): value for name, value in request.headers.items()}
    body = gzip.decompress(request.body) if headers.get("content-encoding") == "gzip" else request.body
    if "urlencoded" in headers.get("content-type", ""):
        return {name: _readable(value.encode()) for name, value in parse_qsl(body.decode("utf-8", "replace"))}
    return _readable(body)


def _readable(body: bytes) -> Any:
    if len(body) > _MAX_BODY_BYTES:
        return body[:_MAX_BODY_BYTES].decode("utf-8", "replace") + "…"
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        return body.decode("utf-8", "replace")
