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
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp
from aiohttp import web

from bench.figures import Figure
from local.own import local_system

_ROUNDS = 5
#: Requests of one round: one after another, and by so many clients at once.
_ALONE, _TOGETHER, _CLIENTS = 100, 300, 4
#: Events whose way to the webhook is timed, one request at a time.
_DELIVERIES = 10
_SIZES = (1, 20)
_PERCENTILES = (50, 95, 99)
_HEADERS = {"authorization": aiohttp.encode_basic_auth("wk_website", ""), "content-type": "application/json"}


@dataclass(frozen=True)
class Round:
    """Milliseconds of answers to a client alone, sorted; and events a second of all clients together."""

    alone: Sequence[float]
    per_second: float

    def percentile(self, percent: int) -> float:
        return self.alone[min(len(self.alone) - 1, len(self.alone) * percent // 100)]


def figures() -> Iterator[Figure]:
    with tempfile.TemporaryDirectory() as folder, local_system(Path(folder)) as system:
        yield from asyncio.run(_figures(system.url))


async def _figures(sluice: str) -> list[Figure]:
    found: list[Figure] = []
    async with _floor() as nothing, aiohttp.ClientSession(headers=_HEADERS) as session:
        for size in _SIZES:
            rounds = {"floor": list[Round](), "ours": list[Round]()}
            for _ in range(_ROUNDS):
                rounds["floor"].append(await _measure(session, nothing, size))
                rounds["ours"].append(await _measure(session, sluice, size))
                await asyncio.sleep(2)  # until the pipeline behind the answers is idle again
            found += _of(size, rounds)
            ways = [await _delivery(session, sluice, size) for _ in range(_DELIVERIES)]
            least = [await _post(session, nothing, size) for _ in ways]
            what = f"{_name(size)}: from the request to the webhook"
            found.append(Figure(part="local", what=what, unit="ms", ours=tuple(ways), floor=tuple(least)))
    return found


def _of(size: int, rounds: Mapping[str, Sequence[Round]]) -> Iterator[Figure]:
    for percent in _PERCENTILES:
        ours, floor = (tuple(each.percentile(percent) for each in rounds[name]) for name in ("ours", "floor"))
        yield Figure(part="local", what=f"{_name(size)}: answer, p{percent}", unit="ms", ours=ours, floor=floor)
    ours, floor = (tuple(each.per_second for each in rounds[name]) for name in ("ours", "floor"))
    yield Figure(part="local", what=f"{_name(size)}: accepted", unit="events/s", ours=ours, floor=floor)


def _name(size: int) -> str:
    return "single events" if size == 1 else f"{size} events a request"


async def _measure(session: aiohttp.ClientSession, url: str, size: int) -> Round:
    alone = sorted([await _post(session, url, size) for _ in range(_ALONE)])
    left = iter(range(_TOGETHER))

    async def client() -> None:
        for _ in left:
            await _post(session, url, size)

    started = time.perf_counter()
    await asyncio.gather(*(client() for _ in range(_CLIENTS)))
    return Round(alone, _TOGETHER * size / (time.perf_counter() - started))


async def _post(session: aiohttp.ClientSession, url: str, size: int, user: str = "user-1") -> float:
    """Milliseconds until the answer, which must be a success."""
    batch = json.dumps({"batch": [_event(user) for _ in range(size)]})
    started = time.perf_counter()
    async with session.post(url + "/v1/batch", data=batch) as answer:
        await answer.read()
        answer.raise_for_status()
    return (time.perf_counter() - started) * 1000


def _event(user: str) -> dict[str, object]:
    return {
        "type": "track",
        "userId": user,
        "event": "Order Completed",
        "properties": {"total": 42, "note": "x" * 600},
        "messageId": str(uuid.uuid4()),
        "timestamp": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
    }


async def _delivery(session: aiohttp.ClientSession, url: str, size: int) -> float:
    """Milliseconds from the request until the webhook has its events."""
    user, started = uuid.uuid4().hex, time.perf_counter()
    await _post(session, url, size, user)
    while time.perf_counter() - started < 30:
        async with session.get(url + "/inbox") as answer:
            if (await answer.text()).count(user) >= size:
                return (time.perf_counter() - started) * 1000
        await asyncio.sleep(0.02)
    raise TimeoutError("the events did not reach the webhook within 30 s")


@asynccontextmanager
async def _floor() -> AsyncIterator[str]:
    async def answer(request: web.BaseRequest) -> web.Response:
        await request.read()
        return web.json_response({"success": True})

    server = await asyncio.get_running_loop().create_server(web.Server(answer), "127.0.0.1", 0)
    yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    server.close()
