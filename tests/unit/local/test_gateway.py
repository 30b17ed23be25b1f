"""The gateway over real connections, with a function that only says what it got."""

from __future__ import annotations

import asyncio
import base64
import gzip
import json
import ssl
import tempfile
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import aiohttp
import pytest
from cryptography import x509

from local.cloud.firehose import Firehose
from local.functions.runtime import MAX_PAYLOAD, Outcome, failure
from local.functions.spec import FunctionSpec
from local.functions.workers import Function
from local.http.certificate import context
from local.http.gateway import MAX_BODY, Gateway
from local.http.inbox import Inbox
from local.http.vendors import Vendors
from local.own import free_port
from local.settings import Settings

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


type Scenario = Callable[[aiohttp.ClientSession, Settings], Awaitable[None]]


def with_gateway(scenario: Scenario, *, routed: bool = True) -> None:
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(_whole(scenario, own(Path(folder)), routed=routed))


def own(folder: Path) -> Settings:
    """Return settings whose ports are free."""
    port, tls_port, aws_port = (free_port() for _ in range(3))
    return Settings(port=port, tls_port=tls_port, aws_port=aws_port, workspace=folder, state=folder)


async def _whole(scenario: Scenario, settings: Settings, *, routed: bool) -> None:
    gateway = Gateway(settings, Inbox(), Vendors(), Firehose(settings))
    await gateway.listen()
    if routed:
        gateway.route([cast("Function", Echo())])
    try:
        async with aiohttp.ClientSession() as session:
            await scenario(session, settings)
    finally:
        await gateway.close()


async def send(session: aiohttp.ClientSession, method: str, url: str, **options: Any) -> tuple[int, Any]:
    async with session.request(method, url, **options) as response:
        return response.status, json.loads(await response.read() or b"null")


def test_bytes_arrive_as_they_were_sent() -> None:
    async def chunks() -> AsyncIterator[bytes]:
        yield GZIPPED[:5]
        yield GZIPPED[5:]

    async def scenario(session: aiohttp.ClientSession, settings: Settings) -> None:
        headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
        for data in (GZIPPED, chunks()):
            status, event = await send(session, "POST", f"{settings.url}/v1/track", data=data, headers=headers)
            assert status == 200
            assert (event["routeKey"], event["pathParameters"]) == ("POST /v1/{call}", {"call": "track"})
            assert base64.b64decode(event["body"]) == GZIPPED
            assert event["headers"]["content-length"] == str(len(GZIPPED))

    with_gateway(scenario)


def test_the_gateways_own_answers() -> None:
    async def scenario(session: aiohttp.ClientSession, settings: Settings) -> None:
        assert await send(session, "GET", f"{settings.url}/fail") == (500, {"message": "Internal Server Error"})
        too_large = (413, {"message": "Request Entity Too Large"})
        text, url = {"Content-Type": "text/plain"}, f"{settings.url}/v1/t"
        for size in (MAX_BODY + 1, MAX_PAYLOAD):
            assert await send(session, "POST", url, data=BytesIO(b"x" * size), headers=text) == too_large
        status, _ = await send(session, "POST", url, data=BytesIO(b"x" * 3_000_000), headers=text, expect100=True)
        assert status == 200

    with_gateway(scenario)


def test_before_there_are_routes_it_asks_to_come_back() -> None:
    async def scenario(session: aiohttp.ClientSession, settings: Settings) -> None:
        assert await send(session, "GET", settings.url) == (503, {"message": "Service Unavailable"})

    with_gateway(scenario, routed=False)


def test_the_inbox_is_on_the_same_port() -> None:
    async def scenario(session: aiohttp.ClientSession, settings: Settings) -> None:
        assert (await send(session, "POST", f"{settings.url}/inbox/crm?status=503", json={"n": 1}))[0] == 503
        assert (await send(session, "PUT", f"{settings.url}/inbox", data="text"))[0] == 200
        assert (await send(session, "POST", f"{settings.url}/inbox?status=1", data="text"))[0] == 400
        _, listed = await send(session, "GET", f"{settings.url}/inbox")
        assert [(each["method"], each["path"], each["body"]) for each in listed["deliveries"]] == [
            ("PUT", "/inbox", "text"),
            ("POST", "/inbox/crm?status=503", {"n": 1}),
        ]
        assert (await send(session, "DELETE", f"{settings.url}/inbox"))[0] == 204
        assert await send(session, "GET", f"{settings.url}/inbox") == (200, {"deliveries": []})

    with_gateway(scenario)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_the_same_api_answers_over_tls_to_whoever_trusts_its_certificate(host: str) -> None:
    async def scenario(session: aiohttp.ClientSession, settings: Settings) -> None:
        url = f"https://{host}:{settings.tls_port}/v1/track"
        trusting = ssl.create_default_context(cafile=settings.certificate)
        status, event = await send(session, "POST", url, json={"n": 1}, ssl=trusting)
        assert (status, event["routeKey"], event["body"]) == (200, "POST /v1/{call}", '{"n": 1}')
        with pytest.raises(aiohttp.ClientConnectorCertificateError):
            await send(session, "POST", url, json={"n": 1})

    with_gateway(scenario)


def test_a_certificate_is_made_once_and_again_before_it_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "tls/certificate.pem"
    context(path)
    first = path.read_bytes()
    context(path)
    assert path.read_bytes() == first
    assert (path.with_name("key.pem").stat().st_mode & 0o077) == 0, "nobody else reads the key"
    monkeypatch.setattr("local.http.certificate._LEAST_LEFT", timedelta(days=366))
    context(path)
    assert path.read_bytes() != first


def test_who_trusts_the_certificate_trusts_no_authority(tmp_path: Path) -> None:
    path = tmp_path / "certificate.pem"
    context(path)
    made = x509.load_pem_x509_certificate(path.read_bytes())
    assert not made.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    names = made.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert {str(each.value) for each in names} == {"localhost", "127.0.0.1", "::1"}
