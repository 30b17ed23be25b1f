"""A vendor that takes everything but what it is told to refuse for now, and counts; and what an exchange takes."""

import random
import statistics
import threading
import time
from dataclasses import dataclass, field

from checks.bench.server import answering
from sluice.delivery.http_client import HttpTransport
from sluice.destinations.http import Request, Response

_EXCHANGES, _ROUNDS = 100, 5
_BODY = b"x" * 20_000

#: Of a request's line and headers, and what TLS puts around; an estimate.
_AROUND_BYTES = 400
#: Answers that each vendor takes for success, by what its address has in it.
_ANSWERS = (("mixpanel", b'{"code":200,"status":"OK","num_records_imported":1}'), ("customer.io", b"{}"))


@dataclass
class CountingVendor:
    """`refused` of its answers are 503. `bytes` are what was sent to it."""

    refused: float
    random: random.Random
    requests: int = 0
    threaded: int = 0
    bytes: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self, request: Request) -> Response:
        with self._lock:
            self.requests += 1
            self.threaded += threading.current_thread() is not threading.main_thread()
            self.bytes += len(request.body) + len(request.url) + _AROUND_BYTES
            if self.random.random() < self.refused:
                return Response(503)
        return Response(200, {}, next((answer for part, answer in _ANSWERS if part in request.url), b""))


def exchange_seconds() -> float:
    """Return the processor's seconds for an exchange by the real transport, over a connection that is open.

    They are of this thread alone; TLS, which costs some microseconds for each kilobyte, is not in them.
    """
    with answering() as server, HttpTransport(loopback=True) as transport:
        request = Request(f"{server.address}/hook", _BODY, headers={"content-type": "application/json"})

        def each() -> float:
            started = time.thread_time()
            for _ in range(_EXCHANGES):
                transport(request)
            return (time.thread_time() - started) / _EXCHANGES

        return statistics.median(each() for _ in range(_ROUNDS))
