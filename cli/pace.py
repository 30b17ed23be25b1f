"""No faster than so many events a second."""

import time
from collections.abc import Callable


class Pace:
    """`per_second` 0 is as fast as it goes. After each send the caller says how many, and waits for its turn."""

    def __init__(
        self,
        per_second: float = 0.0,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._per_second, self._clock, self._sleep = per_second, clock, sleep
        self._free_at = clock()

    @property
    def is_limited(self) -> bool:
        return bool(self._per_second)

    def at_once(self, most: int) -> int:
        """How many to send in one go: what a second allows, so that a slow pace is even."""
        return most if not self._per_second else max(1, min(most, int(self._per_second)))

    def sent(self, count: int) -> None:
        if not self._per_second:
            return
        now = self._clock()
        self._free_at = max(self._free_at, now) + count / self._per_second
        self._sleep(self._free_at - now)
