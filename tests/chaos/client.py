"""A client as SDKs are: it sends batches, and what was not accepted again, after the time that it was told to wait."""

import hashlib
import hmac
import json
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from tests.examples import basic, message_id

BATCH, CLIENTS = 20, 4
#: What `make run` has as every secret that it is not told.
HOOK_SECRET = "local"
#: Seconds between a client's batches, so that the load lasts as long as the fault.
_PAUSE = 0.25
#: Seconds until a client tries again that was not told when, and after which it gives up.
_AGAIN, _PATIENCE = 0.5, 60


@dataclass
class Sent:
    """`accepted` are the messageIds in batches that got 200; `refused` counts the other answers."""

    accepted: set[str] = field(default_factory=set)
    refused: Counter[int] = field(default_factory=Counter)


def track(run: str, number: int) -> dict[str, Any]:
    moment = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    return {"type": "track", "event": "E", "userId": run, "messageId": message_id(run, number), "timestamp": moment}


#: Sends a batch: the status of the answer, and its `Retry-After` or 0.
type Post = Callable[[str, Sequence[dict[str, Any]]], tuple[int, float]]


def send(url: str, events: Sequence[dict[str, Any]], post: "Post | None" = None) -> Sent:
    """All of them, by several clients at once, for some seconds."""
    sent = Sent()
    batches = [events[start : start + BATCH] for start in range(0, len(events), BATCH)]

    def work(mine: Sequence[Sequence[dict[str, Any]]]) -> None:
        for batch in mine:
            if _insist(post or post_batch, url, batch, sent.refused):
                sent.accepted |= {event["messageId"] for event in batch}
            time.sleep(_PAUSE)

    with ThreadPoolExecutor(CLIENTS) as clients:
        list(clients.map(work, [batches[number::CLIENTS] for number in range(CLIENTS)]))
    return sent


def _insist(post: Post, url: str, batch: Sequence[dict[str, Any]], refused: Counter[int]) -> bool:
    until = time.monotonic() + _PATIENCE
    while time.monotonic() < until:
        status, wait = post(url, batch)
        if status == 200:
            return True
        refused[status] += 1
        time.sleep(wait or _AGAIN)
    return False


def post_batch(url: str, batch: Sequence[dict[str, Any]]) -> tuple[int, float]:
    """The answer's status, and its `Retry-After`; 0 where it has none."""
    return _answer(url + "/v1/batch", json.dumps({"batch": batch}).encode(), basic("wk_server"))


def post_hook(url: str, batch: Sequence[dict[str, Any]]) -> tuple[int, float]:
    """Send the same as another Segment does by its webhook, signed anew."""
    body = json.dumps(batch).encode()
    signature = hmac.new(HOOK_SECRET.encode(), body, hashlib.sha1).hexdigest()
    return _answer(url + "/v1/sources/upstream/hook", body, {"x-signature": signature})


def _answer(url: str, body: bytes, headers: Mapping[str, str]) -> tuple[int, float]:
    request = urllib.request.Request(url, body, dict(headers))
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, 0
    except urllib.error.HTTPError as error:
        with error:
            return error.code, float(error.headers.get("retry-after", 0))
