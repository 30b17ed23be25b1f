"""A vendor that takes everything but what it is told to refuse for now, and counts."""

import random
import threading
from dataclasses import dataclass, field

from sluice.destinations.http import Request, Response

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
