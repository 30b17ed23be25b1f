"""In-memory twins of what talks to AWS and to vendors. They fail when told to, so nothing needs to be patched."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from sluice.destinations.http import Request, Response
from sluice.messages.idempotency import MessageKey, Status
from sluice.messages.queue import QueueUnavailableError
from sluice.router.dedupe import Claim


@dataclass(slots=True)
class MemoryQueue:
    """A queue; `refuse` says for the nth message ever offered whether it is refused."""

    refuse: Callable[[int], bool] = lambda _: False
    bodies: list[str] = field(default_factory=list)
    delays: list[int] = field(default_factory=list)
    offered: int = 0
    reasons: list[str] = field(default_factory=list)

    def send_dead(self, body: str, reason: str) -> None:
        self.send(body)
        self.reasons.append(reason)

    def send(self, body: str, delay: int = 0) -> None:
        if self.send_many([body], delay):
            raise QueueUnavailableError

    def send_many(self, bodies: Sequence[str], delay: int = 0) -> list[int]:
        unsent: list[int] = []
        for index, body in enumerate(bodies):
            self.offered += 1
            if self.refuse(self.offered):
                unsent.append(index)
            else:
                self.bodies.append(body)
                self.delays.append(delay)
        return unsent


@dataclass(slots=True)
class MemoryDedupeStore:
    """The dedupe table; while `down` it knows nothing."""

    owners: dict[tuple[str, bytes], bytes] = field(default_factory=dict)
    down: bool = False

    def claim(self, claims: Sequence[Claim]) -> list[bytes | None]:
        if self.down:
            return [None] * len(claims)
        return [self.owners.setdefault((claim.bucket, claim.key), claim.owner) for claim in claims]


@dataclass(slots=True)
class MemoryIdempotencyStore:
    """Keys that are completed, and keys that another worker has claimed; while `down` it knows nothing."""

    done: set[MessageKey] = field(default_factory=set)
    claimed: set[MessageKey] = field(default_factory=set)
    down: bool = False

    def claim(self, keys: Sequence[MessageKey], seconds: float) -> list[Status]:  # noqa: ARG002
        if self.down:
            return ["unknown" for _ in keys]
        return [self._status(each, keys[:index]) for index, each in enumerate(keys)]

    def _status(self, key: MessageKey, before: Sequence[MessageKey]) -> Status:
        if key in self.done:
            return "completed"
        return "in progress" if key in self.claimed or key in before else "claimed"

    def complete(self, keys: Sequence[MessageKey]) -> None:
        self.done.update(keys)


@dataclass(slots=True)
class MemoryStream:
    """A Firehose stream; `refuse` says for the nth record ever offered whether it is refused."""

    refuse: Callable[[int], bool] = lambda _: False
    records: list[bytes] = field(default_factory=list)
    offered: int = 0

    def put(self, records: Sequence[bytes]) -> list[int]:
        unsent: list[int] = []
        for index, record in enumerate(records):
            self.offered += 1
            if self.refuse(self.offered):
                unsent.append(index)
            else:
                self.records.append(record)
        return unsent


@dataclass(slots=True)
class MemoryVendor:
    """A transport: answers what `answer` says and remembers every request."""

    answer: Callable[[Request], Response] = lambda _: Response(200)
    requests: list[Request] = field(default_factory=list)

    def __call__(self, request: Request) -> Response:
        self.requests.append(request)
        return self.answer(request)
