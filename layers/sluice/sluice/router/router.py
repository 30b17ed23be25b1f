"""The router: from a batch of queue messages to packs on the next queues, with failures kept per message.

A message is acknowledged only after everything that came out of it is on a queue. A crash anywhere before that
repeats the message: its events keep their ids, and dedupe knows them as its own. A message that was finished and comes
again, or a copy of it, is in the ledger and passes by.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache

from sluice.messages import envelope as wire
from sluice.messages.encoding import UndecodableError
from sluice.messages.envelope import Envelope
from sluice.messages.header import MalformedMessageError
from sluice.messages.idempotency import LONGEST_SECONDS, Ledger, take_up
from sluice.messages.queue import Queue
from sluice.router.decisions import Filtered
from sluice.router.dedupe import Claim, SeenIds
from sluice.router.events import open_envelope
from sluice.router.packs import ARCHIVE_EVENTS, ARCHIVE_REJECTED, Load, Loaded, Target, reloaded
from sluice.router.rejections import Rejection
from sluice.router.subscribers import Outlet, Request, Sorted, outlets, sort
from sluice.workspace.compiled import Workspace

#: How long a pack that its queue did not take waits for the next try.
SPILL_DELAY_SECONDS = 30
#: Rounds of asking both queues, its own and ours, to take a pack; a pack that both take is a copy, and harmless.
_ROUNDS = 2

#: Bytes of requests that are worked on together. Tiny events become up to eighty times that on their way, and an
#: invocation can bring a hundred times as much.
PART_BYTES = 2 * 1024 * 1024
#: No part is begun with less than this left.
LAST_START_SECONDS = 10.0

#: The queue of a target.
type Queues = Callable[[Target], Queue]


@dataclass(slots=True)
class Routed:
    """What came of requests that were worked on together.

    `requests` are counted by source. `filtered` counts what a destination did not get although it takes events of the
    source.
    """

    requests: Counter[str] = field(default_factory=Counter)
    events: list[Sorted] = field(default_factory=list)
    rejections: list[Rejection] = field(default_factory=list)
    duplicates: list[Sorted] = field(default_factory=list)
    filtered: Counter[tuple[str, Filtered]] = field(default_factory=Counter)


@dataclass(slots=True)
class Batch:
    """What came of a batch of messages.

    `failed` are indices of messages to be delivered again, with the reason; `poison` are those that no further try
    makes readable. `repeats` counts messages that were finished before.
    """

    failed: dict[int, str] = field(default_factory=dict)
    poison: dict[int, str] = field(default_factory=dict)
    repeats: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Router:
    """What a batch is routed with.

    `spill` is the router's own queue: a pack that its queue does not take waits there, alone, for the next try.
    `part_bytes` of requests are worked on together.
    """

    workspace: Workspace
    ledger: Ledger
    seen: SeenIds
    queues: Queues
    spill: Queue
    part_bytes: int = PART_BYTES


def route(
    bodies: Sequence[str],
    router: Router,
    report: Callable[[Routed], None] = lambda _: None,
    seconds_left: Callable[[], float] = lambda: LONGEST_SECONDS,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> Batch:
    """`report` gets what was done, part by part; `seconds_left` is how long the process may live on."""
    batch = Batch()
    envelopes, spilt = _read_all(bodies, batch)
    _send(spilt, router, batch)
    taken = take_up({index: each.ticket for index, each in envelopes.items()}, router.ledger, seconds_left())
    batch.repeats = len(taken.done)
    batch.failed |= taken.failed
    new = {index: envelopes[index] for index in taken.new}
    for part in _parts(new, router, batch, lambda: seconds_left() > LAST_START_SECONDS):
        routed = _route(part, router, batch, clock())
        router.ledger.finish([envelopes[index].ticket for index in part if index not in batch.failed])
        report(routed)
        part.clear()
    return batch


def _parts(
    envelopes: Mapping[int, Envelope], router: Router, batch: Batch, has_time: Callable[[], bool]
) -> Iterator[dict[int, Request]]:
    """Requests, sorted, as many together as memory has room for; the first ones however little time there is."""
    outlets_of = cache(lambda source: outlets(source, router.workspace))
    part: dict[int, Request] = {}
    size, is_first = 0, True
    for index, envelope in envelopes.items():
        if not (part or is_first or has_time()):
            batch.failed[index] = "out of time"
            continue
        try:
            part[index] = sort(open_envelope(envelope, router.workspace), outlets_of)
        except UndecodableError as error:
            batch.poison[index] = str(error)
            continue
        except Exception as error:  # noqa: BLE001 - one message that breaks our code must not take the batch with it
            batch.failed[index] = type(error).__name__
            continue
        size += part[index].size
        if size >= router.part_bytes:
            yield part
            part, size, is_first = {}, 0, False
    if part:
        yield part


def _route(requests: Mapping[int, Request], router: Router, batch: Batch, now: datetime) -> Routed:
    routed, load = Routed(), Load(now)
    verdicts = _verdicts(requests, router.seen, batch)
    for index, request in requests.items():
        if index in batch.failed:
            continue
        routed.requests[request.source] += 1
        known = iter(verdicts[index])
        new: list[Sorted] = []
        for event in request.events:
            (routed.duplicates if next(known) else new).append(event)
        routed.events += new
        _load(index, new, request.outlets, load, routed.filtered)
        rejected = load.to(ARCHIVE_REJECTED)
        for rejection, _ in request.rejections:
            if not next(known):
                routed.rejections.append(rejection)
                rejected((index, rejection.document))
    _send(list(load.packs()), router, batch)
    return routed


def _load(
    index: int,
    events: Sequence[Sorted],
    outlets: Sequence[Outlet],
    load: Load,
    filtered: Counter[tuple[str, Filtered]],
) -> None:
    """The events of one message, each to the archive and to whoever gets something of it."""
    archive = load.to(ARCHIVE_EVENTS)
    doors = [(load.to(outlet.target), outlet.destination) for outlet in outlets]
    for event in events:
        archive((index, b'{"sourceId":"%b",%b' % (event.source.encode(), event.document[1:])))
        for (deliver, destination), outcome in zip(doors, event.outcomes, strict=True):
            if isinstance(outcome, bytes):
                deliver((index, outcome))
            else:
                filtered[destination, outcome] += 1


def _read_all(bodies: Sequence[str], batch: Batch) -> tuple[dict[int, Envelope], list[Loaded]]:
    """The envelopes, and the packs that were spilt before. The ledger of their consumer knows copies of the latter."""
    envelopes: dict[int, Envelope] = {}
    spilt: list[Loaded] = []
    for index, body in enumerate(bodies):
        try:
            if (pack := reloaded(index, body)) is not None:
                spilt.append(pack)
            else:
                envelopes[index] = wire.load(body)
        except MalformedMessageError as error:
            batch.poison[index] = str(error)
    return envelopes, spilt


def _verdicts(requests: Mapping[int, Request], seen: SeenIds, batch: Batch) -> dict[int, list[bool]]:
    """For each message which of its events, then of its rejections, were there before; what has no claim was not.

    One unknown fails its message before anything is sent.
    """
    claims = {index: request.claims for index, request in requests.items()}
    known = [claim for each in claims.values() for claim in each if claim is not None]
    owners = iter(seen.claim(known) if known else ())
    passed: set[Claim] = set()
    verdicts: dict[int, list[bool]] = {}
    for index, each in claims.items():
        found = [claim is not None and _is_duplicate(claim, next(owners), passed) for claim in each]
        if None in found:
            batch.failed[index] = "dedupe not available"
        verdicts[index] = [verdict is True for verdict in found]
    return verdicts


def _is_duplicate(claim: Claim, owner: bytes | None, passed: set[Claim]) -> bool | None:
    """Whether another request owns the id, or the same one had it before; None where that is not known."""
    if owner is None:
        return None
    if owner != claim.owner or claim in passed:
        return True
    passed.add(claim)
    return False


def _send(packs: Sequence[Loaded], router: Router, batch: Batch) -> None:
    """Each pack to its queue, or else to our own: to give the messages back would repeat what has been sent."""
    by_target: dict[Target, list[Loaded]] = {}
    for loaded in packs:
        by_target.setdefault(loaded.target, []).append(loaded)
    for target, mine in by_target.items():
        for loaded in _unsent(mine, router.queues(target), router.spill):
            reason = f"queue of {target[1] or target[0]} not available"
            batch.failed.update(dict.fromkeys(loaded.messages, reason))


def _unsent(packs: Sequence[Loaded], queue: Queue, spill: Queue) -> Sequence[Loaded]:
    left = packs
    for turn in range(2 * _ROUNDS):
        to, delay = (spill, SPILL_DELAY_SECONDS) if turn % 2 else (queue, 0)
        if left:
            left = [left[position] for position in to.send_many([loaded.body for loaded in left], delay)]
    return left
