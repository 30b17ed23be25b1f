"""AWS Lambda's Runtime API, as far as a runtime client uses it: one listener serves one worker.

https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
"""

from __future__ import annotations

import asyncio
import json
import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from aiohttp import web

if TYPE_CHECKING:
    from collections.abc import Callable

_CLOSING = 0.1  # seconds; for aiohttp, 0 is without end
_PREFIX = "/2018-06-01/runtime"
MAX_PAYLOAD = 6 * 1024 * 1024  # bytes, of a synchronous request or response


@dataclass(frozen=True)
class Outcome:
    """The result of an invocation: the function's JSON, or an error object in Lambda's shape."""

    payload: bytes
    failed: bool = False


def failure(kind: str, text: str) -> Outcome:
    return Outcome(json.dumps({"errorType": kind, "errorMessage": text}).encode(), failed=True)


@dataclass(frozen=True)
class Invocation:
    payload: bytes
    arn: str
    deadline_ms: int
    outcome: asyncio.Future[Outcome]
    request_id: str = field(default_factory=lambda: str(uuid.uuid4()))


class RuntimeApi:
    """The platform's side of one execution environment: hands out one invocation at a time and takes the answer."""

    def __init__(self, on_ready: Callable[[], None], on_init_error: Callable[[Outcome], None]) -> None:
        self._on_ready = on_ready
        self._on_init_error = on_init_error
        self._next: asyncio.Queue[Invocation | None] = asyncio.Queue()
        self._current: Invocation | None = None
        # Its own connections only, and they stay open for as long as the worker lives.
        self._server = web.Server(self._handle, access_log=None, keepalive_timeout=86_400)
        self._listener: asyncio.Server | None = None

    async def listen(self) -> str:
        """Start on a free port of the loopback interface; returns the value of AWS_LAMBDA_RUNTIME_API."""
        loop = asyncio.get_running_loop()
        self._listener = await loop.create_server(self._server, "127.0.0.1", 0)
        host, port = self._listener.sockets[0].getsockname()[:2]
        return f"{host}:{port}"

    async def close(self) -> None:
        if self._listener:
            self._listener.close()
        self._next.put_nowait(None)  # whoever still waits, for a worker that may be gone
        await self._server.shutdown(_CLOSING)

    def deliver(self, invocation: Invocation) -> None:
        """Hand an invocation to the worker as soon as it asks for the next one."""
        self._next.put_nowait(invocation)

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        path = request.path.removeprefix(_PREFIX)
        if path == "/invocation/next" and request.method == "GET":
            return await self._hand_out()
        if path == "/init/error":
            self._on_init_error(Outcome(await request.read(), failed=True))
            return web.Response(status=202)
        match path.split("/"):
            case ["", "invocation", request_id, "response" | "error" as kind]:
                return self._take(request_id, await _read(request), failed=kind == "error")
        return web.Response(status=404)

    async def _hand_out(self) -> web.Response:
        self._on_ready()
        invocation = self._current = await self._next.get()
        if invocation is None:
            return web.Response(status=410)
        headers = {
            "Content-Type": "application/json",
            "Lambda-Runtime-Aws-Request-Id": invocation.request_id,
            "Lambda-Runtime-Deadline-Ms": str(invocation.deadline_ms),
            "Lambda-Runtime-Invoked-Function-Arn": invocation.arn,
            "Lambda-Runtime-Trace-Id": f"Root=1-{invocation.request_id.replace('-', '')};Sampled=0",
        }
        return web.Response(body=invocation.payload, headers=headers)

    def _take(self, request_id: str, payload: bytes, *, failed: bool) -> web.Response:
        invocation = self._current
        if invocation is None or invocation.request_id != request_id or invocation.outcome.done():
            return web.Response(status=400)
        if len(payload) > MAX_PAYLOAD:
            text = f"Response payload size exceeded maximum allowed payload size ({MAX_PAYLOAD} bytes)."
            invocation.outcome.set_result(failure("Function.ResponseSizeTooLarge", text))
        else:
            invocation.outcome.set_result(Outcome(payload, failed))
        return web.Response(status=202)


async def _read(request: web.BaseRequest) -> bytes:
    """The whole body: aiohttp's own limit is lower than Lambda's."""
    return await request.content.read(-1)
