"""One pack: each event sent, each outcome kept, and only what failed goes on."""

import random
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import orjson

from sluice.deliver.backoff import MAX_DELAY_SECONDS, PATIENCE, delay
from sluice.deliver.destination import Destination, Document
from sluice.deliver.messages import ForbiddenTargetError, Transport, UnreachableError
from sluice.deliver.outcomes import Discarded, Failed, Outcome, Retry
from sluice.spec.clock import iso, read
from sluice.wire.pack import Pack, new_id

#: Requests under way at once for one pack.
CONCURRENCY = 8


@dataclass(frozen=True, slots=True)
class Deferred:
    """A pack to put back on the queue after `seconds`."""

    pack: Pack
    seconds: int


@dataclass(frozen=True, slots=True)
class Settled:
    """What remains of a pack: at most one to try again, and those to bury, one for each way they failed."""

    retry: Deferred | None
    dead: tuple[Pack, ...]


def deliver[S](
    pack: Pack,
    destination: Destination[S],
    settings: S,
    transport: Transport,
    has_time: Callable[[], bool] = lambda: True,
    concurrency: int = CONCURRENCY,
) -> list[Outcome]:
    """An outcome per document, in order. What `has_time` leaves no time for is retried untouched."""

    def one(text: bytes) -> Outcome:
        if not has_time():
            return Retry("gateway_timeout")
        return _deliver_one(Document(orjson.loads(text), text), destination, settings, transport)

    threads = min(concurrency, len(pack.documents))
    if threads <= 1:
        return [one(text) for text in pack.documents]
    with ThreadPoolExecutor(threads, "deliver") as pool:
        return list(pool.map(one, pack.documents))


def _deliver_one[S](document: Document, destination: Destination[S], settings: S, transport: Transport) -> Outcome:
    try:
        request = destination.request(document, settings)
        return request if isinstance(request, Discarded) else destination.outcome(transport(request))
    except UnreachableError as error:
        return Retry(error.reason, response=str(error))
    except ForbiddenTargetError as error:
        return Failed("INVALID_SETTINGS", response=str(error))
    except Exception as error:  # noqa: BLE001 - a fault of ours costs this event a detour, not its neighbours a repeat
        return Failed("INTERNAL", response=type(error).__name__)


def postponed(pack: Pack, now: datetime) -> Deferred | None:
    """A pack that came back before its time, because SQS holds nothing longer than 15 minutes."""
    due = read(pack.header.not_before)
    if due is None or due <= now:
        return None
    again = replace(pack, header=replace(pack.header, id=new_id()))
    return Deferred(again, min(MAX_DELAY_SECONDS, max(1, round((due - now).total_seconds()))))


def settle(
    pack: Pack,
    outcomes: Sequence[Outcome],
    now: datetime | None = None,
    jitter: Callable[[], float] = random.random,
    patience: timedelta = PATIENCE,
) -> Settled:
    """Retries together in one pack with one attempt more; the spent and the failed to the dead letters."""
    now = now or datetime.now(UTC)
    first = read(pack.header.first_attempt_at) or now
    again = [(text, each) for text, each in zip(pack.documents, outcomes, strict=True) if isinstance(each, Retry)]
    dead: list[tuple[bytes, Retry | Failed]] = [
        (text, each) for text, each in zip(pack.documents, outcomes, strict=True) if isinstance(each, Failed)
    ]
    wait = max((delay(pack.header.attempt, each.after, jitter) for _, each in again), default=0.0)
    if not again or now + timedelta(seconds=wait) > first + patience:
        return Settled(None, _buried(pack, [*dead, *again]))
    header = replace(
        pack.header,
        id=new_id(),
        count=len(again),
        attempt=pack.header.attempt + 1,
        first_attempt_at=iso(first),
        not_before=iso(now + timedelta(seconds=wait)) if wait > MAX_DELAY_SECONDS else None,
    )
    retry = Pack(header, tuple(text for text, _ in again))
    return Settled(Deferred(retry, min(MAX_DELAY_SECONDS, max(1, round(wait)))), _buried(pack, dead))


def _buried(pack: Pack, dead: Sequence[tuple[bytes, Retry | Failed]]) -> tuple[Pack, ...]:
    groups: dict[tuple[str, int | None], list[tuple[bytes, str | None]]] = {}
    for text, outcome in dead:
        status = outcome.status if isinstance(outcome, Retry) else None
        groups.setdefault((outcome.reason, status), []).append((text, outcome.response))
    return tuple(
        Pack(
            replace(
                pack.header,
                id=new_id(),
                count=len(group),
                not_before=None,
                reason=reason,
                status=status,
                response=group[0][1],
            ),
            tuple(text for text, _ in group),
        )
        for (reason, status), group in groups.items()
    )
