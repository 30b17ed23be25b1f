"""So many events a second, and no more: what a vendor's plan allows, or an endpoint of yours bears."""

import threading
import time
from collections.abc import Callable

#: Seconds of the rate that may be used at once, after a rest.
_BURST_SECONDS = 1.0


class Pace:
    """Hands out moments to send at, evenly; shared by the threads of a process. None is no limit."""

    def __init__(
        self,
        per_second: float | None,
        now: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._interval = 1 / per_second if per_second else 0.0
        self._now, self._sleep = now, sleep
        self._lock = threading.Lock()
        self._next = 0.0

    @property
    def is_limited(self) -> bool:
        return self._interval > 0

    def wait(self, longest: float, count: int = 1) -> float | None:
        """Wait until `count` events may be sent; or say in how many seconds, if that is more than `longest`."""
        if not self._interval:
            return None
        with self._lock:
            now = self._now()
            moment = max(self._next, now - _BURST_SECONDS)
            ahead = moment - now
            if ahead > longest:
                return ahead
            self._next = moment + count * self._interval
        if ahead > 0:
            self._sleep(ahead)
        return None
