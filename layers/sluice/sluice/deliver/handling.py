"""Messages of a destination's queue, from their bodies to the last of their outcomes."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from sluice.deliver.backoff import MAX_DELAY_SECONDS, PATIENCE
from sluice.deliver.delivery import CONCURRENCY, deliver
from sluice.deliver.messages import Transport
from sluice.deliver.outcomes import Delivered, Discarded, Failed, Misconfigured, Outcome, Retry, Untried
from sluice.deliver.pacing import Pace
from sluice.deliver.pausing import Pause, attempt
from sluice.deliver.planning import Task, plan
from sluice.deliver.settling import Ended, postponed, settle
from sluice.deliver.subscriptions import Subscription
from sluice.wire import pack as wire
from sluice.wire.header import MalformedMessageError
from sluice.wire.ledger import LONGEST_SECONDS, Ledger, take_up
from sluice.wire.pack import Pack
from sluice.wire.queue import Queue, QueueUnavailableError
from sluice.wire.text import UndecodableError

#: No request is begun with less than this left: it may need twice its timeout, and the queues some of it.
LAST_START_SECONDS = 30.0
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
    `paused` says why, if the destination was found misconfigured just now.
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
    report: Callable[[Handled], None],
    seconds_left: Callable[[], float] = lambda: LONGEST_SECONDS,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> Batch:
    """Each message by itself: what was delivered of one is not sent again because of another.

    `seconds_left` is how long the process may live on.
    """
    batch = Batch()
    packs = _read_all(bodies, batch)
    taken = take_up({index: pack.ticket for index, pack in packs.items()}, ledger, seconds_left())
    batch.repeats, batch.failed = len(taken.done), taken.failed
    for index in taken.new:
        try:
            handled = handle(packs[index], route, lambda: seconds_left() > LAST_START_SECONDS, clock)
        except QueueUnavailableError:
            batch.failed[index] = "queue not available"
            continue
        except Exception as error:  # noqa: BLE001 - whatever it is, the other messages have nothing to do with it
            batch.failed[index] = type(error).__name__
            batch.faults.append(error)
            continue
        ledger.finish([packs[index].ticket])
        report(handled)
    return batch


def _read_all(bodies: Sequence[str], batch: Batch) -> dict[int, Pack]:
    packs: dict[int, Pack] = {}
    for index, body in enumerate(bodies):
        try:
            packs[index] = wire.load(body)
        except (MalformedMessageError, UndecodableError) as error:
            batch.poison[index] = str(error)
    return packs


def handle[S](
    pack: Pack,
    route: Route[S],
    has_time: Callable[[], bool] = lambda: True,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> Handled:
    """Deliver a pack. When this returns, what failed is on a queue and the message may go.

    Raises what the queues raise: the message then stays, and its events are sent again.
    """
    early = postponed(pack, clock())
    if early is not None:
        _send(wire.dump(early.pack), (route.queue, early.seconds), (route.dead_letters, 0))
        return Handled(pack, [], 0)
    was_held = route.pause.holds(clock())
    ended = _attempted(pack, route, has_time, clock())
    settled = settle(pack, ended, clock(), route.jitter, route.patience)
    for dead in settled.dead:
        _send(wire.dump(dead), (route.dead_letters, 0), (route.queue, MAX_DELAY_SECONDS))
    for back in settled.back:
        _send(wire.dump(back.pack), (route.queue, back.seconds), (route.dead_letters, 0))
    buried = sum(dead.header.count for dead in settled.dead)
    return Handled(pack, _summed_up(pack, ended), buried, None if was_held else route.pause.found)


def _attempted[S](pack: Pack, route: Route[S], has_time: Callable[[], bool], now: datetime) -> list[Ended]:
    whole = range(len(pack.documents))
    if route.pause.found is not None and route.pause.holds(now):
        return [Ended(index, "", route.pause.found) for index in whole]
    try:
        settings = route.settings(route.pause.found is not None)
    except SettingsUnavailableError as error:
        found = Misconfigured("INVALID_SETTINGS", response=str(error))
        route.pause.begin(found, now)
        return [Ended(index, "", found) for index in whole]
    only = None if pack.header.only is None else frozenset(pack.header.only.split(" "))
    planned = plan(pack.documents, route.subscriptions, settings, only)

    def send(tasks: Sequence[Task[S]], is_halting: bool) -> list[Outcome]:
        return deliver(tasks, settings, route.transport, has_time, route.pace, route.concurrency, is_halting)

    outcomes = attempt(planned.tasks, send, route.pause, now)
    ended = [Ended(task.document, task.key, each) for task, each in zip(planned.tasks, outcomes, strict=True)]
    return ended + [Ended(*each) for each in planned.settled]


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
