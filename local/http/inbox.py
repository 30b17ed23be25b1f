"""A webhook receiver in memory: what destinations deliver to a person or a test that wants to look."""

from __future__ import annotations

import asyncio
import json
from collections import deque
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from aiohttp import web

if TYPE_CHECKING:
    from collections.abc import Mapping

KEPT = 500  # deliveries
MAX_BODY = 1024 * 1024  # bytes kept of each
MAX_DELAY = 60.0  # seconds


class Inbox:
    """`GET` lists, newest first; `DELETE` empties; anything else is a delivery.

    `?status=503` answers that status and `?delay=2` waits so many seconds first: a receiver that is down or slow.
    """

    def __init__(self) -> None:
        self._deliveries: deque[dict[str, Any]] = deque(maxlen=KEPT)

    async def handle(self, request: web.BaseRequest) -> web.Response:
        if request.method == "GET":
            return web.json_response({"deliveries": list(self._deliveries)})
        if request.method == "DELETE":
            self._deliveries.clear()
            return web.Response(status=204)
        try:
            status, delay = faults(request.query)
        except ValueError as error:
            return web.json_response({"message": str(error)}, status=400)
        body = await _read(request)
        self._deliveries.appendleft(record(request.method, request.path_qs, dict(request.headers), body))
        if delay:
            await asyncio.sleep(delay)
        return web.Response(status=status)


def faults(query: Mapping[str, str]) -> tuple[int, float]:
    """(status, seconds of delay). Raises ValueError."""
    status, delay = int(query.get("status", "200")), float(query.get("delay", "0"))
    if not (200 <= status <= 599 and 0 <= delay <= MAX_DELAY):
        raise ValueError(f"status must be from 200 to 599 and delay from 0 to {MAX_DELAY:.0f} seconds")
    return status, delay


def record(method: str, path: str, headers: Mapping[str, str], body: bytes) -> dict[str, Any]:
    return {
        "receivedAt": datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "method": method,
        "path": path,
        "headers": {name.lower(): value for name, value in headers.items()},
        "body": _readable(body[:MAX_BODY]),
    }


def _readable(body: bytes) -> Any:
    """Parsed where it is JSON, else text."""
    text = body.decode(errors="replace")
    try:
        return json.loads(text)
    except ValueError:
        return text


async def _read(request: web.BaseRequest) -> bytes:
    """At most one byte more than is kept; the rest is read and dropped."""
    kept = bytearray()
    async for chunk in request.content.iter_chunked(64 * 1024):
        kept += chunk[: MAX_BODY + 1 - len(kept)]
    return bytes(kept)
