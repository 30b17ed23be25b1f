"""Each event passes the router once: for every order of steps, and for a death at every step.

The router, idempotency and dedupe are the real code; only the table below them is a twin, which applies each call as
one step. A message that is given back, or whose router died, is delivered again when its time is over, as SQS does.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

import pytest

from sluice.aws.dedupe import DynamoDedupeStore
from sluice.aws.idempotency import DynamoIdempotencyStore
from sluice.messages import envelope as wire
from sluice.messages import pack
from sluice.messages.envelope import Envelope
from sluice.router.packs import ARCHIVE_EVENTS, Target
from sluice.router.router import Router, route
from tests import dynamo, examples
from tests.dynamo import Dynamo
from tests.model.schedules import Run, schedules
from tests.model.torn import Torn
from tests.twins import MemoryQueue

#: A router lives so long, and SQS hides a message longer than that, by any of the clocks.
LIFE, HIDDEN = 30.0, 190.0
#: A schedule with more rounds than this goes round in circles.
MOST_ROUNDS = 6
WORKSPACE = examples.workspace(examples.destination(enabled=False))


def request(name: str, *ids: str) -> Envelope:
    events = [
        {"type": "track", "event": "Paid", "userId": "u", "messageId": each, "timestamp": 1795447127} for each in ids
    ]
    return examples.envelope({"batch": events}, request_id=name)


@dataclass
class StepQueue(MemoryQueue):
    step: Callable[[], None] = lambda: None

    def send_many(self, bodies: Sequence[str], delay: int = 0) -> list[int]:
        self.step()
        return super().send_many(bodies, delay)


@dataclass
class World:
    """What all routers share. Each has a clock of its own, wrong by one of `skews`.

    `pages` are the bytes after which a page of the idempotency table and of the dedupe table is full.
    """

    run: Run
    pages: tuple[int, int]
    skews: Sequence[float]
    kind: type[Dynamo] = Dynamo
    now: float = 1_795_447_200.0
    table: Dynamo = field(init=False)
    archive: StepQueue = field(init=False)
    interrupted: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.table = self.kind(before=self.run.step)
        self.archive = StepQueue(step=self.run.step)

    def router(self, number: int, message: Envelope, given_back: list[Envelope]) -> Callable[[], None]:
        def now() -> float:
            return self.now + self.skews[number % len(self.skews)]

        def work() -> None:
            client = dynamo.client(self.table)
            store = DynamoIdempotencyStore(client, "ledger", "router", now, self.pages[0], threads=1)
            dedupe = DynamoDedupeStore(client, "dedupe", now, self.pages[1], threads=1)
            router = Router(workspace=WORKSPACE, store=store, dedupe=dedupe, queues=self.queue, spill=MemoryQueue())
            batch = route([wire.dump(message)], router, seconds_left=lambda: LIFE)
            assert not batch.unreadable
            if self.run.deaths:
                self.run.step()  # the answer to SQS, which may be lost with the process
            if batch.failed:
                given_back.append(message)

        return work

    def queue(self, target: Target) -> MemoryQueue:
        assert target == ARCHIVE_EVENTS
        return self.archive

    def deliver(self, messages: Sequence[Envelope]) -> None:
        """Until none is left. What comes back comes after its time, when nobody can be at work on it any more."""
        for _ in range(MOST_ROUNDS):
            given_back: list[Envelope] = []
            died = self.run.together(*(self.router(n, each, given_back) for n, each in enumerate(messages)))
            self.interrupted |= {messages[number].request_id for number in died}
            messages = [*given_back, *(messages[number] for number in died)]
            self.now += HIDDEN
            if not messages:
                return
        raise AssertionError("messages go round in circles")

    def archived(self) -> Counter[str]:
        documents = [document for body in self.archive.bodies for document in pack.load(body).documents]
        return Counter(json.loads(document)["messageId"] for document in documents)


def explore(
    messages: Sequence[Envelope],
    deaths: int = 0,
    pages: tuple[int, int] = (1000, 1000),
    skews: Sequence[float] = (0.0,),
    table: type[Dynamo] = Dynamo,
) -> Iterator[tuple[World, bool]]:
    """Every schedule of these deliveries: what came of it, and whether something was made more than once."""
    expected = {event["messageId"] for each in messages for event in json.loads(each.text)["batch"]}
    for schedule in schedules():
        world = World(Run(schedule, deaths), pages, skews, table)
        world.deliver(messages)
        archived = world.archived()
        assert archived.keys() == expected, f"lost in {schedule.prefix}"
        yield world, archived.total() > len(expected)


def counted(worlds: Iterator[tuple[World, bool]]) -> tuple[int, list[World]]:
    """How many schedules there are, and the worlds in which something was made more than once."""
    found = list(worlds)
    return len(found), [world for world, is_repeated in found if is_repeated]


FIRST, RETRY = request("first", "a"), request("retry", "a")


def test_of_a_request_and_its_clients_retry_one_passes() -> None:
    count, repeated = counted(explore([FIRST, RETRY]))
    assert (count > 40, repeated) == (True, [])


def test_of_two_copies_of_a_message_one_passes() -> None:
    count, repeated = counted(explore([FIRST, FIRST]))
    assert (count > 5, repeated) == (True, [])


def test_a_death_repeats_what_was_interrupted_and_loses_nothing() -> None:
    count, repeated = counted(explore([FIRST, RETRY], deaths=1))
    assert count > 500
    assert repeated, "a router that dies between its send and its note must repeat: it is what keeps the event"
    assert all(world.interrupted for world in repeated)


def test_a_death_among_copies_loses_nothing() -> None:
    count, repeated = counted(explore([FIRST, FIRST], deaths=1))
    assert count > 400
    assert all(world.interrupted for world in repeated)


def test_clocks_may_be_wrong() -> None:
    assert counted(explore([FIRST, FIRST], skews=(-5.0, 5.0)))[1] == []
    _, repeated = counted(explore([FIRST, FIRST], deaths=1, skews=(5.0, -5.0)))
    assert all(world.interrupted for world in repeated)


#: They share one id and bring one each.
OVERLAPPING = (request("first", "a", "b"), request("retry", "a", "c"))


@pytest.mark.parametrize("page_bytes", [1, 30])
def test_a_page_may_fill_up_at_any_moment(page_bytes: int) -> None:
    """After each entry, or after some."""
    count, repeated = counted(explore(OVERLAPPING, pages=(1000, page_bytes)))
    assert (count > 60, repeated) == (True, [])
    count, repeated = counted(explore([FIRST, FIRST], pages=(page_bytes, 1000)))
    assert (count > 5, repeated) == (True, [])


def test_a_death_while_a_page_fills_up_loses_nothing() -> None:
    count, repeated = counted(explore(OVERLAPPING, pages=(1000, 40), deaths=1))
    assert count > 1000
    assert all(world.interrupted for world in repeated)


def test_three_may_come_at_once() -> None:
    count, repeated = counted(explore([FIRST, FIRST, RETRY]))
    assert (count > 500, repeated) == (True, [])


def test_a_late_retry_finds_its_original() -> None:
    """Long after its page has filled up."""
    world = World(Run(next(schedules())), pages=(1, 1), skews=(0.0,))
    for message in (FIRST, request("another", "b"), RETRY, replace(FIRST, request_id="much later")):
        world.deliver([message])
        world.now += 6 * 3600
    assert world.archived() == {"a": 1, "b": 1}


def test_who_comes_back_too_early_waits_until_the_life_of_the_dead_is_over() -> None:
    """SQS may deliver a message again while its router could still live. It is told to wait, as often as it comes."""
    world = World(Run(next(schedules()), deaths=0), pages=(1000, 1000), skews=(0.0,))
    holder = DynamoIdempotencyStore(dynamo.client(world.table), "ledger", "router", lambda: world.now)
    holder.claim([FIRST.key], LIFE)
    for _ in range(int(LIFE // 8)):
        world.now += 8
        given_back: list[Envelope] = []
        world.router(0, FIRST, given_back)()
        assert given_back == [FIRST]
    world.now += 8
    world.deliver([FIRST])
    assert world.archived() == {"a": 1}


@pytest.mark.parametrize("messages", [(FIRST, RETRY), (FIRST, FIRST)], ids=["dedupe", "ledger"])
def test_a_table_that_is_not_atomic_is_caught(messages: tuple[Envelope, ...]) -> None:
    assert any(is_repeated for _, is_repeated in explore(messages, table=Torn))
