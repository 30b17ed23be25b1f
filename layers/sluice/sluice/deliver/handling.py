"""One message of a destination's queue, from its body to the last of its outcomes."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

from sluice.deliver.delivery import deliver, postponed, settle
from sluice.deliver.destination import Destination
from sluice.deliver.messages import Transport
from sluice.deliver.outcomes import Outcome
from sluice.wire import pack as wire
from sluice.wire.pack import Pack


class Queue(Protocol):
    def send(self, body: str, delay: int = 0) -> None:
        """Put a message on the queue, to be seen after `delay` seconds; raises if that is not certain."""
        ...


@dataclass(frozen=True, slots=True)
class Route[S]:
    """A configured destination and where what fails goes."""

    destination: Destination[S]
    settings: S
    transport: Transport
    queue: Queue
    dead_letters: Queue


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
    outcomes = deliver(pack, route.destination, route.settings, route.transport, has_time)
    settled = settle(pack, outcomes, clock())
    for dead in settled.dead:
        route.dead_letters.send(wire.dump(dead))
    if settled.retry is not None:
        route.queue.send(wire.dump(settled.retry.pack), settled.retry.seconds)
    return Handled(pack, outcomes, sum(dead.header.count for dead in settled.dead))
