"""Send tasks to their vendor: batched into requests, with an outcome for each task."""

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

from sluice.delivery.plan import Task
from sluice.destinations.http import ForbiddenTargetError, Request, Response, Transport, UnreachableError
from sluice.destinations.item import Batch
from sluice.destinations.outcome import (
    INTERNAL,
    INVALID_SETTINGS,
    RETRY,
    Delivered,
    Discarded,
    Failed,
    Misconfigured,
    NotAttempted,
    Outcome,
    Resend,
    Retry,
    by_status,
)
from sluice.messages.encoding import gzip
from sluice.rate_limit import RateLimit

#: Requests under way at once for one pack.
CONCURRENCY = 8
#: A process that waits for its turn is paid for. A task that would wait longer goes back to the queue.
_LONGEST_TURN_SECONDS = 5.0
#: Requests for one batch: halves of one that is too big, and what is sent again without its bad items.
_MOST_REQUESTS = 128
#: Statuses of a request that may be refused for one of its items. Some vendors say so with a 200.
_OF_ONE_ITEM = frozenset({200, 400, 422})
#: Requests after which no bad item is looked for any longer.
_SEARCH_REQUESTS = 64
#: Bytes. A body that fits into one packet is no faster for being smaller.
_WORTH_COMPRESSING = 1400


def send[S](
    tasks: Sequence[Task[S]],
    settings: S,
    transport: Transport,
    has_time: Callable[[], bool] = lambda: True,
    rate: RateLimit | None = None,
    concurrency: int = CONCURRENCY,
    is_halting: bool = False,
) -> list[Outcome]:
    """Return an outcome per task, in order. A task that `has_time` or `rate` leaves no room for is NotAttempted.

    With `is_halting`, nothing more is begun after the first task that is Misconfigured.
    """
    halted = threading.Event()

    def one(batch: Sequence[Task[S]]) -> list[Outcome]:
        if halted.is_set() or not has_time():
            return [NotAttempted()] * len(batch)
        if rate is not None and (seconds := rate.wait(_LONGEST_TURN_SECONDS, len(batch))) is not None:
            return [NotAttempted(seconds)] * len(batch)
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


def batches[S](tasks: Sequence[Task[S]]) -> Iterator[list[Task[S]]]:
    """Group tasks by endpoint and key, and cut the groups by number and by bytes.

    An item that is too big by itself goes alone; the vendor decides on it.
    """
    groups: dict[object, list[Task[S]]] = {}
    for task in tasks:
        groups.setdefault((id(task.item.endpoint), task.item.key), []).append(task)
    for group in groups.values():
        yield from _cut(group)


def _cut[S](group: Sequence[Task[S]]) -> Iterator[list[Task[S]]]:
    endpoint = group[0].item.endpoint
    max_items = min(endpoint.max_items, group[0].item.max_items or endpoint.max_items)
    run: list[Task[S]] = []
    size = 0
    for task in group:
        if run and (len(run) >= max_items or size + len(task.body) + 1 > endpoint.max_bytes):
            yield run
            run, size = [], 0
        run.append(task)
        size += len(task.body) + 1
    if run:
        yield run


def batch_of[S](tasks: Sequence[Task[S]], settings: S) -> Batch[S]:
    """Return the batch of some tasks with one endpoint."""
    return Batch(tasks[0].item.endpoint, [task.item for task in tasks], [task.body for task in tasks], settings)


def exchange[S](tasks: Sequence[Task[S]], settings: S, transport: Transport) -> list[Outcome]:
    """Send one batch and return an outcome per task, in order, whatever the vendor answers.

    413 halves the batch, and so does a refusal that names no item: one bad item must not cost the others their
    delivery. Items that an endpoint wants sent again without their neighbours are sent at once, as long as each request
    ends at least one task. What remains when there were too many requests is retried later.
    """
    ended: dict[int, Outcome] = {}
    waiting = [list(range(len(tasks)))]
    for requests in range(1, _MOST_REQUESTS + 1):
        if not waiting:
            break
        run = waiting.pop()
        answered = _once([tasks[index] for index in run], settings, transport)
        if isinstance(answered, _RefusedWhole):
            if answered.verdict is None or requests <= _SEARCH_REQUESTS:
                half = len(run) // 2
                waiting += [run[half:], run[:half]]
            else:
                ended |= dict.fromkeys(run, _unsearched(answered.verdict, ended))
            continue
        rest = []
        for index, outcome in zip(run, answered, strict=True):
            if isinstance(outcome, Resend):
                rest.append(index)
            else:
                ended[index] = outcome
        if len(rest) == len(run):
            ended |= dict.fromkeys(rest, Retry(RETRY, response="the answer named no bad item"))
        elif rest:
            waiting.append(rest)
    left = Retry(RETRY, response="too many requests for one batch")
    return [ended.get(index, left) for index in range(len(tasks))]


@dataclass(frozen=True, slots=True)
class _RefusedWhole:
    """The refusal of several items for one of them, or for their size; `verdict` is None for the latter."""

    verdict: Discarded | None = None


def _unsearched(verdict: Discarded, ended: Mapping[int, Outcome]) -> Outcome:
    """Return the outcome of items among which no bad one is looked for any longer.

    A vendor that took something will take more of it another time. The word of one that took nothing counts for all.
    """
    if any(isinstance(outcome, Delivered) for outcome in ended.values()):
        return Retry(RETRY, verdict.status, response=verdict.response)
    return verdict


def _once[S](tasks: Sequence[Task[S]], settings: S, transport: Transport) -> Sequence[Outcome | Resend] | _RefusedWhole:
    batch = batch_of(tasks, settings)
    try:
        request = batch.endpoint.request(batch)
        response = transport(compressed(request) if batch.endpoint.takes_gzip else request)
    except UnreachableError as error:
        return [Retry(error.reason, response=str(error))] * len(tasks)
    except ForbiddenTargetError as error:
        return [Misconfigured(INVALID_SETTINGS, response=str(error))] * len(tasks)
    except Exception as error:  # noqa: BLE001 - a fault of ours costs these events a detour, not their neighbours
        return [Failed(INTERNAL, response=type(error).__name__)] * len(tasks)
    if response.status == 413 and len(tasks) > 1:
        return _RefusedWhole()
    return _read(batch, response)


def compressed(request: Request) -> Request:
    """Return the request with its body as gzip, if the body is long enough to be worth it."""
    if len(request.body) < _WORTH_COMPRESSING:
        return request
    return replace(request, body=gzip(request.body), headers={**request.headers, "content-encoding": "gzip"})


def _read[S](batch: Batch[S], response: Response) -> Sequence[Outcome | Resend] | _RefusedWhole:
    """Return what the vendor says of each item. If the answer cannot be read, its status decides for all of them."""
    try:
        found = batch.endpoint.outcomes(batch, response)
    except Exception:  # noqa: BLE001 - it was sent, and its outcome must not depend on how well we read
        found = by_status(response)
    if isinstance(found, Sequence) and len(found) == len(batch.items):
        return found
    outcome = by_status(response) if isinstance(found, Sequence) else found
    if isinstance(outcome, Discarded) and response.status in _OF_ONE_ITEM and len(batch.items) > 1:
        return _RefusedWhole(outcome)
    return [outcome] * len(batch.items)
