"""Accept a request: acknowledge it once the queue has it, or answer 503, or 429 beyond a ration."""

import time
from collections.abc import Callable
from dataclasses import replace

from sluice.edge.responses import too_many, unavailable
from sluice.edge.result import Result
from sluice.messages import envelope as envelopes
from sluice.messages.queue import Queue, QueueUnavailableError
from sluice.rate_limit import RateLimit
from sluice.workspace.compiled import Workspace

#: Attempts to enqueue. Two that both arrive are copies of one message, and worked on once.
ATTEMPTS = 3
_PAUSE_SECONDS = 0.05


class Rations:
    """The requests that pass in a second, counted per execution environment: of strangers, and of each write key.

    Envelopes that anyone can cause share one ration, ten at once and then one a second, so that a stranger cannot fill
    the archive. A write key has a ration of its own if its source has `requests_per_second`.
    """

    def __init__(self, workspace: Workspace, now: Callable[[], float] = time.monotonic) -> None:
        self._strangers = RateLimit(1.0, burst_seconds=9.0, now=now)
        self._keys = {
            key: RateLimit(rate, now=now)
            for key, source in workspace.write_keys.items()
            if (rate := workspace.sources[source].requests_per_second) is not None
        }

    def take(self, result: Result) -> bool:
        """Return whether the result's envelope may pass now, and count it if it may."""
        if result.is_limited:
            return self._strangers.take()
        ration = self._keys.get(result.write_key) if result.write_key is not None else None
        return ration is None or ration.take()


def accept(result: Result, queue: Queue, rations: Rations, pause: Callable[[float], None] = time.sleep) -> Result:
    """Enqueue the envelope and return the result to answer with, without its envelope if it was not enqueued."""
    envelope = result.envelope
    if envelope is None:
        return result
    if not rations.take(result):
        return _over_ration(result)
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


def _over_ration(result: Result) -> Result:
    """Return the result without its envelope; the client of a source is asked to come back with what was good."""
    if result.is_limited:
        return replace(result, envelope=None, code=f"{result.code or 'unknown_source'}_over_ration")
    is_retried = result.is_retried and result.code is None
    return Result(too_many() if is_retried else result.response, None, "over_ration")
