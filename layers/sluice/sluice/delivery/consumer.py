"""Messages of a destination's queue, from their bodies to the last of their outcomes."""

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from sluice.delivery.backoff import MAX_DELAY_SECONDS, PATIENCE
from sluice.delivery.batching import batches
from sluice.delivery.circuit_breaker import Pause, attempt
from sluice.delivery.plan import Plan, Task, plan
from sluice.delivery.requeue import Deferred, Ended, postponed, settle
from sluice.delivery.send import CONCURRENCY, deliver
from sluice.delivery.subscriptions import Subscription
from sluice.destinations.http import Transport
from sluice.destinations.outcome import Delivered, Discarded, Failed, Misconfigured, Outcome, Retry, Untried
from sluice.messages import pack as wire
from sluice.messages.encoding import UndecodableError
from sluice.messages.header import MalformedMessageError
from sluice.messages.idempotency import LONGEST_SECONDS, Ledger, take_up
from sluice.messages.pack import Pack
from sluice.messages.queue import Queue, QueueUnavailableError
from sluice.rate_limit import Pace

#: No request is begun with less than this left: it may need twice its timeout, and the queues some of it.
LAST_START_SECONDS = 30.0
#: Requests, for each that may be under way, that packs are delivered together in.
_MOST_TOGETHER = 2
#: Rounds of asking both queues to take what remains of a pack.
_ROUNDS = 2


class SettingsUnavailableError(Exception):
    """The settings cannot be had as they are: a secret cannot be read, or what was read does not fit. Never quotes."""


@dataclass(frozen=True, slots=True)
class Route[S]:
    """What a configured destination does with events, and where what fails goes.

    `jitter` spreads retries, a number from 0 to 1.
    `settings` gives the settings, anew and not from a cache if told so. Raises SettingsUnavailableError.
    """

    subscriptions: Sequence[Subscription[S]]
    settings: Callable[[bool], S]
    transport: Transport
    queue: Queue
    dead_letters: Queue
    concurrency: int = CONCURRENCY
    jitter: Callable[[], float] = random.random
    patience: timedelta = PATIENCE
    pause: Pause = field(default_factory=Pause)
    pace: Pace = field(default_factory=lambda: Pace(None))


@dataclass(frozen=True, slots=True)
class Handled:
    """`outcomes` belong to the documents of `pack`, in order; none if it came too early. `buried` of them are dead.

    An event with several outcomes has the one that leaves most to do: an event is delivered when all of it is.
    `paused` says why, if the destination was found misconfigured just now; of packs that are delivered together the
    first one has it.
    """

    pack: Pack
    outcomes: list[Outcome]
    buried: int
    paused: Misconfigured | None = None


@dataclass(slots=True)
class Batch:
    """What came of a batch of messages.

    `failed` are indices of messages to be delivered again, with the reason; `poison` those that cannot be read.
    `repeats` counts messages that were handled before. `faults` are exceptions that should not have been.
    """

    failed: dict[int, str] = field(default_factory=dict)
    poison: dict[int, str] = field(default_factory=dict)
    repeats: int = 0
    faults: list[Exception] = field(default_factory=list)


