"""The consumer of a destination's queue: from packs to the last of their outcomes."""

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from sluice.consumer import Consumed, Part, consume
from sluice.delivery.backoff import MAX_DELAY_SECONDS, PATIENCE
from sluice.delivery.circuit_breaker import CircuitBreaker, send_through
from sluice.delivery.plan import Insert, Plan, Task, plan
from sluice.delivery.requeue import Requeued, TaskResult, postponed, remainder
from sluice.delivery.send import CONCURRENCY, batches, send
from sluice.delivery.subscriptions import Subscriptions
from sluice.destinations.http import Transport
from sluice.destinations.outcome import (
    INVALID_SETTINGS,
    Delivered,
    Discarded,
    Failed,
    Misconfigured,
    NotAttempted,
    Outcome,
    Retry,
)
from sluice.messages.idempotency import LONGEST_SECONDS, IdempotencyStore
from sluice.messages.pack import Pack, dump, load
from sluice.messages.queue import Queue, QueueUnavailableError, send_to_any
from sluice.rate_limit import RateLimit
from sluice.workspace.settings import SettingsUnavailableError

#: No request is begun with less than this left: it may need twice its timeout, and the queues some of it.
LAST_START_SECONDS = 30.0
#: Requests, for each that may be under way, that packs are delivered together in.
_MOST_TOGETHER = 2


@dataclass(frozen=True, slots=True)
class Route[S]:
    """A configured destination at work: what it does with events, and where the remainder goes.

    `jitter` spreads retries, a number from 0 to 1. `settings` returns the settings, and reads them anew instead of
    from a cache if it is given True. It raises SettingsUnavailableError. `insert` changes events before
    they are mapped.
    """

    subscriptions: Subscriptions[S]
    settings: Callable[[bool], S]
    transport: Transport
    queue: Queue
    dead_letters: Queue
    concurrency: int = CONCURRENCY
    jitter: Callable[[], float] = random.random
    patience: timedelta = PATIENCE
    breaker: CircuitBreaker = field(default_factory=CircuitBreaker)
    rate: RateLimit = field(default_factory=lambda: RateLimit(None))
    insert: Insert | None = None


@dataclass(frozen=True, slots=True)
class PackResult:
    """The result of a pack. `outcomes` belong to its documents, in order; none if it came too early.

    An event with several outcomes has the one that leaves most to do: it is delivered when all of it is. `dead` counts
    the events that became dead letters. `paused` is the reason, if the destination was found misconfigured just now;
    of packs that are delivered together the first one has it.
    """

    pack: Pack
    outcomes: list[Outcome]
    dead: int
    paused: Misconfigured | None = None


