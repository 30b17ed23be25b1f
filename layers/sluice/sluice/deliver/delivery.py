"""Documents to their vendor: each sent by itself, each outcome kept."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import orjson

from sluice.deliver.destination import Destination, Document
from sluice.deliver.messages import ForbiddenTargetError, Transport, UnreachableError
from sluice.deliver.outcomes import Discarded, Failed, Misconfigured, Outcome, Retry, Untried
from sluice.deliver.pacing import Pace

#: Requests under way at once for one pack.
CONCURRENCY = 8
#: A process that waits for its turn is paid for. What would wait longer goes back to the queue.
_LONGEST_TURN_SECONDS = 5.0


def deliver[S](
    documents: Sequence[bytes],
    destination: Destination[S],
    settings: S,
    transport: Transport,
    has_time: Callable[[], bool] = lambda: True,
    pace: Pace | None = None,
    concurrency: int = CONCURRENCY,
    is_halting: bool = False,
) -> list[Outcome]:
    """An outcome per document, in order. What `has_time` or `pace` leaves no room for is Untried.

    `is_halting`: after the first that is Misconfigured, nothing more is begun.
    """
    halted = threading.Event()

    def one(text: bytes) -> Outcome:
        if halted.is_set() or not has_time():
            return Untried()
        if pace is not None and (seconds := pace.wait(_LONGEST_TURN_SECONDS)) is not None:
            return Untried(seconds)
        outcome = _deliver_one(Document(orjson.loads(text), text), destination, settings, transport)
        if is_halting and isinstance(outcome, Misconfigured):
            halted.set()
        return outcome

    threads = min(concurrency, len(documents))
    if threads <= 1:
        return [one(text) for text in documents]
    with ThreadPoolExecutor(threads, "deliver") as pool:
        return list(pool.map(one, documents))


def _deliver_one[S](document: Document, destination: Destination[S], settings: S, transport: Transport) -> Outcome:
    try:
        request = destination.request(document, settings)
        return request if isinstance(request, Discarded) else destination.outcome(transport(request))
    except UnreachableError as error:
        return Retry(error.reason, response=str(error))
    except ForbiddenTargetError as error:
        return Misconfigured("INVALID_SETTINGS", response=str(error))
    except Exception as error:  # noqa: BLE001 - a fault of ours costs this event a detour, not its neighbours a repeat
        return Failed("INTERNAL", response=type(error).__name__)
