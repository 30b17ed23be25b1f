"""Stands before the gateway, lets one fault happen to the first uploads, and writes down who tried what when."""

import asyncio
import gzip
import json
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp
from aiohttp import web
from multidict import CIMultiDict, CIMultiDictProxy
from yarl import URL

from checks.compat.faults import Fault
from checks.compat.script import mark_of
from sluice.edge.cors import with_cors
from sluice.edge.request import Request

_HOP_BY_HOP = ("connection", "keep-alive", "transfer-encoding", "content-length")


@dataclass(frozen=True, slots=True)
class Upload:
    """`at` is in seconds of a monotonic clock; `status` is what the client got, 0 for no answer at all.

    A retry has the same message ids; the marks say which calls were in it.
    """

    at: float
    ids: frozenset[str]
    marks: frozenset[str]
    status: int
    faulted: bool


@dataclass(slots=True)
class Proxy:
    gateway: str
    fault: Fault
    uploads: list[Upload] = field(default_factory=list)
    url: str = ""

    @asynccontextmanager
    async def listening(self) -> AsyncIterator["Proxy"]:
        async with aiohttp.ClientSession(auto_decompress=False) as session:

            async def handle(request: web.BaseRequest) -> web.StreamResponse:
                return await self._handle(request, session)

            server = web.Server(handle, access_log=None, auto_decompress=False)
            listener = await asyncio.get_running_loop().create_server(server, "127.0.0.1", 0)
            self.url = f"http://127.0.0.1:{listener.sockets[0].getsockname()[1]}"
            try:
                yield self
            finally:
                listener.close()
                await server.shutdown(1)

    async def _handle(self, request: web.BaseRequest, session: aiohttp.ClientSession) -> web.StreamResponse:
        body = await request.read()
        if request.method != "POST":
            return await self._pass_on(request, body, session)
        faulted = sum(upload.faulted for upload in self.uploads) < self.fault.times
        status = 200 if not faulted else self.fault.answer.status if self.fault.answer else 0
        # Before anything is awaited, so that two uploads at once do not both meet a fault that happens once.
        self.uploads.append(Upload(time.monotonic(), *contents(body), status, faulted))
        if not faulted:
            return await self._pass_on(request, body, session)
        if self.fault.answer is None:
            await self._pass_on(request, body, session)
            if request.transport is not None:
                request.transport.close()
            return web.Response(status=500)
        asked = Request("POST", request.path, headers=lower(request.headers))
        answer = with_cors(self.fault.answer, asked, {"*"})
        return web.Response(status=answer.status, headers=CIMultiDict(answer.headers), body=answer.body)

    async def _pass_on(
        self, request: web.BaseRequest, body: bytes, session: aiohttp.ClientSession
    ) -> web.StreamResponse:
        """As it came, the host too: what the gateway says of itself shall lead here again."""
        headers = [(name, value) for name, value in request.headers.items() if name.lower() not in _HOP_BY_HOP]
        async with session.request(
            request.method,
            URL(self.gateway + request.raw_path, encoded=True),
            headers=headers,
            data=body or None,
            skip_auto_headers=("accept", "accept-encoding", "user-agent", "content-type"),
            allow_redirects=False,
        ) as answer:
            content = await answer.read()
            kept = [(name, value) for name, value in answer.headers.items() if name.lower() not in _HOP_BY_HOP]
            return web.Response(status=answer.status, headers=CIMultiDict(kept), body=content)


def lower(headers: CIMultiDictProxy[str]) -> Mapping[str, str]:
    return {name.lower(): value for name, value in headers.items()}


def contents(body: bytes) -> tuple[frozenset[str], frozenset[str]]:
    """Message ids and marks of the events in an upload."""
    try:
        document: Any = json.loads(gzip.decompress(body) if body.startswith(b"\x1f\x8b") else body)
    except (ValueError, OSError):
        return frozenset(), frozenset()
    events = document.get("batch", [document]) if isinstance(document, dict) else []
    ids = {str(event["messageId"]) for event in events if isinstance(event, dict) and "messageId" in event}
    return frozenset(ids), frozenset(mark for event in events if (mark := mark_of(event)) is not None)