def handle_all[S](
    bodies: Sequence[str],
    ledger: Ledger,
    route: Route[S],
    report: Callable[[Sequence[Handled]], None],
    seconds_left: Callable[[], float] = lambda: LONGEST_SECONDS,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> Batch:
    """Each message by itself: what was delivered of one is not sent again because of another.

    `report` gets those that were delivered together. `seconds_left` is how long the process may live on.
    """
    batch = Batch()
    packs = _read_all(bodies, batch)
    taken = take_up({index: pack.ticket for index, pack in packs.items()}, ledger, seconds_left())
    batch.repeats, batch.failed = len(taken.done), taken.failed
    new = {index: packs[index] for index in taken.new}
    for results in handle(new, route, lambda: seconds_left() > LAST_START_SECONDS, clock):
        handled = {index: result for index, result in results.items() if isinstance(result, Handled)}
        ledger.finish([packs[index].ticket for index in handled])
        report(list(handled.values()))
        for index, result in results.items():
            if isinstance(result, QueueUnavailableError):
                batch.failed[index] = "queue not available"
            elif isinstance(result, Exception):
                batch.failed[index] = type(result).__name__
                batch.faults.append(result)
    return batch


def _read_all(bodies: Sequence[str], batch: Batch) -> dict[int, Pack]:
    packs: dict[int, Pack] = {}
    for index, body in enumerate(bodies):
        try:
            packs[index] = wire.load(body)
        except (MalformedMessageError, UndecodableError) as error:
            batch.poison[index] = str(error)
    return packs


#: What became of packs that were delivered together. An exception is one that should not have been, or says that no
#: queue took what remains: the message then stays, and its events are sent again.
type Results = dict[int, Handled | Exception]


def handle[S](
    packs: Mapping[int, Pack],
    route: Route[S],
    has_time: Callable[[], bool] = lambda: True,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> Iterator[Results]:
    """Deliver packs. Where a Handled comes back, what failed is on a queue and the message may go."""
    due: dict[int, Pack] = {}
    for index, pack in packs.items():
        if (early := postponed(pack, clock())) is not None:
            yield {index: _or_error(_put_off, pack, early, route)}
        else:
            due[index] = pack
    was_held = route.pause.holds(clock())
    settings = _settings(route, clock())
    if isinstance(settings, Misconfigured):
        paused = None if was_held else settings
        for index, pack in due.items():
            ended = [Ended(number, "", settings) for number in range(len(pack.documents))]
            yield {index: _or_error(_settled, pack, ended, route, clock(), paused)}
            paused = None
        return
    plans: dict[int, Plan[S]] = {}
    for index, pack in due.items():
        planned = _or_error(_planned, pack, route, settings)
        if isinstance(planned, Exception):
            yield {index: planned}
        else:
            plans[index] = planned
    for part in _parts(plans, route):
        yield _deliver({index: due[index] for index in part}, part, route, settings, has_time, clock)


def _or_error[**P, T](work: Callable[P, T], *arguments: P.args, **named: P.kwargs) -> T | Exception:
    """Whatever it is, the other packs have nothing to do with it."""
    try:
        return work(*arguments, **named)
    except Exception as error:  # noqa: BLE001
        return error


def _settings[S](route: Route[S], now: datetime) -> S | Misconfigured:
    """Or why there are none, or nobody may ask for them."""
    if route.pause.found is not None and route.pause.holds(now):
        return route.pause.found
    try:
        return route.settings(route.pause.found is not None)
    except SettingsUnavailableError as error:
        found = Misconfigured("INVALID_SETTINGS", response=str(error))
        route.pause.begin(found, now)
        return found


def _planned[S](pack: Pack, route: Route[S], settings: S) -> Plan[S]:
    only = None if pack.header.only is None else frozenset(pack.header.only.split(" "))
    return plan(pack.documents, route.subscriptions, settings, only)


def _parts[S](plans: Mapping[int, Plan[S]], route: Route[S]) -> Iterator[Mapping[int, Plan[S]]]:
    """As many together as a few requests have room for: what was done is noted after each part.

    A rate is kept more evenly by small steps.
    """
    most = 1 if route.pace.is_limited else _MOST_TOGETHER * route.concurrency
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
    was_held = route.pause.holds(clock())

    def send(tasks: Sequence[Task[S]], is_halting: bool) -> list[Outcome]:
        return deliver(tasks, settings, route.transport, has_time, route.pace, route.concurrency, is_halting)

    tasks = [task for each in plans.values() for task in each.tasks]
    outcomes = iter(attempt(tasks, send, route.pause, clock()))
    paused = None if was_held else route.pause.found
    results: Results = {}
    for index, planned in plans.items():
        ended = [Ended(task.document, task.key, next(outcomes)) for task in planned.tasks]
        ended += [Ended(*each) for each in planned.settled]
        results[index] = _or_error(_settled, packs[index], ended, route, clock(), paused)
        paused = None
    return results


def _put_off[S](pack: Pack, early: Deferred, route: Route[S]) -> Handled:
    _send(wire.dump(early.pack), (route.queue, early.seconds), (route.dead_letters, 0))
    return Handled(pack, [], 0)


def _settled[S](
    pack: Pack, ended: Sequence[Ended], route: Route[S], now: datetime, paused: Misconfigured | None
) -> Handled:
    """What remains of a pack, on its queues. Raises QueueUnavailableError."""
    settled = settle(pack, ended, now, route.jitter, route.patience)
    for dead in settled.dead:
        _send(wire.dump(dead), (route.dead_letters, 0), (route.queue, MAX_DELAY_SECONDS))
    for back in settled.back:
        _send(wire.dump(back.pack), (route.queue, back.seconds), (route.dead_letters, 0))
    return Handled(pack, _summed_up(pack, ended), sum(dead.header.count for dead in settled.dead), paused)


#: What leaves most to do comes first.
_ORDER: tuple[type[Outcome], ...] = (Retry, Misconfigured, Untried, Failed, Delivered, Discarded)


def _summed_up(pack: Pack, ended: Sequence[Ended]) -> list[Outcome]:
    first: dict[int, Outcome] = {}
    for each in ended:
        before = first.get(each.document)
        if before is None or _ORDER.index(type(each.outcome)) < _ORDER.index(type(before)):
            first[each.document] = each.outcome
    return [first[index] for index in range(len(pack.documents))]


def _send(body: str, first: tuple[Queue, int], second: tuple[Queue, int]) -> None:
    """To give the message back would send again what was delivered; so the other queue stands in for the first.

    If both take it, the ledger knows the second as a copy. Raises QueueUnavailableError when neither does.
    """
    for queue, delay in (first, second) * _ROUNDS:
        try:
            queue.send(body, delay)
        except QueueUnavailableError:
            continue
        return
    raise QueueUnavailableError
