"""The local system, from end to end: answers, events a second, and from the request to the webhook.

It starts a system of its own on free ports. The floor in the same run is the same client against a server that answers
at once. Client, gateway, functions and the embedded AWS share this machine's processors, so this is no figure of AWS:
it says whether the whole has become slower.
"""

import asyncio
import json
import tempfile
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp
from aiohttp import web

from checks.bench.figures import Figure
from local.own import local_system

_ROUNDS = 5
#: Requests of one round: one after another, and by so many clients at once.
_ALONE, _TOGETHER, _CLIENTS = 100, 300, 4
#: Events whose way to the webhook is timed, one request at a time.
_DELIVERIES = 10
_SIZES = (1, 20)
_PERCENTILES = (50, 95, 99)
#: Seconds that the last event of a round may take, and without one in which a round counts as over.
_LONGEST, _QUIET = 60.0, 2.0
_HEADERS = {"authorization": aiohttp.encode_basic_auth("wk_website", ""), "content-type": "application/json"}


class Webhook:
    """A receiver that counts."""

    def __init__(self) -> None:
        self.events = 0
        self._last = 0.0

    async def take(self, request: web.BaseRequest) -> web.Response:
        found = json.loads(await request.read())
        self.events += len(found) if isinstance(found, list) else 1
        self._last = time.perf_counter()
        return web.Response()

    async def until(self, events: int) -> None:
        async with asyncio.timeout(_LONGEST):
            while self.events < events:
                await asyncio.sleep(0.002)

    async def quiet(self) -> None:
        """Until nothing has come for a while."""
        self._last = time.perf_counter()
        while time.perf_counter() - self._last < _QUIET:
            await asyncio.sleep(_QUIET / 4)


@dataclass(frozen=True)
class Round:
    """Milliseconds of answers to a client alone, sorted; and events a second of all clients together.

    `per_second` of them were accepted; `delivered` to the webhook, from the first request to the last event.
    """

    alone: Sequence[float]
    per_second: float
    delivered: float

    def percentile(self, percent: int) -> float:
        return self.alone[min(len(self.alone) - 1, len(self.alone) * percent // 100)]


def figures() -> Iterator[Figure]:
    yield from asyncio.run(_figures())


async def _figures() -> list[Figure]:
    found: list[Figure] = []
    webhook = Webhook()
    async with _served(_nothing) as nothing, _served(webhook.take) as hook:
        with tempfile.TemporaryDirectory() as folder, local_system(Path(folder), _workspace(hook)) as system:
            async with aiohttp.ClientSession(headers=_HEADERS) as session:
                for size in _SIZES:
                    found += await _sized(session, system.url, nothing, webhook, size)
    return found


async def _sized(
    session: aiohttp.ClientSession, sluice: str, nothing: str, webhook: Webhook, size: int
) -> list[Figure]:
    rounds = {"floor": list[Round](), "ours": list[Round]()}
    for _ in range(_ROUNDS):
        rounds["floor"].append(await _measure(session, nothing, size))
        rounds["ours"].append(await _measure(session, sluice, size, webhook))
    ways = [await _delivery(session, sluice, webhook, size) for _ in range(_DELIVERIES)]
    least = [await _post(session, nothing, size) for _ in ways]
    what = f"{_name(size)}: from the request to the webhook"
    return [*_of(size, rounds), Figure(part="local", what=what, unit="ms", ours=tuple(ways), floor=tuple(least))]


def _of(size: int, rounds: Mapping[str, Sequence[Round]]) -> Iterator[Figure]:
    for percent in _PERCENTILES:
        ours, floor = (tuple(each.percentile(percent) for each in rounds[name]) for name in ("ours", "floor"))
        yield Figure(part="local", what=f"{_name(size)}: answer, p{percent}", unit="ms", ours=ours, floor=floor)
    accepted = tuple(each.per_second for each in rounds["floor"])
    for what in ("accepted", "delivered"):
        ours = tuple(each.per_second if what == "accepted" else each.delivered for each in rounds["ours"])
        yield Figure(part="local", what=f"{_name(size)}: {what}", unit="events/s", ours=ours, floor=accepted)


def _name(size: int) -> str:
    return "single events" if size == 1 else f"{size} events a request"


async def _measure(session: aiohttp.ClientSession, url: str, size: int, webhook: Webhook | None = None) -> Round:
    alone = sorted([await _post(session, url, size) for _ in range(_ALONE)])
    if webhook is not None:
        await webhook.quiet()
    left = iter(range(_TOGETHER))

    async def client() -> None:
        for _ in left:
            await _post(session, url, size)

    had, events, started = webhook.events if webhook else 0, _TOGETHER * size, time.perf_counter()
    await asyncio.gather(*(client() for _ in range(_CLIENTS)))
    accepted = time.perf_counter() - started
    if webhook is not None:
        await webhook.until(had + events)
    return Round(alone, events / accepted, events / (time.perf_counter() - started))


async def _post(session: aiohttp.ClientSession, url: str, size: int) -> float:
    """Milliseconds until the answer, which must be a success."""
    batch = json.dumps({"batch": [_event() for _ in range(size)]})
    started = time.perf_counter()
    async with session.post(url + "/v1/batch", data=batch) as answer:
        await answer.read()
        answer.raise_for_status()
    return (time.perf_counter() - started) * 1000


def _event() -> dict[str, object]:
    return {
        "type": "track",
        "userId": "user-1",
        "event": "Order Completed",
        "properties": {"total": 42, "note": "x" * 600},
        "messageId": str(uuid.uuid4()),
        "timestamp": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
    }


async def _delivery(session: aiohttp.ClientSession, url: str, webhook: Webhook, size: int) -> float:
    """Milliseconds from the request until the webhook has its events."""
    await webhook.quiet()
    had, started = webhook.events, time.perf_counter()
    await _post(session, url, size)
    await webhook.until(had + size)
    return (time.perf_counter() - started) * 1000


async def _nothing(request: web.BaseRequest) -> web.Response:
    await request.read()
    return web.json_response({"success": True})


@asynccontextmanager
async def _served(handler: Callable[[web.BaseRequest], Awaitable[web.Response]]) -> AsyncIterator[str]:
    server = await asyncio.get_running_loop().create_server(web.Server(handler), "127.0.0.1", 0)
    yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    server.close()


def _workspace(url: str) -> str:
    """JSON, which is YAML: one source, and a webhook that takes batches."""
    return json.dumps({
        "sources": [{"id": "website", "type": "browser", "write_keys": ["wk_website"]}],
        "destinations": [
            {
                "id": "hook",
                "type": "webhook",
                "settings": {"url": url},
                "actions": [{"action": "send", "mapping": {"enable_batching": True}}],
            }
        ],
    })  # fmt: skip
