"""Scenarios: a class of faults, a seed, a thousand events; and what must be true when it is over."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.faults.plan import Rates
from tests.faults.world import World, make

EVENTS = 1000
#: One in this many events is bad, and one in this many is refused by the vendor for good.
_BAD_EVERY, _REFUSED_EVERY = 50, 40

#: Each class is one kind of trouble; the last is all of it at once.
CLASSES: dict[str, Rates] = {
    "nothing": Rates(),
    "clients that repeat": Rates(late_client=0.3),
    "refused calls": Rates(refuse=0.1),
    "vendor down": Rates(vendor_down=0.4),
    "vendor swallows": Rates(vendor_swallow=0.05, vendor_down=0.1),
    "processes die": Rates(die=0.003),
    "answers lost": Rates(swallow=0.03),
    "delivered twice": Rates(twice=0.05),
    "everything": Rates(
        refuse=0.05, swallow=0.02, die=0.002, twice=0.03, late_client=0.2, vendor_down=0.2, vendor_swallow=0.02
    ),
}

#: Trouble after which nobody can know whether a call had its effect: repeats are the price of losing nothing.
AMBIGUOUS = ("die", "swallow", "twice")
VENDOR_AMBIGUOUS = (*AMBIGUOUS, "vendor_swallow")


@dataclass(frozen=True, slots=True)
class Outcome:
    """Numbers of events. `repeated` are those that are there more than once; `unexplained` are faults of ours."""

    name: str
    seed: int
    accepted: int
    archived: int
    rejected: int
    delivered: int
    lost: int
    repeated: int
    repeated_deliveries: int
    unexplained: tuple[str, ...]


def run(name: str, seed: int, prepare: Callable[[World], None] = lambda _: None) -> Outcome:
    world = make(CLASSES[name], seed)
    prepare(world)
    for start in range(0, EVENTS, 20):
        world.post([event(seed, number) for number in range(start, start + 20)])
    world.run()
    return judge(name, seed, world)


def event(seed: int, number: int) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "type": "track",
        "event": "Order Completed",
        "messageId": f"{seed}-{number}",
        "userId": f"user-{number}",
        "properties": {"number": number, "refused": number % _REFUSED_EVERY == 7},
        "timestamp": f"2026-11-23T20:{number // 60 % 60:02d}:{number % 60:02d}.000Z",
    }
    return {**fields, "event": None} if number % _BAD_EVERY == 3 else fields


def judge(name: str, seed: int, world: World) -> Outcome:
    """Everything that was accepted must be in the archive, and delivered unless it was bad or refused."""
    rates = CLASSES[name]
    rejected = world.streams["rejected"].archived
    archived = world.streams["events"].archived
    deliverable = {each for each in world.accepted if not _is_bad(each) and not _is_refused(each)}
    lost = [each for each in world.accepted if not (rejected if _is_bad(each) else archived)[each]]
    undelivered = [(each, to) for to, vendor in world.vendors.items() for each in deliverable if not vendor.taken[each]]
    repeated = _repeated(world.archived(), world.accepted)
    deliveries = sum(_repeated(vendor.taken, world.accepted) for vendor in world.vendors.values())
    unexplained = [f"lost: {each}" for each in lost] + [f"not delivered: {each} to {to}" for each, to in undelivered]
    if repeated and not set(rates.active()) & set(AMBIGUOUS):
        unexplained.append(f"{repeated} events are in the archive more than once")
    if deliveries and not set(rates.active()) & set(VENDOR_AMBIGUOUS):
        unexplained.append(f"{deliveries} events were delivered more than once")
    return Outcome(
        name, seed, len(world.accepted), len(archived), len(rejected),
        sum(len(vendor.taken) for vendor in world.vendors.values()),
        len(lost) + len(undelivered), repeated, deliveries, tuple(unexplained),
    )  # fmt: skip


def _repeated(counts: Counter[str], accepted: set[str]) -> int:
    return sum(1 for each in accepted if counts[each] > 1)


def _is_bad(message_id: str) -> bool:
    return int(message_id.rpartition("-")[2]) % _BAD_EVERY == 3


def _is_refused(message_id: str) -> bool:
    return int(message_id.rpartition("-")[2]) % _REFUSED_EVERY == 7
