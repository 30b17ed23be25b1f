"""How fast the local system is: answers, requests a second, and from the POST to the webhook.

`make bench` starts a system of its own on free ports and measures it; the floor in the same run is the same client
against a server that answers at once. Client, gateway, functions and the embedded AWS share this machine's cores.
"""

import asyncio
import json
import statistics
import tempfile
import time
import uuid
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp
from aiohttp import web

from local.own import local_system

ROUNDS = 5
#: Requests of one round, one after another, and by this many clients at once.
ALONE, TOGETHER, CLIENTS = 100, 400, 4
#: Events whose way to the webhook is timed, one at a time.
DELIVERIES = 10
_HEADERS = {"authorization": aiohttp.encode_basic_auth("wk_website", ""), "content-type": "application/json"}


@dataclass(frozen=True)
class Round:
    """Milliseconds of each answer to a client alone, and requests a second of all clients together."""

    alone: Sequence[float]
    per_second: float


async def main() -> None:
    with tempfile.TemporaryDirectory() as folder, local_system(Path(folder)) as system:
        await compare(system.url)


async def compare(sluice: str) -> None:
    async with floor() as nothing, aiohttp.ClientSession(headers=_HEADERS) as session:
        rounds: dict[str, list[Round]] = {"floor": [], "sluice": []}
        for _ in range(ROUNDS):
            rounds["floor"].append(await measure(session, nothing))
            rounds["sluice"].append(await measure(session, sluice))
            await asyncio.sleep(2)  # until the pipeline behind the answers is idle again
        deliveries = [await delivery(session, sluice) for _ in range(DELIVERIES)]
    print(f"{'':8}{'p50 ms':>10}{'p99 ms':>10}{'requests/s':>14}{'(lowest to highest)':>24}")
    for name, measured in rounds.items():
        print(row(name, measured))
    print(f"POST to webhook: median {statistics.median(deliveries):.2f} s, longest {max(deliveries):.2f} s")


def row(name: str, measured: Sequence[Round]) -> str:
    answers = sorted(each for one in measured for each in one.alone)
    rates = [one.per_second for one in measured]
    spread = f"{min(rates):.0f} to {max(rates):.0f}"
    p50, p99 = answers[len(answers) // 2], answers[int(len(answers) * 0.99)]
    return f"{name:8}{p50:>10.1f}{p99:>10.1f}{statistics.median(rates):>14.0f}{spread:>24}"


async def measure(session: aiohttp.ClientSession, url: str) -> Round:
    alone = [await post(session, url) for _ in range(ALONE)]
    left = iter(range(TOGETHER))

    async def client() -> None:
        for _ in left:
            await post(session, url)

    started = time.perf_counter()
    await asyncio.gather(*(client() for _ in range(CLIENTS)))
    return Round(alone, TOGETHER / (time.perf_counter() - started))


async def post(session: aiohttp.ClientSession, url: str, user: str = "user-1") -> float:
    """Milliseconds until the answer, which must be a success."""
    event = {
        "type": "track",
        "userId": user,
        "event": "Order Completed",
        "properties": {"total": 42, "note": "x" * 600},
        "messageId": str(uuid.uuid4()),
        "timestamp": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
    }
    started = time.perf_counter()
    async with session.post(url + "/v1/track", data=json.dumps(event)) as answer:
        await answer.read()
        answer.raise_for_status()
    return (time.perf_counter() - started) * 1000


async def delivery(session: aiohttp.ClientSession, url: str) -> float:
    """Seconds from the POST until the webhook has the event."""
    user, started = uuid.uuid4().hex, time.perf_counter()
    await post(session, url, user)
    while time.perf_counter() - started < 30:
        async with session.get(url + "/inbox") as answer:
            if user in await answer.text():
                return time.perf_counter() - started
        await asyncio.sleep(0.02)
    raise TimeoutError("the event did not reach the webhook within 30 s")


@asynccontextmanager
async def floor() -> AsyncIterator[str]:
    async def answer(request: web.BaseRequest) -> web.Response:
        await request.read()
        return web.json_response({"success": True})

    server = await asyncio.get_running_loop().create_server(web.Server(answer), "127.0.0.1", 0)
    yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    server.close()


if __name__ == "__main__":
    asyncio.run(main())