def deliver_all[S](
    bodies: Sequence[str],
    store: IdempotencyStore,
    route: Route[S],
    report: Callable[[Sequence[PackResult]], None],
    seconds_left: Callable[[], float] = lambda: LONGEST_SECONDS,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> Consumed:
    """Deliver the packs of some queue messages, each by itself.

    `report` gets those that were delivered together. `seconds_left` is how long the process may live on.
    """

    def work(claimed: Mapping[int, Pack]) -> Iterator[Part]:
        for results in deliver(claimed, route, lambda: seconds_left() > LAST_START_SECONDS, clock):
            yield _part(results, report)

    return consume(bodies, load, work, store, seconds_left())


#: What became of packs that were delivered together. An exception is a fault, or says that no queue took what remains:
#: the message then stays, and its events are sent again.
type Results = dict[int, PackResult | Exception]


def _part(results: Results, report: Callable[[Sequence[PackResult]], None]) -> Part:
    done = [result for result in results.values() if isinstance(result, PackResult)]
    return Part(
        {index: result if isinstance(result, Exception) else None for index, result in results.items()},
        lambda: report(done),
    )


def deliver[S](
    packs: Mapping[int, Pack],
    route: Route[S],
    has_time: Callable[[], bool] = lambda: True,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> Iterator[Results]:
    """Deliver packs. Where a PackResult comes back, the remainder is on a queue and the message may go."""
    due: dict[int, Pack] = {}
    for index, pack in packs.items():
        if (early := postponed(pack, clock())) is not None:
            yield {index: _or_error(_postpone, pack, early, route)}
        else:
            due[index] = pack
    was_open = route.breaker.is_open(clock())
    settings = _settings(route, clock())
    if isinstance(settings, Misconfigured):
        paused = None if was_open else settings
        for index, pack in due.items():
            results = [TaskResult(number, "", settings) for number in range(len(pack.documents))]
            yield {index: _or_error(_requeue, pack, results, route, clock(), paused)}
            paused = None
        return
    plans: dict[int, Plan[S]] = {}
    for index, pack in due.items():
        planned = _or_error(_planned, pack, route, settings, has_time)
        if isinstance(planned, Exception):
            yield {index: planned}
        else:
            plans[index] = planned
    for part in _parts(plans, route):
        yield _deliver({index: due[index] for index in part}, part, route, settings, has_time, clock)


def _or_error[**P, T](work: Callable[P, T], *arguments: P.args, **named: P.kwargs) -> T | Exception:
    """Return the result, or the exception: one pack's fault must not touch the others."""
    try:
        return work(*arguments, **named)
    except Exception as error:  # noqa: BLE001
        return error


def _settings[S](route: Route[S], now: datetime) -> S | Misconfigured:
    """Return the settings, or why there are none. An open breaker asks for none."""
    if route.breaker.reason is not None and route.breaker.is_open(now):
        return route.breaker.reason
    try:
        return route.settings(route.breaker.reason is not None)
    except SettingsUnavailableError as error:
        reason = Misconfigured(INVALID_SETTINGS, response=str(error))
        route.breaker.open(reason, now)
        return reason


def _planned[S](pack: Pack, route: Route[S], settings: S, has_time: Callable[[], bool]) -> Plan[S]:
    only = None if pack.header.only is None else frozenset(pack.header.only.split(" "))
    return plan(pack.documents, route.subscriptions, settings, only, route.insert, has_time)


def _parts[S](plans: Mapping[int, Plan[S]], route: Route[S]) -> Iterator[Mapping[int, Plan[S]]]:
    """Group as many packs as a few requests have room for; completion is noted after each group.

    Small steps keep a rate limit more evenly.
    """
    most = 1 if route.rate.is_limited else _MOST_TOGETHER * route.concurrency
    part: dict[int, Plan[S]] = {}
    requests = 0
    for index, planned in plans.items():
        more = sum(1 for _ in batches(planned.tasks))
        if part and requests + more > most:
            yield part
            part, requests = {}, 0
        part[index] = planned
        requests += more
    if part:
        yield part


def _deliver[S](
    packs: Mapping[int, Pack],
    plans: Mapping[int, Plan[S]],
    route: Route[S],
    settings: S,
    has_time: Callable[[], bool],
    clock: Callable[[], datetime],
) -> Results:
    was_open = route.breaker.is_open(clock())

    def send_all(tasks: Sequence[Task[S]], is_halting: bool) -> list[Outcome]:
        return send(tasks, settings, route.transport, has_time, route.rate, route.concurrency, is_halting)

    tasks = [task for each in plans.values() for task in each.tasks]
    outcomes = iter(send_through(tasks, send_all, route.breaker, clock()))
    paused = None if was_open else route.breaker.reason
    results: Results = {}
    for index, planned in plans.items():
        ended = [TaskResult(task.document, task.key, next(outcomes)) for task in planned.tasks]
        ended += [TaskResult(*each) for each in planned.settled]
        results[index] = _or_error(_requeue, packs[index], ended, route, clock(), paused)
        paused = None
    return results


def _postpone[S](pack: Pack, early: Requeued, route: Route[S]) -> PackResult:
    """Put a pack that came too early back. Raises QueueUnavailableError."""
    _send(dump(early.pack), (route.queue, early.seconds), (route.dead_letters, 0))
    return PackResult(pack, [], 0)


def _requeue[S](
    pack: Pack, results: Sequence[TaskResult], route: Route[S], now: datetime, paused: Misconfigured | None
) -> PackResult:
    """Put what remains of a pack on its queues. Raises QueueUnavailableError."""
    left = remainder(pack, results, now, route.jitter, route.patience)
    for dead in left.dead:
        _send(dump(dead), (route.dead_letters, 0), (route.queue, MAX_DELAY_SECONDS))
    for back in left.back:
        _send(dump(back.pack), (route.queue, back.seconds), (route.dead_letters, 0))
    return PackResult(pack, _summed_up(pack, results), sum(dead.header.count for dead in left.dead), paused)


#: What leaves most to do comes first.
_ORDER: tuple[type[Outcome], ...] = (Retry, Misconfigured, NotAttempted, Failed, Delivered, Discarded)


def _summed_up(pack: Pack, results: Sequence[TaskResult]) -> list[Outcome]:
    first: dict[int, Outcome] = {}
    for each in results:
        before = first.get(each.document)
        if before is None or _ORDER.index(type(each.outcome)) < _ORDER.index(type(before)):
            first[each.document] = each.outcome
    return [first[index] for index in range(len(pack.documents))]


def _send(body: str, *queues: tuple[Queue, int]) -> None:
    if send_to_any([body], *queues):
        raise QueueUnavailableError
