"""One batch, sent: an outcome for each of its tasks, whatever the vendor answers."""

from collections.abc import Sequence
from dataclasses import replace

from sluice.delivery.batching import batch_of
from sluice.delivery.plan import Task
from sluice.destinations.http import ForbiddenTargetError, Request, Response, Transport, UnreachableError
from sluice.destinations.item import Batch
from sluice.destinations.outcome import Failed, Misconfigured, Outcome, Resend, Retry, by_status
from sluice.messages.encoding import gzip

#: A request that is too big is halved; one that names its bad items is sent again without them. Each round ends some.
_ROUNDS = 20
#: Bytes: what fits into one packet is no faster for being smaller.
_WORTH_COMPRESSING = 1400


def exchange[S](tasks: Sequence[Task[S]], settings: S, transport: Transport) -> list[Outcome]:
    """An outcome per task, in order.

    413 halves the batch. What an endpoint wants sent again without its neighbours is, at once, as long as each round
    ends at least one task; what then remains is retried later.
    """
    ended: dict[int, Outcome] = {}
    waiting = [list(range(len(tasks)))]
    for _ in range(_ROUNDS):
        if not waiting:
            break
        again: list[list[int]] = []
        for run in waiting:
            answered = _once([tasks[index] for index in run], settings, transport)
            if answered is _TOO_LARGE:
                again += [run[: len(run) // 2], run[len(run) // 2 :]]
                continue
            rest = []
            for index, outcome in zip(run, answered, strict=True):
                if isinstance(outcome, Resend):
                    rest.append(index)
                else:
                    ended[index] = outcome
            if len(rest) == len(run):
                ended |= dict.fromkeys(rest, Retry("RETRY", response="the answer named no bad item"))
            elif rest:
                again.append(rest)
        waiting = again
    left = Retry("RETRY", response="too many rounds")
    return [ended.get(index, left) for index in range(len(tasks))]


_TOO_LARGE: list[Outcome | Resend] = []


def _once[S](tasks: Sequence[Task[S]], settings: S, transport: Transport) -> Sequence[Outcome | Resend]:
    batch = batch_of(tasks, settings)
    try:
        request = batch.endpoint.request(batch)
        response = transport(compressed(request) if batch.endpoint.takes_gzip else request)
    except UnreachableError as error:
        return [Retry(error.reason, response=str(error))] * len(tasks)
    except ForbiddenTargetError as error:
        return [Misconfigured("INVALID_SETTINGS", response=str(error))] * len(tasks)
    except Exception as error:  # noqa: BLE001 - a fault of ours costs these events a detour, not their neighbours
        return [Failed("INTERNAL", response=type(error).__name__)] * len(tasks)
    if response.status == 413 and len(tasks) > 1:
        return _TOO_LARGE
    return _read(batch, response)


def compressed(request: Request) -> Request:
    """As gzip, if it is long enough to be worth it."""
    if len(request.body) < _WORTH_COMPRESSING:
        return request
    return replace(request, body=gzip(request.body), headers={**request.headers, "content-encoding": "gzip"})


def _read[S](batch: Batch[S], response: Response) -> Sequence[Outcome | Resend]:
    """What the vendor says of each item. An answer that is not as it should be leaves the status to speak for all."""
    try:
        found = batch.endpoint.outcomes(batch, response)
    except Exception:  # noqa: BLE001 - it was sent, and what it came to must not depend on how well we read
        found = by_status(response)
    if isinstance(found, Sequence) and len(found) == len(batch.items):
        return found
    return [by_status(response) if isinstance(found, Sequence) else found] * len(batch.items)
