"""Acknowledge after the durable write: the answer is given when the queue has the request, or 503."""

import time
from collections.abc import Callable
from dataclasses import replace

from sluice.edge.responses import unavailable
from sluice.edge.result import Collected
from sluice.messages import envelope as wire
from sluice.messages.queue import Queue, QueueUnavailableError

#: Attempts to enqueue. Two that both arrive are copies of one message, and worked on once.
ATTEMPTS = 3
_PAUSE_SECONDS = 0.05


class Ration:
    """A token bucket for envelopes that anyone can cause: a stranger cannot fill the archive.

    Counted per execution environment; `burst` at once, then `per_second`.
    """

    def __init__(self, per_second: float = 1.0, burst: int = 10, clock: Callable[[], float] = time.monotonic) -> None:
        self._per_second, self._burst, self._clock = per_second, burst, clock
        self._tokens, self._at = float(burst), clock()

    def take(self) -> bool:
        now = self._clock()
        self._tokens = min(self._burst, self._tokens + (now - self._at) * self._per_second)
        self._at = now
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True


def accept(
    collected: Collected,
    queue: Queue,
    ration: Ration,
    pause: Callable[[float], None] = time.sleep,
) -> Collected:
    """What to answer, after the envelope was enqueued; without its envelope if it was not."""
    envelope = collected.envelope
    if envelope is None:
        return collected
    if collected.rationed and not ration.take():
        return replace(collected, envelope=None, code=f"{collected.code or 'unknown_source'}_over_ration")
    body = wire.dump(envelope)
    for number in range(ATTEMPTS):
        if number:
            pause(_PAUSE_SECONDS * 2**number)
        try:
            queue.send(body)
        except QueueUnavailableError:
            continue
        return collected
    return Collected(unavailable() if collected.retried else collected.answer, None, "queue_unavailable")
