"""The subscribers of a source, and what each of them gets of an event.

Events are decided on request by request, right after they were read, and kept as bytes from then on: their fields take
many times as much memory, and are fast to look at only while the processor still has them in its cache.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from sluice.router.dedupe import Claim, claim_of, rejection_claim
from sluice.router.events import Event, OpenedRequest
from sluice.router.joint_decisions import Outcomes, outcomes
from sluice.router.packs import Target, delivery
from sluice.router.rejections import Rejection
from sluice.spec.reasons import Reason
from sluice.workspace.compiled import Workspace


class Subscriber(NamedTuple):
    """A destination that takes events of a source."""

    target: Target
    destination: str


class Subscribers(NamedTuple):
    """All of a source, in order, and what each of them gets of an event."""

    all: Sequence[Subscriber]
    outcomes: Outcomes


class RoutedEvent(NamedTuple):
    """An event with its outcomes: for each subscriber of its source the bytes that go there, or the reason why none do.

    Events without a client's id have no claim: they are never merged.
    """

    source: str
    request: str
    document: bytes
    claim: Claim | None
    outcomes: Sequence[bytes | Reason]


class Request(NamedTuple):
    """A request, decided on. `source` is an id, or stands for an unknown source; `size` is in bytes.

    `unreadable_times` counts the events whose own time cannot be read. `objects` are for the archive alone.
    """

    source: str
    size: int
    subscribers: Sequence[Subscriber]
    events: Sequence[RoutedEvent]
    rejections: Sequence[tuple[Rejection, Claim | None]]
    unreadable_times: int = 0
    objects: Sequence[bytes] = ()

    @property
    def claims(self) -> list[Claim | None]:
        """The claims of its events, then of its rejections."""
        return [*(each.claim for each in self.events), *(claim for _, claim in self.rejections)]


def subscribers(source: str, workspace: Workspace) -> Subscribers:
    mine = tuple(each for each in workspace.destinations.values() if each.wants(source))
    return Subscribers([Subscriber(delivery(each.id), each.id) for each in mine], outcomes(mine))


def decide_on(opened: OpenedRequest, subscribers_of: Callable[[str], Subscribers]) -> Request:
    mine = subscribers_of(opened.source)
    return Request(
        opened.source,
        opened.size,
        mine.all,
        [_routed(event, mine.outcomes) for event in opened.events],
        [(rejection, _claim_of_rejection(rejection)) for rejection in opened.rejections],
        opened.unreadable_times,
        opened.objects,
    )


def _routed(event: Event, decide: Outcomes) -> RoutedEvent:
    fields, document = event.fields, event.document
    claim = claim_of(event.source, fields["messageId"], event.original, event.request) if event.named else None
    return RoutedEvent(event.source, event.request, document, claim, decide(fields, document))


def _claim_of_rejection(rejection: Rejection) -> Claim | None:
    if rejection.message_id is None:
        return None
    return rejection_claim(rejection.source, rejection.message_id, rejection.original, rejection.request)
