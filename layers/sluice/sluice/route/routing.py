"""The router: from a batch of queue messages to packs on the next queues, with failures kept per message.

A message is acknowledged only after everything that came out of it is on a queue. A crash anywhere before that
repeats the message: its events keep their ids, and dedupe knows them as its own.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from sluice.route.deciding import Filtered, objection
from sluice.route.packing import ARCHIVE_EVENTS, ARCHIVE_REJECTED, Load, Loaded, Target, delivery
from sluice.route.reading import Event, Opened, open_envelope
from sluice.route.rejections import Rejection
from sluice.route.seen import Claim, SeenIds, claim_of, is_duplicate
from sluice.wire import envelope as wire
from sluice.wire.header import MalformedMessageError
from sluice.wire.text import UndecodableError
from sluice.workspace.compiled import Workspace


class Queue(Protocol):
    def send_many(self, bodies: Sequence[str], delay: int = 0) -> Sequence[int]:
        """Put messages on the queue; the indices of those that are not on it."""
        ...


#: The queue of a target.
type Queues = Callable[[Target], Queue]


@dataclass(slots=True)
class Routed:
    """What came of a batch of messages.

    `failed` are indices of messages to be delivered again, with the reason; `filtered` counts what a destination did
    not get although it takes events of the source.
    """

    events: list[Event] = field(default_factory=list)
    rejections: list[Rejection] = field(default_factory=list)
    duplicates: list[Event] = field(default_factory=list)
    failed: dict[int, str] = field(default_factory=dict)
    filtered: Counter[tuple[str, Filtered]] = field(default_factory=Counter)
    sent: dict[Target, int] = field(default_factory=dict)


def route(bodies: Sequence[str], workspace: Workspace, seen: SeenIds, queues: Queues) -> Routed:
    routed, load = Routed(), Load()
    opened = _open_all(bodies, workspace, routed)
    verdicts = _verdicts(opened, seen, routed)
    for index, contents in opened.items():
        if index in routed.failed:
            continue
        for rejection in contents.rejections:
            routed.rejections.append(rejection)
            load.add(ARCHIVE_REJECTED, index, rejection.document)
        for event, is_known in zip(contents.events, verdicts[index], strict=True):
            if is_known:
                routed.duplicates.append(event)
            else:
                routed.events.append(event)
                _decide(index, event, workspace, load, routed)
    _send(load, queues, routed)
    return routed


def _open_all(bodies: Sequence[str], workspace: Workspace, routed: Routed) -> dict[int, Opened]:
    opened: dict[int, Opened] = {}
    for index, body in enumerate(bodies):
        try:
            opened[index] = open_envelope(wire.load(body), workspace)
        except (MalformedMessageError, UndecodableError) as error:
            routed.failed[index] = str(error)
    return opened


def _verdicts(opened: Mapping[int, Opened], seen: SeenIds, routed: Routed) -> dict[int, list[bool]]:
    """For each message which of its events are duplicates. One unknown fails its message before anything is sent."""
    claims = {index: [_claim(event) for event in contents.events] for index, contents in opened.items()}
    owners = _owners(seen, [claim for each in claims.values() for claim in each if claim is not None])
    verdicts: dict[int, list[bool]] = {}
    for index, each in claims.items():
        found = [is_duplicate(claim, owners) if claim is not None else False for claim in each]
        if None in found:
            routed.failed[index] = "dedupe not available"
        verdicts[index] = [verdict is True for verdict in found]
    return verdicts


def _claim(event: Event) -> Claim | None:
    """Events without a client's id are never merged."""
    return claim_of(event.source, event.fields["messageId"], event.original, event.owner) if event.named else None


def _owners(seen: SeenIds, claims: Sequence[Claim]) -> Mapping[tuple[str, str], str | None]:
    """Within one batch the first claim of an id speaks for it."""
    first: dict[tuple[str, str], Claim] = {}
    for claim in claims:
        first.setdefault((claim.bucket, claim.key), claim)
    return seen.claim(list(first.values())) if first else {}


def _decide(index: int, event: Event, workspace: Workspace, load: Load, routed: Routed) -> None:
    load.add(ARCHIVE_EVENTS, index, b'{"sourceId":"' + event.source.encode() + b'",' + event.document[1:])
    for destination in workspace.destinations.values():
        if not destination.wants(event.source):
            continue
        if (reason := objection(event.fields, destination)) is None:
            load.add(delivery(destination.id), index, event.document)
        else:
            routed.filtered[destination.id, reason] += 1


def _send(load: Load, queues: Queues, routed: Routed) -> None:
    by_target: dict[Target, list[Loaded]] = {}
    for loaded in load.packs():
        by_target.setdefault(loaded.target, []).append(loaded)
    for target, packs in by_target.items():
        unsent = set(queues(target).send_many([loaded.body for loaded in packs]))
        for position, loaded in enumerate(packs):
            if position in unsent:
                routed.failed.update(dict.fromkeys(loaded.messages, f"queue of {target[1] or target[0]} not available"))
            else:
                routed.sent[target] = routed.sent.get(target, 0) + loaded.count
