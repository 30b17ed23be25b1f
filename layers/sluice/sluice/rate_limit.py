"""A limit on how many events pass in a second."""

import threading
import time
from collections.abc import Callable
from math import inf


class RateLimit:
    """A token bucket that the threads of a process share.

    `per_second` None or 0 is no limit. After a rest, so much passes at once as `burst_seconds` of the rate allow, and
    at least one event.
    """

    def __init__(
        self,
        per_second: float | None,
        burst_seconds: float = 1.0,
        now: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._interval = 1 / per_second if per_second else 0.0
        self._burst_seconds, self._now, self._sleep = burst_seconds, now, sleep
        self._lock = threading.Lock()
        self._next = -inf

    @property
    def is_limited(self) -> bool:
        return self._interval > 0

    def at_once(self, most: int) -> int:
        """Return how many events to send in one go, at most `most`: a second's worth, so that a low rate stays even."""
        return max(1, min(most, int(1 / self._interval))) if self._interval else most

    def take(self) -> bool:
        """Return whether an event may pass now, and count it if it may."""
        return self.wait(0.0) is None

    def wait(self, longest: float = inf, count: int = 1) -> float | None:
        """Wait until `count` events may pass. If that takes more than `longest` seconds, return the seconds at once."""
        if not self._interval:
            return None
        with self._lock:
            now = self._now()
            moment = max(self._next, now - self._burst_seconds)
            ahead = moment - now
            if ahead > longest:
                return ahead
            self._next = moment + count * self._interval
        if ahead > 0:
            self._sleep(ahead)
        return None
