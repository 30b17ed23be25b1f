"""Twins of SQS, the dedupe table, Firehose and a vendor, in which everything goes wrong that the plan says."""

import heapq
import itertools
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sluice.deliver.messages import Request, Response, UnreachableError
from sluice.route.seen import Claim
from sluice.wire.queue import QueueUnavailableError
from tests.faults.plan import Plan

#: As the real adapters have it: what is refused is tried again at once.
_ATTEMPTS = 3


@dataclass(slots=True)
class Message:
    body: str
    received: int = 0


@dataclass(slots=True)
class FaultyQueue:
    """A standard queue: unordered, at least once, with delays, and a dead-letter queue after `max_receives`."""

    plan: Plan
    max_receives: int = 10
    dead: list[str] = field(default_factory=list)
    _waiting: list[tuple[float, int, Message]] = field(default_factory=list)
    _numbers: "itertools.count[int]" = field(default_factory=itertools.count)
    now: float = 0.0

    def send(self, body: str, delay: int = 0) -> None:
        if self.send_many([body], delay):
            raise QueueUnavailableError

    def send_many(self, bodies: Sequence[str], delay: int = 0) -> list[int]:
        unsent: list[int] = []
        for index, body in enumerate(bodies):
            self.plan.maybe_die()
            if all(self.plan.happens("refuse") for _ in range(_ATTEMPTS)):
                unsent.append(index)
                continue
            self._put(Message(body), delay)
            if self.plan.happens("swallow"):
                unsent.append(index)
        self.plan.maybe_die()
        return unsent

    def receive(self, most: int) -> list[Message]:
        """Out of order; what is not acknowledged must be given back."""
        ready: list[Message] = []
        while self._waiting and len(ready) < most:
            at, _, message = heapq.heappop(self._waiting)
            self.now = max(self.now, at)
            message.received += 1
            ready.append(message)
        self.plan.random.shuffle(ready)
        return ready

    def acknowledge(self, messages: Sequence[Message]) -> None:
        for message in messages:
            if self.plan.happens("twice"):
                self._put(message, 0)

    def give_back(self, messages: Sequence[Message]) -> None:
        for message in messages:
            if message.received >= self.max_receives:
                self.dead.append(message.body)
            else:
                self._put(message, 30)

    def redrive(self) -> None:
        """What an operator does when the trouble is over."""
        bodies, self.dead = self.dead, []
        for body in bodies:
            self._put(Message(body), 0)

    def __len__(self) -> int:
        return len(self._waiting)

    def _put(self, message: Message, delay: float) -> None:
        heapq.heappush(self._waiting, (self.now + delay + self.plan.random.random(), next(self._numbers), message))


@dataclass(slots=True)
class FaultySeenIds:
    plan: Plan
    owners: dict[tuple[str, str], str] = field(default_factory=dict)

    def claim(self, claims: Sequence[Claim]) -> Mapping[tuple[str, str], str | None]:
        found: dict[tuple[str, str], str | None] = {}
        for claim in claims:
            self.plan.maybe_die()
            key = claim.bucket, claim.key
            if self.plan.happens("refuse"):
                found[key] = None
                continue
            owner = self.owners.setdefault(key, claim.owner)
            found[key] = None if self.plan.happens("swallow") else owner
        self.plan.maybe_die()
        return found


@dataclass(slots=True)
class FaultyStream:
    """Firehose and the archive behind it: how often each document is there."""

    plan: Plan
    archived: Counter[str] = field(default_factory=Counter)

    def put(self, records: Sequence[bytes]) -> list[int]:
        unsent: list[int] = []
        for index, record in enumerate(records):
            self.plan.maybe_die()
            if self.plan.happens("refuse"):
                unsent.append(index)
                continue
            self.archived.update(_name(line) for line in record.splitlines())
            if self.plan.happens("swallow"):
                unsent.append(index)
        self.plan.maybe_die()
        return unsent


@dataclass(slots=True)
class FaultyVendor:
    """A webhook's other end: how often each event was taken. It refuses for good what is marked so."""

    plan: Plan
    taken: Counter[str] = field(default_factory=Counter)

    def __call__(self, request: Request) -> Response:
        self.plan.maybe_die()
        event = json.loads(request.body)
        if event.get("properties", {}).get("refused"):
            return Response(422)
        if self.plan.happens("vendor_down"):
            match self.plan.random.randrange(3):
                case 0:
                    return Response(503, {"retry-after": "7"}, b"sorry")
                case 1:
                    return Response(429)
            raise UnreachableError("ETIMEDOUT")
        self.taken[event["messageId"]] += 1
        if self.plan.happens("vendor_swallow"):
            raise UnreachableError("ECONNRESET")
        self.plan.maybe_die()
        return Response(200)


def _name(document: bytes) -> str:
    """An event by its id; a rejection by the id that was in what was rejected."""
    fields = json.loads(document)
    return str(fields.get("messageId") or json.loads(fields["original"])["messageId"])
