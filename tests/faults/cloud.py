"""Twins of SQS, DynamoDB, Firehose and a vendor, in which everything goes wrong that the plan says."""

import heapq
import itertools
import json
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import EndpointConnectionError, ReadTimeoutError

from sluice.destinations.http import Request, Response, UnreachableError
from sluice.messages.queue import QueueUnavailableError
from sluice.workspace.settings import SettingsUnavailableError
from tests.dynamo import Dynamo, Item
from tests.faults.plan import Plan

#: As the real adapters have it: what is refused is tried again at once.
_ATTEMPTS = 3
_TABLE_ATTEMPTS = 2
#: How long a message is hidden that was received; longer than the process may live that received it.
_HIDDEN_SECONDS = 60


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
                self._put(message, _HIDDEN_SECONDS)

    def redrive(self) -> None:
        """What an operator does when the trouble is over."""
        bodies, self.dead = self.dead, []
        for body in bodies:
            self._put(Message(body), 0)

    def __len__(self) -> int:
        return len(self._waiting)

    def _put(self, message: Message, delay: float) -> None:
        heapq.heappush(self._waiting, (self.now + delay + self.plan.random.random(), next(self._numbers), message))


@dataclass
class FaultyDynamo(Dynamo):
    """The real adapters' client: a table that refuses, swallows and lets processes die, call by call."""

    plan: Plan = field(kw_only=True)

    def batch_get_item(self, **call: Any) -> dict[str, Any]:
        self._may_fail()
        return super().batch_get_item(**call)

    def _may_fail(self) -> None:
        self.plan.maybe_die()
        if all(self.plan.happens("refuse") for _ in range(_TABLE_ATTEMPTS)):
            raise EndpointConnectionError(endpoint_url="https://dynamodb")

    def update_item(self, **call: Any) -> dict[str, Item]:
        self._may_fail()
        answer = super().update_item(**call)
        self.plan.maybe_die()
        if not self.plan.happens("swallow"):
            return answer
        if self.plan.random.random() < 0.5:  # boto3 tries again, and is heard
            return super().update_item(**call)
        raise ReadTimeoutError(endpoint_url="https://dynamodb")


@dataclass(slots=True)
class FaultyStream:
    """Firehose and the archive behind it: how often each document is there, by its id and its place.

    `unanswered` are those that it has taken without saying so; nobody can know, so they are there twice.
    """

    plan: Plan
    archived: Counter[tuple[str, str]] = field(default_factory=Counter)
    unanswered: set[str] = field(default_factory=set)

    def put(self, records: Sequence[bytes]) -> list[int]:
        unsent: list[int] = []
        for index, record in enumerate(records):
            self.plan.maybe_die()
            if self.plan.happens("refuse"):
                unsent.append(index)
                continue
            documents = [identity(line) for line in record.splitlines()]
            self.archived.update(documents)
            if self.plan.happens("swallow"):
                unsent.append(index)
                self.unanswered.update(name for name, _ in documents)
        self.plan.maybe_die()
        return unsent

    def names(self) -> Counter[str]:
        found: Counter[str] = Counter()
        for (name, _), count in self.archived.items():
            found[name] += count
        return found

    def scattered(self) -> set[str]:
        """Ids in more than one partition, which the view `events_once` would show more than once."""
        places = Counter(name for name, _ in self.archived)
        return {name for name, count in places.items() if count > 1}


@dataclass(slots=True)
class FaultyVendor:
    """A webhook's other end: how often each event was taken. It refuses for good what is marked so.

    `unanswered` are those that it has taken without saying so. `now` is the time, `refusals` how often it was asked
    while it took nobody's credentials, and `secret` what the function gets to know of them.
    """

    plan: Plan
    now: Callable[[], float]
    taken: Counter[str] = field(default_factory=Counter)
    unanswered: set[str] = field(default_factory=set)
    refusals: int = 0
    _locked_until: float = 0.0
    _unreadable_until: float = 0.0

    def secret(self) -> str:
        if self.plan.happens("unreadable"):
            self._unreadable_until = self._later()
        if self.now() < self._unreadable_until and not self.plan.calm:
            raise SettingsUnavailableError("the secret /sluice/crm/key cannot be read")
        return "s3cret"

    def __call__(self, request: Request) -> Response:
        self.plan.maybe_die()
        if self.plan.happens("locked_out"):
            self._locked_until = self._later()
        if self.now() < self._locked_until and not self.plan.calm:
            self.refusals += 1
            return Response(self.plan.random.choice((401, 403)))
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
            self.unanswered.add(event["messageId"])
            raise UnreachableError("ECONNRESET")
        self.plan.maybe_die()
        return Response(200)

    def lock_out(self, seconds: float) -> None:
        self._locked_until = self.now() + seconds

    def _later(self) -> float:
        return self.now() + self.plan.random.uniform(60, 21_600)


def identity(document: bytes) -> tuple[str, str]:
    """An event by its id, a rejection by the id that was in what was rejected; and the partition that it lands in."""
    fields = json.loads(document)
    name = fields.get("messageId") or json.loads(fields["original"])["messageId"]
    return str(name), f"{fields.get('sourceId')}/{fields['receivedAt'][:13]}"
