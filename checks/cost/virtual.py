"""Processes in virtual time: real code in threads of its own, of which one runs at a time, the one whose time has come.

A process waits by `sleep`; nothing else takes time. So a second of a hundred processes is over in a moment, and every
run is the same.
"""

import heapq
import itertools
from collections.abc import Callable
from threading import Semaphore, Thread, current_thread


class Time:
    def __init__(self) -> None:
        self.now = 0.0
        self._sleeping: list[tuple[float, int, Semaphore]] = []
        self._numbers = itertools.count()
        self._idle = Semaphore(0)
        self._own: dict[Thread, Semaphore] = {}

    def sleep(self, seconds: float) -> None:
        """Called by a process; others run meanwhile."""
        own = self._own[current_thread()]
        heapq.heappush(self._sleeping, (self.now + seconds, next(self._numbers), own))
        self._idle.release()
        own.acquire()

    def run(self, *works: Callable[[], None]) -> None:
        """Until all are over."""
        for work in works:
            thread = Thread(target=self._live, args=(work,), daemon=True)
            self._own[thread] = Semaphore(0)
            thread.start()
            self._idle.acquire()
        while self._sleeping:
            self.now, _, process = heapq.heappop(self._sleeping)
            process.release()
            self._idle.acquire()

    def _live(self, work: Callable[[], None]) -> None:
        self.sleep(0.0)
        try:
            work()
        finally:
            self._idle.release()
