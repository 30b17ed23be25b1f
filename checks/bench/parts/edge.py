"""The edge: the processor's time of a request, from API Gateway's invocation to the answer.

The floor parses the body's JSON and calls the same queue client, nothing else.
"""

import base64
import itertools
import time
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson

from checks.bench import traffic
from checks.bench.aws import CountingAws
from checks.bench.figures import Figure, Rounds, compared, scaled
from checks.bench.functions import EVENTS, Function, Functions
from sluice.aws import clients
from sluice.aws.sqs import SqsQueue

_REQUESTS = 150
#: Times the floor, by events of a request.
_GOALS = {1: 1.5, 20: None, 100: 1.3}


def figures(workspace: Path) -> Iterator[Figure]:
    aws = CountingAws()
    aws.install()
    tracking = Functions(workspace, aws).tracking()
    queue = SqsQueue(clients.sqs(clients.EDGE), EVENTS)
    for is_gzip, (size, goal) in itertools.product((False, True), _GOALS.items()):
        what = f"{size} event{'s' if size > 1 else ''}, {'gzip' if is_gzip else 'plain'}"
        measured = measure(tracking, queue, aws, size, is_gzip)
        yield Figure(part="edge", what=what, unit="µs a request", goal=goal, **measured)
        yield Figure(part="edge", what=what, unit="µs an event", **scaled(measured, 1 / size))


def measure(tracking: Function, queue: SqsQueue, aws: CountingAws, size: int, is_gzip: bool = False) -> Rounds:
    """The processor's microseconds of a request."""
    requests = traffic.requests(_REQUESTS, size, 100, traffic.Client(), is_gzip)

    def ours() -> float:
        return sum(tracking.invoke(each).seconds for each in requests) / len(requests) * 1e6

    def floor() -> float:
        twins, started = aws.seconds, time.process_time()
        for each in requests:
            least(each, queue)
        return (time.process_time() - started - (aws.seconds - twins)) / len(requests) * 1e6

    return compared(ours, floor)


def least(event: Any, queue: SqsQueue) -> None:
    """All that nobody can leave out."""
    body = base64.b64decode(event["body"]) if event["isBase64Encoded"] else event["body"].encode()
    if event["isBase64Encoded"]:
        body = zlib.decompress(body, 47)
    orjson.loads(body)
    queue.send(body.decode())
