"""The router: from a batch of queue messages to packs on the next queues, with failures kept per message.

A message is acknowledged only after everything that came out of it is on a queue. A crash anywhere before that
repeats the message: its events keep their ids, and dedupe knows them as its own. A message that was completed and comes
again, or a copy of it, is skipped.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache

from sluice.consumer import Consumed, Part, Result, consume
from sluice.messages import envelope as envelopes
from sluice.messages.envelope import Envelope
from sluice.messages.idempotency import LONGEST_SECONDS, IdempotencyStore
from sluice.messages.queue import Queue, send_to_any
from sluice.router.dedupe import Claim, DedupeStore
from sluice.router.envelope_kinds import Translators
from sluice.router.events import Enrich, open_envelope
from sluice.router.packs import (
    ARCHIVE_EVENTS,
    ARCHIVE_OBJECTS,
    ARCHIVE_REJECTED,
    OutgoingPack,
    PackBuilder,
    SpilledPack,
    Target,
    spilled,
)
from sluice.router.rejections import Rejection
from sluice.router.subscribers import Request, RoutedEvent, Subscriber, decide_on, subscribers
from sluice.spec.reasons import Reason
from sluice.workspace.compiled import Workspace

#: How long a pack that its queue did not take waits for the next try.
SPILL_DELAY_SECONDS = 30

#: Bytes of requests that are worked on together. Tiny events become up to eighty times that on their way, and an
#: invocation can bring a hundred times as much.
PART_BYTES = 2 * 1024 * 1024
#: No part is begun with less than this left.
LAST_START_SECONDS = 10.0

#: The queue of a target.
type Queues = Callable[[Target], Queue]


@dataclass(slots=True)
class Routed:
    """The result of requests that were worked on together.

    `requests` are counted by source, and so are `unreadable_times`, the events whose own time cannot be read.
    `filtered` counts, by destination and reason, the events that a destination did
    not get although it takes events of their source.
    """

    requests: Counter[str] = field(default_factory=Counter)
    unreadable_times: Counter[str] = field(default_factory=Counter)
    events: list[RoutedEvent] = field(default_factory=list)
    rejections: list[Rejection] = field(default_factory=list)
    duplicates: list[RoutedEvent] = field(default_factory=list)
    filtered: Counter[tuple[str, Reason]] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True, kw_only=True)
class Router:
    """The means of routing messages.

    `spill` is the router's own queue: a pack that its queue does not take waits there, alone, for the next try.
    `part_bytes` of requests are worked on together.
    """

    workspace: Workspace
    store: IdempotencyStore
    dedupe: DedupeStore
    queues: Queues
    spill: Queue
    part_bytes: int = PART_BYTES
    translators: Translators = field(default_factory=dict)
    enrich: Enrich | None = None


def route(
    bodies: Sequence[str],
    router: Router,
    report: Callable[[Routed], None] = lambda _: None,
    seconds_left: Callable[[], float] = lambda: LONGEST_SECONDS,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> Consumed:
    """Route the messages of the events queue.

    `report` gets what was done, part by part. `seconds_left` is how long the process may live on.
    """

    def work(claimed: Mapping[int, Envelope | SpilledPack]) -> Iterator[Part]:
        packs = {index: each for index, each in claimed.items() if isinstance(each, SpilledPack)}
        if packs:
            yield _despill(packs, router)
        envelopes = {index: each for index, each in claimed.items() if isinstance(each, Envelope)}
        for requests, results in _parts(envelopes, router, lambda: seconds_left() > LAST_START_SECONDS):
            yield _route(requests, results, router, report, clock())
            requests.clear()

    return consume(bodies, _read, work, router.store, seconds_left())


def _read(body: str) -> Envelope | SpilledPack:
    return spilled(body) or envelopes.load(body)


def _despill(packs: Mapping[int, SpilledPack], router: Router) -> Part:
    results: dict[int, Result] = dict.fromkeys(packs)
    _send([pack.from_message(index) for index, pack in packs.items()], router, results)
    return Part(results)


def _parts(
    envelopes: Mapping[int, Envelope], router: Router, has_time: Callable[[], bool]
) -> Iterator[tuple[dict[int, Request], dict[int, Result]]]:
    """Yield requests, decided on, as many together as memory has room for; and the results of those that failed.

    The first part is made however little time there is.
    """
    subscribers_of = cache(lambda source: subscribers(source, router.workspace))
    part: dict[int, Request] = {}
    failed: dict[int, Result] = {}
    size, is_first = 0, True
    for index, envelope in envelopes.items():
        if not (part or is_first or has_time()):
            failed[index] = "out of time"
            continue
        try:
            part[index] = decide_on(
                open_envelope(envelope, router.workspace, translators=router.translators, enrich=router.enrich),
                subscribers_of,
            )
        except Exception as error:  # noqa: BLE001 - one message that breaks our code must not take the batch with it
            failed[index] = error
            continue
        size += part[index].size
        if size >= router.part_bytes:
            yield part, failed
            part, failed, size, is_first = {}, {}, 0, False
    if part or failed:
        yield part, failed


def _route(
    requests: Mapping[int, Request],
    results: dict[int, Result],
    router: Router,
    report: Callable[[Routed], None],
    now: datetime,
) -> Part:
    """Send everything that comes of `requests`, and add their results."""
    routed, builder = Routed(), PackBuilder(now)
    results |= dict.fromkeys(requests)
    verdicts = _verdicts(requests, router.dedupe, results)
    for index, request in requests.items():
        if results[index] is not None:
            continue
        routed.requests[request.source] += 1
        routed.unreadable_times[request.source] += request.unreadable_times
        known = iter(verdicts[index])
        new: list[RoutedEvent] = []
        for event in request.events:
            (routed.duplicates if next(known) else new).append(event)
        routed.events += new
        _pack(index, new, request.subscribers, builder, routed.filtered)
        for document in request.objects:
            builder.to(ARCHIVE_OBJECTS)((index, document))
        rejected = builder.to(ARCHIVE_REJECTED)
        for rejection, _ in request.rejections:
            if not next(known):
                routed.rejections.append(rejection)
                rejected((index, rejection.document))
    _send(list(builder.packs()), router, results)
    return Part(results, lambda: report(routed))


def _pack(
    index: int,
    events: Sequence[RoutedEvent],
    subscribers: Sequence[Subscriber],
    builder: PackBuilder,
    filtered: Counter[tuple[str, Reason]],
) -> None:
    """Pack the events of one message, for the archive and for each subscriber that gets something of them."""
    archive = builder.to(ARCHIVE_EVENTS)
    deliveries = [(builder.to(subscriber.target), subscriber.destination) for subscriber in subscribers]
    for event in events:
        archive((index, b'{"sourceId":"%b",%b' % (event.source.encode(), event.document[1:])))
        for (deliver, destination), outcome in zip(deliveries, event.outcomes, strict=True):
            if isinstance(outcome, bytes):
                deliver((index, outcome))
            else:
                filtered[destination, outcome] += 1


def _verdicts(
    requests: Mapping[int, Request], dedupe: DedupeStore, results: dict[int, Result]
) -> dict[int, list[bool]]:
    """Return for each message which of its events, then of its rejections, are duplicates; without a claim none is.

    One unknown fails its message before anything is sent.
    """
    claims = {index: request.claims for index, request in requests.items()}
    known = [claim for each in claims.values() for claim in each if claim is not None]
    owners = iter(dedupe.claim(known) if known else ())
    passed: set[Claim] = set()
    verdicts: dict[int, list[bool]] = {}
    for index, each in claims.items():
        found = [claim is not None and _is_duplicate(claim, next(owners), passed) for claim in each]
        if None in found:
            results[index] = "dedupe not available"
        verdicts[index] = [verdict is True for verdict in found]
    return verdicts


def _is_duplicate(claim: Claim, owner: bytes | None, passed: set[Claim]) -> bool | None:
    """Return whether another request owns the id, or the same one had it before; None where that is not known."""
    if owner is None:
        return None
    if owner != claim.owner or claim in passed:
        return True
    passed.add(claim)
    return False


def _send(packs: Sequence[OutgoingPack], router: Router, results: dict[int, Result]) -> None:
    """Send each pack to its queue, or else to our own; a pack that neither takes fails its messages."""
    by_target: dict[Target, list[OutgoingPack]] = {}
    for pack in packs:
        by_target.setdefault(pack.target, []).append(pack)
    for target, mine in by_target.items():
        queues = (router.queues(target), 0), (router.spill, SPILL_DELAY_SECONDS)
        for position in send_to_any([pack.body for pack in mine], *queues):
            reason = f"queue of {target.destination or target.kind} not available"
            results.update(dict.fromkeys(mine[position].messages, reason))
