"""Traffic: events of about a kilobyte as clients write them, and requests that bring them, as API Gateway has them."""

import base64
import gzip
import itertools
import json
import random
import time
import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import Any

#: Of the shared examples those of an ordinary size: they come to 1.1 KB on average.
CORPUS: list[dict[str, Any]] = [
    event
    for event in json.loads((Path(__file__).parent / "events.json").read_bytes())
    if 700 < len(json.dumps(event)) < 1500
]
#: What clients do not send, because it is the server's to say.
_SERVERS = ("receivedAt", "originalTimestamp", "version", "channel", "sentAt")


def message_id(at: float, by_chance: str) -> str:
    """Return an id as @segment/analytics-node makes it."""
    return f"node-next-{int(at * 1000)}-{by_chance}"


class Client:
    """Many clients' events, one after the other; each has an id and a time of its own. Seeded, and so repeatable.

    `skew` is how many seconds their clocks may be off, either way.
    """

    def __init__(self, seed: int = 1, skew: float = 0.0) -> None:
        self._random, self._skew = random.Random(seed), skew  # noqa: S311 - repeatable, not secret
        self._corpus = itertools.cycle(CORPUS)

    def event(self, at: float) -> dict[str, Any]:
        """One that happened at `at`, seconds since 1970, by a clock that is a little off."""
        event = {name: value for name, value in next(self._corpus).items() if name not in _SERVERS}
        stamp = _iso(at + self._random.uniform(-self._skew, self._skew))
        ids: dict[str, Any] = {"anonymousId": self._uuid()}
        if "userId" in event:
            ids["userId"] = f"user-{self._random.randrange(100_000)}"
        if "properties" in event:
            visit = {"visit": self._uuid(), "position": self._random.randrange(10_000), "score": self._random.random()}
            ids["properties"] = {**event["properties"], **visit}
        return {**event, **ids, "messageId": message_id(at, self._uuid()), "timestamp": stamp}

    def _uuid(self) -> str:
        return str(uuid.UUID(int=self._random.getrandbits(128), version=4))


def batch(events: Sequence[dict[str, Any]]) -> bytes:
    return json.dumps({"batch": events, "sentAt": events[0]["timestamp"]}, separators=(",", ":")).encode()


def single(event: dict[str, Any]) -> bytes:
    return json.dumps({**event, "sentAt": event["timestamp"]}, separators=(",", ":")).encode()


def request(path: str, body: bytes, number: int, at: float, is_gzip: bool = False) -> dict[str, Any]:
    """An invocation of API Gateway, format 2.0."""
    headers = {
        "accept": "*/*",
        "accept-encoding": "gzip, deflate",
        "authorization": "Basic d2tfc2VydmVyOg==",
        "content-type": "application/json",
        "host": "r3pmxmplak.execute-api.us-east-1.amazonaws.com",
        "user-agent": "analytics-python/2.4.0",
        "x-amzn-trace-id": "Root=1-6b045957-9f512956ba05f293a559a017",
        "x-forwarded-for": "198.51.100.23",
        "x-forwarded-port": "443",
        "x-forwarded-proto": "https",
    }
    if is_gzip:
        headers["content-encoding"] = "gzip"
    return {
        "version": "2.0",
        "routeKey": "POST /v1/{call}",
        "rawPath": path,
        "rawQueryString": "",
        "headers": headers,
        "requestContext": {
            "accountId": "123456789012",
            "apiId": "r3pmxmplak",
            "http": {"method": "POST", "path": path, "protocol": "HTTP/1.1", "sourceIp": "198.51.100.23"},
            "requestId": f"Mpf4pry4{number:08x}=",
            "stage": "$default",
            "timeEpoch": int(at * 1000),
        },
        "body": base64.b64encode(gzip.compress(body, 6)).decode() if is_gzip else body.decode(),
        "isBase64Encoded": is_gzip,
    }


def requests(count: int, size: int, rate: float, client: Client, is_gzip: bool = False) -> list[dict[str, Any]]:
    """So many requests of `size` events, `rate` of them a second, beginning now."""
    start = time.time()
    made = []
    for number in range(count):
        at = start + number / rate
        events = [client.event(at) for _ in range(size)]
        path, body = (f"/v1/{events[0]['type']}", single(events[0])) if size == 1 else ("/v1/batch", batch(events))
        made.append(request(path, body, number, at, is_gzip))
    return made


def _iso(at: float) -> str:
    seconds = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(at))
    return f"{seconds}.{int(at % 1 * 1000):03d}Z"
