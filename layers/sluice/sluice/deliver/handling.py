"""One message of a destination's queue, from its body to the last of its outcomes."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from sluice.deliver.backoff import MAX_DELAY_SECONDS
from sluice.deliver.delivery import CONCURRENCY, deliver, postponed, settle
from sluice.deliver.destination import Destination
from sluice.deliver.messages import Transport
from sluice.deliver.outcomes import Outcome
from sluice.wire import pack as wire
from sluice.wire.pack import Pack
from sluice.wire.queue import Queue, QueueUnavailableError


@dataclass(frozen=True, slots=True)
class Route[S]:
    """A configured destination and where what fails goes; `jitter` spreads retries, a number from 0 to 1."""

    destination: Destination[S]
    settings: S
    transport: Transport
    queue: Queue
    dead_letters: Queue
    concurrency: int = CONCURRENCY
    jitter: Callable[[], float] = random.random


@dataclass(frozen=True, slots=True)
class Handled:
    """`outcomes` belong to the documents of `pack`, in order; none if it came too early. `buried` of them are dead."""

    pack: Pack
    outcomes: list[Outcome]
    buried: int


def handle[S](
    body: str,
    route: Route[S],
    has_time: Callable[[], bool] = lambda: True,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> Handled:
    """Deliver a pack. When this returns, what failed is on a queue and the message may go.

    Raises MalformedMessageError or UndecodableError for what is no pack, and what the queues raise: the message
    then stays, and its events are sent again.
    """
    pack = wire.load(body)
    early = postponed(pack, clock())
    if early is not None:
        route.queue.send(body, early.seconds)
        return Handled(pack, [], 0)
    outcomes = deliver(pack, route.destination, route.settings, route.transport, has_time, route.concurrency)
    settled = settle(pack, outcomes, clock(), route.jitter)
    for dead in settled.dead:
        _send(wire.dump(dead), (route.dead_letters, 0), (route.queue, MAX_DELAY_SECONDS))
    if settled.retry is not None:
        _send(wire.dump(settled.retry.pack), (route.queue, settled.retry.seconds), (route.dead_letters, 0))
    return Handled(pack, outcomes, sum(dead.header.count for dead in settled.dead))


def _send(body: str, first: tuple[Queue, int], second: tuple[Queue, int]) -> None:
    """To give the message back would send again what was delivered; so the other queue stands in for the first."""
    try:
        first[0].send(body, first[1])
    except QueueUnavailableError:
        second[0].send(body, second[1])
