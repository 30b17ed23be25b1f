"""API Gateway on this machine, or a function URL: HTTP in, events of format 2.0 to the functions, their answers out."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import orjson
from aiohttp import web
from multidict import CIMultiDict

from local.functions.runtime import MAX_PAYLOAD
from local.http import response
from local.http.certificate import context
from local.http.event import BadPathError, Request, build_event, build_url_event, decode_path
from local.http.routes import Router
from local.settings import FIREHOSE, INBOX, VENDOR

if TYPE_CHECKING:
    from local.cloud.firehose import Firehose
    from local.functions.workers import Function
    from local.http.inbox import Inbox
    from local.http.response import Response
    from local.http.vendors import Vendors
    from local.settings import Settings

MAX_BODY = 10 * 1024 * 1024  # bytes, of an HTTP API
MAX_URL_BODY = 6 * 1024 * 1024  # bytes, of a function URL
MAX_LINE = 10_240  # bytes, of the request line and of a header
INTEGRATION_TIMEOUT = 30.0  # seconds


class Gateway:
    """Answers 503 until it is given routes."""

    def __init__(self, settings: Settings, inbox: Inbox, vendors: Vendors, firehose: Firehose) -> None:
        self._settings = settings
        self._beside = {INBOX: inbox.handle, VENDOR: vendors.handle, FIREHOSE: firehose.handle}
        self._router: Router[Function] | None = None
        self._server = web.Server(
            self._handle,
            access_log=None,
            auto_decompress=False,
            max_line_size=MAX_LINE,
            max_field_size=MAX_LINE,
        )
        self._listeners: list[asyncio.Server] = []

    async def listen(self) -> None:
        loop, settings = asyncio.get_running_loop(), self._settings
        tls = await asyncio.to_thread(context, settings.certificate)
        for port, how in ((settings.port, None), (settings.tls_port, tls)):
            self._listeners.append(await loop.create_server(self._server, "127.0.0.1", port, ssl=how))

    def route(self, functions: list[Function]) -> None:
        self._router = Router({key: function for function in functions for key in function.spec.routes})

    async def close(self) -> None:
        for listener in self._listeners:
            listener.close()
        await self._server.shutdown(2)

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        raw_path, query = split_target(request.raw_path)
        if request.headers.get("Expect", "").lower() == "100-continue":
            await request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            request.writer.output_size = 0
        if (beside := self._beside.get(raw_path.split("/", 2)[1])) is not None:
            return await beside(request)
        answer, request_id = await self._invoke(request, raw_path, query)
        headers = [*answer.headers, ("apigw-requestid", request_id)] if request_id else answer.headers
        return web.Response(status=answer.status, headers=CIMultiDict(headers), body=answer.body)

    async def _invoke(self, request: web.BaseRequest, raw_path: str, query: str) -> tuple[Response, str]:
        """The answer, and the id of the request where it got one."""
        is_url = self._settings.is_function_url
        body = await _read(request, MAX_URL_BODY if is_url else MAX_BODY)
        if body is None:
            return response.TOO_LARGE, ""
        try:
            path = raw_path if is_url else decode_path(raw_path)
        except BadPathError:
            return response.BAD_REQUEST, ""
        if self._router is None:
            return response.UNAVAILABLE, ""
        if (match := self._router.match(request.method, path)) is None:
            return response.NOT_FOUND, ""
        received = Request(
            method=request.method,
            path=path,
            query=query,
            headers=tuple((name, _as_utf8(value)) for name, value in request.headers.items()),
            body=body,
            source_ip=request.remote or "127.0.0.1",
            port=self._settings.port,
            received=datetime.now(UTC),
        )
        event = build_url_event(received) if is_url else build_event(received, match.route_key, match.path_parameters)
        return await _call(match.target, orjson.dumps(event)), event["requestContext"]["requestId"]


async def _call(function: Function, payload: bytes) -> Response:
    if len(payload) > MAX_PAYLOAD:
        return response.TOO_LARGE
    try:
        # The invocation goes on when the gateway gives up, as on AWS.
        outcome = await asyncio.wait_for(asyncio.shield(function.invoke(payload)), INTEGRATION_TIMEOUT)
    except TimeoutError:
        return response.UNAVAILABLE
    return response.INTERNAL_ERROR if outcome.failed else response.build_response(outcome.payload)


def split_target(target: str) -> tuple[str, str]:
    """(path, query) of a request line's target, which may be a whole URL."""
    if not target.startswith("/"):
        target = "/" + target.partition("://")[2].partition("/")[2]
    path, _, query = target.partition("?")
    return path, query


def _as_utf8(value: str) -> str:
    """A header's bytes as text that JSON can carry."""
    return value if value.isascii() else value.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


async def _read(request: web.BaseRequest, most: int) -> bytes | None:
    """The body as sent, or None when it is longer than `most` bytes."""
    if (request.content_length or 0) > most:
        return None
    body = bytearray()
    async for chunk in request.content.iter_any():
        body += chunk
        if len(body) > most:
            return None
    return bytes(body)
