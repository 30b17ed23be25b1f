"""HTTP for functions: addresses are checked, answers bounded, and no redirect is followed."""

from collections.abc import Mapping
from typing import Any

import orjson

from sluice.delivery.http_client import HttpTransport
from sluice.destinations.http import Request, Response, Transport, UnreachableError, retry_after
from sluice.functions.errors import Retry

_used: list[Transport] = []


def use(transport: Transport) -> None:
    """Have requests of functions carried by another transport, as by one that only looks at them."""
    _used[:] = [transport]


def fetch(
    url: str,
    *,
    method: str = "POST",
    json: Any = None,
    body: bytes = b"",
    headers: Mapping[str, str] | None = None,
    timeout: float = 4.0,
) -> Response:
    """Return the answer to a request. `json` is sent as JSON.

    Raises Retry where there is no answer, or 429 or 5xx; ForbiddenTargetError for an address inside the account.
    """
    if not _used:
        use(HttpTransport())
    content = orjson.dumps(json) if json is not None else body
    given = {"content-type": "application/json", **(headers or {})} if json is not None else dict(headers or {})
    try:
        answer = _used[0](Request(url, content, method, given, timeout))
    except UnreachableError as error:
        raise Retry(error.reason) from error
    if answer.status == 429 or answer.status >= 500:
        raise Retry(str(answer.status), after=retry_after(answer))
    return answer
