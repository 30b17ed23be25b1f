"""What becomes of each event of a request: where it goes, and what of it.

Events are decided on request by request, right after they were read, and kept as bytes from then on: their fields take
many times as much memory, and are fast to look at only while the processor still has them at hand.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import orjson

from sluice.router.decisions import Decider, Filtered, decider
from sluice.router.dedupe import Claim, claim_of, rejection_claim
from sluice.router.events import Event, Opened
from sluice.router.packs import Target, delivery
from sluice.router.rejections import Rejection
from sluice.workspace.compiled import Workspace


class Outlet(NamedTuple):
    """A destination that takes events of a source."""

    target: Target
    destination: str
    decide: Decider


class Sorted(NamedTuple):
    """`outcomes` has for each outlet of its source what goes there, or why nothing does.

    Events without a client's id have no claim: they are never merged.
    """

    source: str
    request: str
    document: bytes
    claim: Claim | None
    outcomes: Sequence[bytes | Filtered]


class Request(NamedTuple):
    """`source` is its id, or stands for one that nobody knows; `size` is in bytes."""

    source: str
    size: int
    outlets: Sequence[Outlet]
    events: Sequence[Sorted]
    rejections: Sequence[tuple[Rejection, Claim | None]]

    @property
    def claims(self) -> list[Claim | None]:
        """Of its events, then of its rejections."""
        return [*(each.claim for each in self.events), *(claim for _, claim in self.rejections)]


def outlets(source: str, workspace: Workspace) -> list[Outlet]:
    return [
        Outlet(delivery(each.id), each.id, decider(each))
        for each in workspace.destinations.values()
        if each.wants(source)
    ]


def sort(opened: Opened, outlets_of: Callable[[str], Sequence[Outlet]]) -> Request:
    mine = outlets_of(opened.source) if opened.events else ()
    deciders = [outlet.decide for outlet in mine]
    return Request(
        opened.source,
        opened.size,
        mine,
        [_sorted(event, deciders) for event in opened.events],
        [(rejection, _claim_of_rejection(rejection)) for rejection in opened.rejections],
    )


def _sorted(event: Event, deciders: Sequence[Decider]) -> Sorted:
    fields, document = event.fields, event.document
    outcomes: list[bytes | Filtered] = []
    for decide in deciders:
        left = decide(fields)
        if left is fields:
            outcomes.append(document)
        elif isinstance(left, str):
            outcomes.append(left)
        else:
            outcomes.append(orjson.dumps(left))
    claim = claim_of(event.source, fields["messageId"], event.original, event.request) if event.named else None
    return Sorted(event.source, event.request, document, claim, outcomes)


def _claim_of_rejection(rejection: Rejection) -> Claim | None:
    if rejection.message_id is None:
        return None
    return rejection_claim(rejection.source, rejection.message_id, rejection.original, rejection.request)
