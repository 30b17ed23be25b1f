"""The whole pipeline in one process: the real collectors, router, archive and delivery, on twins that fail.

A step of the pipeline is an invocation: it takes messages, and they are acknowledged when it returns, given back when
it says so, and given back too when it dies.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from sluice.archive.records import archive
from sluice.aws.dedupe import DynamoDedupeStore
from sluice.aws.idempotency import DynamoIdempotencyStore
from sluice.delivery.circuit_breaker import CircuitBreaker
from sluice.delivery.consumer import Route, deliver_all
from sluice.delivery.dead_letters import as_new
from sluice.edge.acceptance import Rations, accept
from sluice.edge.endpoints import tracking
from sluice.edge.result import Result
from sluice.messages import envelope, pack
from sluice.messages.header import split
from sluice.messages.idempotency import IdempotencyStore
from sluice.messages.queue import Queue
from sluice.router.dedupe import DedupeStore
from sluice.router.packs import Target
from sluice.router.router import PART_BYTES, Router, route
from tests import dynamo, examples
from tests.destinations import kind, subscribed
from tests.faults.cloud import FaultyDynamo, FaultyQueue, FaultyStream, FaultyVendor, Message, identity
from tests.faults.plan import DiedError, Plan, Rates
from tests.faults.tool import TRANSLATORS, Sender, names_of, tool, with_tool

DESTINATIONS = ("crm", "billing")
_WEBHOOK = kind("webhook")
_SUBSCRIBED = subscribed(_WEBHOOK)
_START = datetime(2026, 11, 23, 20, 40, 48, tzinfo=UTC)
_MOST_BYTES = 1_000_000
#: Few, so that pages fill up.
_PAGE_BYTES = 200
_EVERYWHERE = frozenset({"*"})
#: Processes of each consumer, each of which learns from the tables what the others did.
_PROCESSES = 3
#: What a process lives at most; a message that is given back comes later than that.
_LIFE_SECONDS = 40.0
#: Requests a second that each process of the edge takes from the key.
_RATION = 10.0
#: After this many invocations something goes round in circles.
_MOST_INVOCATIONS = 100_000

#: What an invocation does with the bodies of its messages; the indices that it gives back.
type Invocation = Callable[["Process", Sequence[str]], Sequence[int]]


@dataclass(slots=True)
class Process:
    """What a process of a consumer knows of those before it, until it dies."""

    store: IdempotencyStore
    dedupe: DedupeStore


@dataclass
class _Life:
    """Seconds that a process has left, each time it looks; now and then an hour-glass that runs fast."""

    random: Random
    left: float = _LIFE_SECONDS

    def __call__(self) -> float:
        seconds = self.left
        self.left *= self.random.choice((1.0, 0.5))
        return seconds


@dataclass
class World:
    plan: Plan
    events: FaultyQueue = field(init=False)
    archive_queue: FaultyQueue = field(init=False)
    queues: dict[str, FaultyQueue] = field(init=False)
    buried: dict[str, FaultyQueue] = field(init=False)
    #: What a new process begins with; places for bugs. The latter for each consumer.
    new_dedupe: Callable[[], DedupeStore] = field(init=False)
    new_store: Callable[[str], IdempotencyStore] = field(init=False)
    streams: dict[str, FaultyStream] = field(init=False)
    vendors: dict[str, FaultyVendor] = field(init=False)
    accepted: set[str] = field(default_factory=set)
    #: Ids of events whose message was being worked on by a process when it died.
    interrupted: set[str] = field(default_factory=set)
    deaths: int = 0
    invocations: int = 0
    _processes: dict[tuple[str, int], Process] = field(default_factory=dict)
    requests: int = 0
    #: Answers that asked the client to be slower.
    slowed: int = 0
    _seconds: float = 0.0
    #: A bug to be planted: messages are acknowledged before the work is done.
    is_hasty: bool = False
    #: What deliveries put back goes through this; another place for a bug.
    put_back: Callable[[FaultyQueue], Queue] = lambda queue: queue

    def __post_init__(self) -> None:
        self.events, self.archive_queue = FaultyQueue(self.plan), FaultyQueue(self.plan)
        self.queues = {name: FaultyQueue(self.plan) for name in DESTINATIONS}
        self.buried = {name: FaultyQueue(self.plan) for name in DESTINATIONS}
        dedupe, store = (dynamo.client(FaultyDynamo(plan=self.plan)) for _ in range(2))
        consumers = {"router": self.events, "archive": self.archive_queue, **self.queues}
        clocks = {name: _clock(queue) for name, queue in consumers.items()}
        self.new_dedupe = lambda: DynamoDedupeStore(dedupe, "dedupe", page_bytes=_PAGE_BYTES, threads=1)
        self.new_store = lambda name: DynamoIdempotencyStore(
            store, "ledger", name, clocks[name], _PAGE_BYTES, threads=1
        )
        self.streams = {"events": FaultyStream(self.plan), "rejected": FaultyStream(self.plan)}
        self.vendors = {name: FaultyVendor(self.plan, _clock(self.queues[name])) for name in DESTINATIONS}
        destinations = [examples.destination(id=name, names=(name,)) for name in DESTINATIONS]
        self.workspace = with_tool(examples.workspace(*destinations, requests_per_second=_RATION))
        self._rations = Rations(self.workspace, now=lambda: self._seconds)

    def post(self, batch: Sequence[dict[str, Any]]) -> None:
        """A client with a batch: it repeats what was not answered with 200, and sometimes what was."""
        sender = tool if self.plan.happens("hook") else self._client
        sent, names = sender(batch)
        for _ in range(200):
            self.requests += 1
            self._seconds += 0.01 if self.plan.happens("flood") else 1.0
            if self._answer(sent(f"request-{self.requests}")) != 200:
                continue
            self.accepted.update(names)
            if not self.plan.happens("late_client"):
                return

    def _client(self, batch: Sequence[dict[str, Any]]) -> Sender:
        body = json.dumps({"batch": batch, "sentAt": examples.RECEIVED_AT}).encode()

        def sent(name: str) -> Result:
            return tracking.collect(examples.post("/v1/batch", body, id=name), self.workspace, _EVERYWHERE)

        return sent, [event["messageId"] for event in batch]

    def _answer(self, collected: Result) -> int | None:
        try:
            status = accept(collected, self.events, self._rations, pause=lambda _: None).response.status
            self.slowed += status == 429
            return status
        except DiedError:
            self.deaths += 1
            return None

    def run(self) -> None:
        """Until every queue is empty; then without faults, with what is in the dead-letter queues."""
        self.drain()
        self.plan.calm = True
        self.redrive()
        self.drain()

    def redrive(self) -> None:
        for queue in (self.events, self.archive_queue, *self.queues.values()):
            queue.redrive()
        for name, queue in self.buried.items():
            for message in queue.receive(10**9):
                self.queues[name].send(as_new(message.body))

    def drain(self) -> None:
        steps: list[tuple[str, FaultyQueue, int, Invocation]] = [
            ("router", self.events, 20, self._route),
            ("archive", self.archive_queue, 20, self._archive),
            *((name, queue, 5, self._delivery(name)) for name, queue in self.queues.items()),
        ]
        while ready := [step for step in steps if len(step[1])]:
            self.invocations += 1
            if self.invocations > _MOST_INVOCATIONS:
                raise RuntimeError("the queues do not become empty")
            consumer, queue, most, invocation = self.plan.random.choice(ready)
            self._invoke(consumer, queue, queue.receive(most), invocation)

    def _invoke(self, consumer: str, queue: FaultyQueue, messages: Sequence[Message], invocation: Invocation) -> None:
        name = consumer, self.plan.random.randrange(_PROCESSES)
        process = self._processes.get(name) or Process(self.new_store(consumer), self.new_dedupe())
        self._processes[name] = process
        try:
            failed = set(invocation(process, [message.body for message in messages]))
            self.plan.maybe_die()
        except DiedError:
            self.deaths += 1
            del self._processes[name]
            self.interrupted.update(*(_ids(message.body) for message in messages))
            queue.give_back([] if self.is_hasty else messages)
            return
        queue.give_back([message for index, message in enumerate(messages) if index in failed])
        queue.acknowledge([message for index, message in enumerate(messages) if index not in failed])

    def _route(self, process: Process, bodies: Sequence[str]) -> Sequence[int]:
        now = _START + timedelta(seconds=self.events.now)
        router = Router(
            workspace=self.workspace,
            store=process.store,
            dedupe=process.dedupe,
            queues=self._queue,
            spill=self.events,
            translators=TRANSLATORS,
            part_bytes=self.plan.random.choice((1, PART_BYTES)),
        )
        batch = route(bodies, router, seconds_left=_Life(self.plan.random), clock=lambda: now)
        return list(batch.failed)

    def _queue(self, target: Target) -> FaultyQueue:
        return self.archive_queue if target.destination is None else self.queues[target.destination]

    def _archive(self, process: Process, bodies: Sequence[str]) -> Sequence[int]:
        return list(archive(bodies, process.store, lambda kind: self.streams[kind], seconds=_LIFE_SECONDS).failed)

    def _delivery(self, name: str) -> Invocation:
        vendor, jitter = self.vendors[name], self.plan.random.random

        def settings(is_refreshed: bool) -> Any:  # noqa: ARG001 - the vendor's side decides
            return _WEBHOOK.settings(url="https://vendor.example.com/hook", shared_secret=vendor.secret())

        to = Route(
            _SUBSCRIBED,
            settings,
            vendor,
            self.put_back(self.queues[name]),
            self.buried[name],
            1,
            jitter,
            breaker=CircuitBreaker(self.plan.random),
        )

        def invocation(process: Process, bodies: Sequence[str]) -> Sequence[int]:
            now = _START + timedelta(seconds=self.queues[name].now)
            batch = deliver_all(bodies, process.store, to, lambda _: None, lambda: _LIFE_SECONDS, clock=lambda: now)
            return list(batch.failed)

        return invocation


def _clock(queue: FaultyQueue) -> Callable[[], float]:
    return lambda: queue.now


def _ids(body: str) -> set[str]:
    """Of the events that a message brings."""
    if split(body)[0]["kind"] in ("events", "rejected", "delivery"):
        return {identity(document)[0] for document in pack.load(body).documents}
    sent = envelope.load(body)
    content = json.loads(sent.payload(_MOST_BYTES))
    return names_of(content) if sent.kind == "hook" else {event["messageId"] for event in content["batch"]}


def make(rates: Rates, seed: int) -> World:
    return World(Plan(rates, seed))
