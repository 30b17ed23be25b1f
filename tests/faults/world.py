"""The whole pipeline in one process: the real collectors, router, archive and delivery, on twins that fail.

A step of the pipeline is an invocation: it takes messages, and they are acknowledged when it returns, given back when
it says so, and given back too when it dies.
"""

import json
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sluice.archive.archiving import archive
from sluice.collect import tracking
from sluice.collect.accept import Ration, accept
from sluice.deliver.handling import Route, handle
from sluice.deliver.redriving import as_new
from sluice.route.packing import Target
from sluice.route.routing import route
from sluice.wire.pack import PackKind
from sluice.wire.queue import QueueUnavailableError
from sluice.workspace.kinds import load
from tests import examples
from tests.faults.cloud import FaultyQueue, FaultySeenIds, FaultyStream, FaultyVendor, Message
from tests.faults.plan import DiedError, Plan, Rates

DESTINATIONS = ("crm", "billing")
_WEBHOOK = load(Path("functions/destinations"), "webhook")
_SETTINGS = _WEBHOOK.settings(url="https://vendor.example.com/hook")
_START = datetime(2026, 11, 23, 20, 40, 48, tzinfo=UTC)
_EVERYWHERE = frozenset({"*"})
#: After this many invocations something goes round in circles.
_MOST_INVOCATIONS = 100_000

#: What an invocation does with the bodies of its messages; the indices that it gives back.
type Invocation = Callable[[Sequence[str]], Sequence[int]]


@dataclass
class World:
    plan: Plan
    events: FaultyQueue = field(init=False)
    archive_queue: FaultyQueue = field(init=False)
    queues: dict[str, FaultyQueue] = field(init=False)
    buried: dict[str, FaultyQueue] = field(init=False)
    seen: FaultySeenIds = field(init=False)
    streams: dict[PackKind, FaultyStream] = field(init=False)
    vendors: dict[str, FaultyVendor] = field(init=False)
    accepted: set[str] = field(default_factory=set)
    deaths: int = 0
    invocations: int = 0
    requests: int = 0
    #: A bug to be planted: messages are acknowledged before the work is done.
    is_hasty: bool = False

    def __post_init__(self) -> None:
        self.events, self.archive_queue = FaultyQueue(self.plan), FaultyQueue(self.plan)
        self.queues = {name: FaultyQueue(self.plan, max_receives=5) for name in DESTINATIONS}
        self.buried = {name: FaultyQueue(self.plan) for name in DESTINATIONS}
        self.seen = FaultySeenIds(self.plan)
        self.streams = {"events": FaultyStream(self.plan), "rejected": FaultyStream(self.plan)}
        self.vendors = {name: FaultyVendor(self.plan) for name in DESTINATIONS}
        self.workspace = examples.workspace(*(examples.destination(id=name, names=(name,)) for name in DESTINATIONS))

    def post(self, batch: Sequence[dict[str, Any]]) -> None:
        """A client with a batch: it repeats what was not answered with 200, and sometimes what was."""
        body = json.dumps({"batch": batch, "sentAt": examples.RECEIVED_AT}).encode()
        for _ in range(200):
            self.requests += 1
            if self._answer(body) != 200:
                continue
            self.accepted.update(event["messageId"] for event in batch)
            if not self.plan.happens("late_client"):
                return

    def _answer(self, body: bytes) -> int | None:
        request = examples.post("/v1/batch", body, id=f"request-{self.requests}")
        collected = tracking.collect(request, self.workspace, _EVERYWHERE)
        try:
            return accept(collected, self.events, Ration(), pause=lambda _: None).answer.status
        except DiedError:
            self.deaths += 1
            return None

    def run(self) -> None:
        """Until every queue is empty; then without faults, with what is in the dead-letter queues."""
        self._drain()
        self.plan.calm = True
        self.redrive()
        self._drain()

    def redrive(self) -> None:
        for queue in (self.events, self.archive_queue, *self.queues.values()):
            queue.redrive()
        for name, queue in self.buried.items():
            for message in queue.receive(10**9):
                self.queues[name].send(as_new(message.body))

    def _drain(self) -> None:
        steps: list[tuple[FaultyQueue, int, Invocation]] = [
            (self.events, 20, self._route),
            (self.archive_queue, 20, self._archive),
            *((queue, 5, self._delivery(name)) for name, queue in self.queues.items()),
        ]
        while ready := [step for step in steps if len(step[0])]:
            self.invocations += 1
            if self.invocations > _MOST_INVOCATIONS:
                raise RuntimeError("the queues do not become empty")
            queue, most, invocation = self.plan.random.choice(ready)
            self._invoke(queue, queue.receive(most), invocation)

    def _invoke(self, queue: FaultyQueue, messages: Sequence[Message], invocation: Invocation) -> None:
        try:
            failed = set(invocation([message.body for message in messages]))
            self.plan.maybe_die()
        except DiedError:
            self.deaths += 1
            queue.give_back([] if self.is_hasty else messages)
            return
        queue.give_back([message for index, message in enumerate(messages) if index in failed])
        queue.acknowledge([message for index, message in enumerate(messages) if index not in failed])

    def _route(self, bodies: Sequence[str]) -> Sequence[int]:
        return list(route(bodies, self.workspace, self.seen, self._queue, self.events).failed)

    def _queue(self, target: Target) -> FaultyQueue:
        return self.archive_queue if target[1] is None else self.queues[target[1]]

    def _archive(self, bodies: Sequence[str]) -> Sequence[int]:
        return list(archive(bodies, lambda kind: self.streams[kind]).failed)

    def _delivery(self, name: str) -> Invocation:
        to = Route(
            _WEBHOOK, _SETTINGS, self.vendors[name], self.queues[name], self.buried[name], 1, self.plan.random.random
        )

        def invocation(bodies: Sequence[str]) -> Sequence[int]:
            failed: list[int] = []
            now = _START + timedelta(seconds=self.queues[name].now)
            for index, body in enumerate(bodies):
                try:
                    handle(body, to, clock=lambda: now)
                except QueueUnavailableError:
                    failed.append(index)
            return failed

        return invocation

    def archived(self) -> Counter[str]:
        return self.streams["events"].archived + self.streams["rejected"].archived


def make(rates: Rates, seed: int) -> World:
    return World(Plan(rates, seed))
