"""The gateway over real connections, with a function that only says what it got."""

from __future__ import annotations

import asyncio
import base64
import gzip
import json
import socket
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import aiohttp

from local.functions.runtime import MAX_PAYLOAD, Outcome, failure
from local.functions.workers import Function, FunctionSpec
from local.http.gateway import MAX_BODY, Gateway
from local.http.inbox import Inbox
from local.http.vendors import Vendors

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

GZIPPED = gzip.compress(b'{"userId":"u"}')


class Echo:
    """Answers with its event, or fails when the path says so."""

    spec = FunctionSpec("echo", "arn", Path(), "app.handler", 3, 128, {}, ("POST /v1/{call}", "$default"))

    async def invoke(self, payload: bytes) -> Outcome:
        if json.loads(payload)["rawPath"] == "/fail":
            return failure("ValueError", "wrong")
        return Outcome(payload)


def with_gateway(scenario: Callable[[aiohttp.ClientSession, str], Awaitable[None]], *, routed: bool = True) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]

    async def whole() -> None:
        gateway = Gateway(port, Inbox(), Vendors())
        await gateway.listen()
        if routed:
            gateway.route([cast("Function", Echo())])
        try:
            async with aiohttp.ClientSession() as session:
                await scenario(session, f"http://127.0.0.1:{port}")
        finally:
            await gateway.close()

    asyncio.run(whole())


async def send(session: aiohttp.ClientSession, method: str, url: str, **options: Any) -> tuple[int, Any]:
    async with session.request(method, url, **options) as response:
        return response.status, json.loads(await response.read() or b"null")


def test_bytes_arrive_as_they_were_sent() -> None:
    async def chunks() -> AsyncIterator[bytes]:
        yield GZIPPED[:5]
        yield GZIPPED[5:]

    async def scenario(session: aiohttp.ClientSession, url: str) -> None:
        headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
        for data in (GZIPPED, chunks()):
            status, event = await send(session, "POST", f"{url}/v1/track", data=data, headers=headers)
            assert status == 200
            assert (event["routeKey"], event["pathParameters"]) == ("POST /v1/{call}", {"call": "track"})
            assert base64.b64decode(event["body"]) == GZIPPED
            assert event["headers"]["content-length"] == str(len(GZIPPED))

    with_gateway(scenario)


def test_the_gateways_own_answers() -> None:
    async def scenario(session: aiohttp.ClientSession, url: str) -> None:
        assert await send(session, "GET", f"{url}/fail") == (500, {"message": "Internal Server Error"})
        too_large = (413, {"message": "Request Entity Too Large"})
        text = {"Content-Type": "text/plain"}
        assert (
            await send(session, "POST", f"{url}/v1/t", data=BytesIO(b"x" * (MAX_BODY + 1)), headers=text) == too_large
        )
        assert await send(session, "POST", f"{url}/v1/t", data=BytesIO(b"x" * MAX_PAYLOAD), headers=text) == too_large
        status, _ = await send(
            session, "POST", f"{url}/v1/t", data=BytesIO(b"x" * 3_000_000), headers=text, expect100=True
        )
        assert status == 200

    with_gateway(scenario)


def test_before_there_are_routes_it_asks_to_come_back() -> None:
    async def scenario(session: aiohttp.ClientSession, url: str) -> None:
        assert await send(session, "GET", url) == (503, {"message": "Service Unavailable"})

    with_gateway(scenario, routed=False)


def test_the_inbox_is_on_the_same_port() -> None:
    async def scenario(session: aiohttp.ClientSession, url: str) -> None:
        assert (await send(session, "POST", f"{url}/inbox/crm?status=503", json={"n": 1}))[0] == 503
        assert (await send(session, "PUT", f"{url}/inbox", data="text"))[0] == 200
        assert (await send(session, "POST", f"{url}/inbox?status=1", data="text"))[0] == 400
        _, listed = await send(session, "GET", f"{url}/inbox")
        assert [(each["method"], each["path"], each["body"]) for each in listed["deliveries"]] == [
            ("PUT", "/inbox", "text"),
            ("POST", "/inbox/crm?status=503", {"n": 1}),
        ]
        assert (await send(session, "DELETE", f"{url}/inbox"))[0] == 204
        assert await send(session, "GET", f"{url}/inbox") == (200, {"deliveries": []})

    with_gateway(scenario)
