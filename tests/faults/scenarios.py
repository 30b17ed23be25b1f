"""Scenarios: a class of faults, a seed, a thousand events; and what must be true when it is over."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.examples import message_id
from tests.faults.plan import Rates
from tests.faults.world import World, make

EVENTS = 1000
#: One in this many events is bad, and one in this many is refused by the vendor for good.
_BAD_EVERY, _REFUSED_EVERY = 50, 40

#: Each class is one kind of trouble; the last is all of it at once.
CLASSES: dict[str, Rates] = {
    "nothing": Rates(),
    "clients that repeat": Rates(late_client=0.3),
    "webhooks that repeat": Rates(hook=0.7, late_client=0.3, swallow=0.03, die=0.002),
    "a flood": Rates(flood=0.98, late_client=0.1),
    "refused calls": Rates(refuse=0.1),
    "vendor down": Rates(vendor_down=0.4),
    "vendor swallows": Rates(vendor_swallow=0.05, vendor_down=0.1),
    "credentials refused": Rates(locked_out=0.002, unreadable=0.005, vendor_down=0.1),
    "processes die": Rates(die=0.003),
    "answers lost": Rates(swallow=0.03),
    "delivered twice": Rates(twice=0.05),
    "everything": Rates(
        refuse=0.05,
        swallow=0.02,
        die=0.002,
        twice=0.03,
        late_client=0.2,
        flood=0.9,
        hook=0.3,
        vendor_down=0.2,
        vendor_swallow=0.02,
        locked_out=0.0005,
    ),
}


@dataclass(frozen=True, slots=True)
class Outcome:
    """Numbers of events; `delivered` and the last three count an event once for each place that it should be in.

    An event is there more than once for one of three reasons: `interrupted`, a process died after it had sent the
    event on and before it could say so; `unanswered`, Firehose or the vendor took it and the answer was lost;
    `duplicated`, a fault of ours. `faults` says what is wrong.
    """

    name: str
    seed: int
    accepted: int
    archived: int
    rejected: int
    delivered: int
    lost: int
    interrupted: int
    unanswered: int
    duplicated: int
    faults: tuple[str, ...]


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
        "messageId": message_id(str(seed), number),
        "userId": f"user-{number}",
        "properties": {"number": number, "refused": number % _REFUSED_EVERY == 7},
        "timestamp": f"2026-11-23T20:{number // 60 % 60:02d}:{number % 60:02d}.000Z",
    }
    return {**fields, "event": None} if number % _BAD_EVERY == 3 else fields


def judge(name: str, seed: int, world: World) -> Outcome:
    """Everything that was accepted must be in the archive, and delivered unless it was bad or refused."""
    events, rejected = world.streams["events"], world.streams["rejected"]
    places = {
        "events": Place({each for each in world.accepted if not _is_bad(each)}, events.names(), events.unanswered),
        "rejected": Place({each for each in world.accepted if _is_bad(each)}, rejected.names(), rejected.unanswered),
    }
    for vendor in world.vendors:
        expected = {each for each in world.accepted if not _is_bad(each) and not _is_refused(each)}
        places[vendor] = Place(expected, world.vendors[vendor].taken, world.vendors[vendor].unanswered)
    lost = [f"lost: {each} for {name}" for name, place in places.items() for each in sorted(place.missing())]
    repeats = [(name, place, each) for name, place in places.items() for each in sorted(place.repeated())]
    unanswered = [each for _, place, each in repeats if each in place.unanswered]
    interrupted = [each for _, place, each in repeats if each in world.interrupted and each not in place.unanswered]
    duplicated = [
        f"made twice: {each} for {name}"
        for name, place, each in repeats
        if each not in place.unanswered and each not in world.interrupted
    ]
    scattered = [f"in two partitions: {each}" for each in events.scattered() | rejected.scattered()]
    return Outcome(
        name, seed, len(world.accepted), len(events.names()), len(rejected.names()),
        sum(len(vendor.taken) for vendor in world.vendors.values()),
        len(lost), len(interrupted), len(unanswered), len(duplicated), (*lost, *duplicated, *scattered),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Place:
    """Which events should be somewhere, and how often each one is."""

    expected: set[str]
    counts: Counter[str]
    unanswered: set[str]

    def missing(self) -> set[str]:
        return self.expected - self.counts.keys()

    def repeated(self) -> set[str]:
        return {each for each in self.expected if self.counts[each] > 1}


def _is_bad(message_id: str) -> bool:
    return int(message_id.rpartition("-")[2]) % _BAD_EVERY == 3


def _is_refused(message_id: str) -> bool:
    return int(message_id.rpartition("-")[2]) % _REFUSED_EVERY == 7
