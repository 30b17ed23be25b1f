"""What an exchange with a vendor takes of the processor: the real transport, over a connection that is open."""

import statistics
import time

from checks.bench.server import answering
from sluice.delivery.http_client import HttpTransport
from sluice.destinations.http import Request

_EXCHANGES, _ROUNDS = 100, 5
_BODY = b"x" * 20_000


def exchange_seconds() -> float:
    """Of this thread alone; TLS, which costs some microseconds for each kilobyte, is not in it."""
    with answering() as server, HttpTransport(loopback=True) as transport:
        request = Request(f"{server.address}/hook", _BODY, headers={"content-type": "application/json"})

        def each() -> float:
            started = time.thread_time()
            for _ in range(_EXCHANGES):
                transport(request)
            return (time.thread_time() - started) / _EXCHANGES

        return statistics.median(each() for _ in range(_ROUNDS))
