"""Tasks to their vendor: as many in a request as it takes, and an outcome for each."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

from sluice.delivery.batching import batches
from sluice.delivery.exchanging import exchange
from sluice.delivery.plan import Task
from sluice.destinations.http import Transport
from sluice.destinations.outcome import Misconfigured, Outcome, Untried
from sluice.rate_limit import Pace

#: Requests under way at once for one pack.
CONCURRENCY = 8
#: A process that waits for its turn is paid for. What would wait longer goes back to the queue.
_LONGEST_TURN_SECONDS = 5.0


def deliver[S](
    tasks: Sequence[Task[S]],
    settings: S,
    transport: Transport,
    has_time: Callable[[], bool] = lambda: True,
    pace: Pace | None = None,
    concurrency: int = CONCURRENCY,
    is_halting: bool = False,
) -> list[Outcome]:
    """An outcome per task, in order. What `has_time` or `pace` leaves no room for is Untried.

    `is_halting`: after the first that is Misconfigured, nothing more is begun.
    """
    halted = threading.Event()

    def one(batch: Sequence[Task[S]]) -> list[Outcome]:
        if halted.is_set() or not has_time():
            return [Untried()] * len(batch)
        if pace is not None and (seconds := pace.wait(_LONGEST_TURN_SECONDS, len(batch))) is not None:
            return [Untried(seconds)] * len(batch)
        outcomes = exchange(batch, settings, transport)
        if is_halting and any(isinstance(outcome, Misconfigured) for outcome in outcomes):
            halted.set()
        return outcomes

    cut = list(batches(tasks))
    threads = min(concurrency, len(cut))
    if threads <= 1:
        answered = [one(batch) for batch in cut]
    else:
        with ThreadPoolExecutor(threads, "deliver") as pool:
            answered = list(pool.map(one, cut))
    found = {
        id(task): outcome
        for batch, outcomes in zip(cut, answered, strict=True)
        for task, outcome in zip(batch, outcomes, strict=True)
    }
    return [found[id(task)] for task in tasks]
