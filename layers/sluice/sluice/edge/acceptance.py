"""Accept a request: acknowledge it once the queue has it, or answer 503."""

import time
from collections.abc import Callable
from dataclasses import replace

from sluice.edge.responses import unavailable
from sluice.edge.result import Result
from sluice.messages import envelope as envelopes
from sluice.messages.queue import Queue, QueueUnavailableError
from sluice.rate_limit import RateLimit

#: Attempts to enqueue. Two that both arrive are copies of one message, and worked on once.
ATTEMPTS = 3
_PAUSE_SECONDS = 0.05


def strangers() -> RateLimit:
    """Return the limit on envelopes that anyone can cause, so that a stranger cannot fill the archive.

    It is counted per execution environment: ten at once, then one a second.
    """
    return RateLimit(1.0, burst_seconds=9.0)


def accept(
    result: Result,
    queue: Queue,
    limit: RateLimit,
    pause: Callable[[float], None] = time.sleep,
) -> Result:
    """Enqueue the envelope and return the result to answer with, without its envelope if it was not enqueued."""
    envelope = result.envelope
    if envelope is None:
        return result
    if result.is_limited and not limit.take():
        return replace(result, envelope=None, code=f"{result.code or 'unknown_source'}_over_ration")
    body = envelopes.dump(envelope)
    for number in range(ATTEMPTS):
        if number:
            pause(_PAUSE_SECONDS * 2**number)
        try:
            queue.send(body)
        except QueueUnavailableError:
            continue
        return result
    return Result(unavailable() if result.is_retried else result.response, None, "queue_unavailable")
