"""Forward the invocations of the embedded AWS: those of event source mappings and of Lambda's own API."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from aiohttp import web

if TYPE_CHECKING:
    from collections.abc import Mapping

    from local.functions.workers import Function


_CLOSING = 0.1  # seconds


class Forwarding:
    """An invocation comes as a POST with the event as its body; an error goes back as a status that is not 2xx."""

    def __init__(self, functions: Mapping[str, Function]) -> None:
        self._functions = functions
        self._server = web.Server(self._handle, access_log=None)
        self._listener: asyncio.Server | None = None

    async def listen(self) -> str:
        """On a free port of the loopback interface; returns the address to forward to."""
        self._listener = await asyncio.get_running_loop().create_server(self._server, "127.0.0.1", 0)
        host, port = self._listener.sockets[0].getsockname()[:2]
        return f"http://{host}:{port}/"

    async def close(self) -> None:
        if self._listener:
            self._listener.close()
        await self._server.shutdown(_CLOSING)

    async def _handle(self, request: web.BaseRequest) -> web.Response:
        payload = await request.content.read(-1)
        function = self._functions.get(request.headers.get("X-Amzn-Lambda-Function-Name", ""))
        if function is None:
            return web.json_response({"errorMessage": "no such function here"}, status=404)
        outcome = await function.invoke(payload)
        return web.Response(
            body=outcome.payload, content_type="application/json", status=502 if outcome.failed else 200
        )
