"""The local vendors: what destinations would have sent to other machines, and what they are to be answered next.

The functions ask and tell, see `sluice.delivery.local_vendor`; here is only memory, one vendor for each destination.
"""

from __future__ import annotations

import json
from collections import deque
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

KEPT = 200  # requests of each destination
MAX_RECORD = 256 * 1024  # bytes
MAX_TIMES = 10_000
MAX_VENDORS = 1000


@dataclass
class _Vendor:
    requests: deque[dict[str, Any]] = field(default_factory=lambda: deque(maxlen=KEPT))
    answer: str | None = None
    times: int = 0
    answers: list[str] = field(default_factory=list)

    def next(self) -> dict[str, str]:
        """Return the answer that was asked for, as often as it was; an empty object for the usual one."""
        if self.answer is None or self.times <= 0:
            return {}
        self.times -= 1
        return {"answer": self.answer}

    def document(self) -> dict[str, Any]:
        waiting = {"answer": self.answer, "times": self.times} if self.times > 0 else None
        return {"requests": list(self.requests), "next": waiting, "answers": self.answers}


class Vendors:
    """`GET /vendor/<id>` shows what was sent, newest first; `DELETE` forgets it; `POST` says what is answered next."""

    def __init__(self) -> None:
        self._vendors: dict[str, _Vendor] = {}

    async def handle(self, request: web.BaseRequest) -> web.Response:
        _, _, place = request.path.removeprefix("/").partition("/")
        name, _, part = place.partition("/")
        if not name:
            return web.json_response({"vendors": sorted(self._vendors)})
        vendor = self._vendor(name)
        if vendor is None:
            return web.json_response({"message": "too many vendors"}, status=400)
        match request.method, part:
            case "GET", "next":
                return web.json_response(vendor.next())
            case "POST", "requests":
                return await _record(vendor, request)
            case "GET", "":
                return web.json_response(vendor.document())
            case "DELETE", "":
                self._vendors.pop(name)
                return web.Response(status=204)
            case "POST", "":
                return await _choose(vendor, request)
        return web.json_response({"message": "there is nothing at this path"}, status=404)

    def _vendor(self, name: str) -> _Vendor | None:
        if name not in self._vendors and len(self._vendors) >= MAX_VENDORS:
            return None
        return self._vendors.setdefault(name, _Vendor())


async def _record(vendor: _Vendor, request: web.BaseRequest) -> web.Response:
    record = await _read(request)
    if record is None:
        return web.json_response({"message": "no record"}, status=400)
    vendor.answers = [str(each) for each in record.pop("answers", [])]
    vendor.requests.appendleft(record)
    return web.json_response({})


async def _choose(vendor: _Vendor, request: web.BaseRequest) -> web.Response:
    wanted = await _read(request) or {}
    answer, times = wanted.get("answer"), wanted.get("times", 1)
    if not isinstance(answer, str) or not isinstance(times, int) or not 0 <= times <= MAX_TIMES:
        return web.json_response({"message": 'write {"answer": "rate limited", "times": 3}'}, status=400)
    if vendor.answers and answer not in vendor.answers:
        return web.json_response({"message": f"no such answer; there are {', '.join(vendor.answers)}"}, status=400)
    vendor.answer, vendor.times = answer, times
    return web.json_response(vendor.document()["next"])


async def _read(request: web.BaseRequest) -> dict[str, Any] | None:
    """Return the body as an object, None if it is none or too large."""
    body = bytearray()
    async for chunk in request.content.iter_any():
        body += chunk
        if len(body) > MAX_RECORD:
            return None
    try:
        document = json.loads(body)
    except ValueError:
        return None
    return document if isinstance(document, dict) else None
