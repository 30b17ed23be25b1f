"""Our own requests for recorded events, with Segment's configuration taken over as it is."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from catalogue import destinations as catalogue
from checks.parity import canonical
from checks.parity.evidence import Evidence
from sluice.delivery.plan import plan
from sluice.delivery.send import batches, exchange
from sluice.delivery.subscriptions import Subscriptions, compiled
from sluice.destinations.destination import Destination
from sluice.destinations.http import Request, Response
from sluice.destinations.outcome import Outcome


@dataclass(slots=True)
class Vendor:
    """Takes everything and remembers it."""

    requests: list[Request] = field(default_factory=list)

    def __call__(self, request: Request) -> Response:
        self.requests.append(request)
        return Response(200)


@dataclass(frozen=True, slots=True)
class Sent:
    """Canonical requests, or why there are none."""

    requests: list[dict[str, Any]]
    refusal: str | None


def destination_of(evidence: Evidence) -> Destination[Any] | None:
    for name in catalogue.destination_types():
        destination = catalogue.destination_type(name)
        if evidence.slug in destination.segment.slugs:
            return destination
    return None


def subscriptions_of(destination: Destination[Any], evidence: Evidence) -> dict[int, Subscriptions[Any]]:
    """By their numbers in the evidence; those of actions that only a browser has are left out."""
    ours = {action.id for action in destination.actions}
    found = {}
    for number, each in enumerate(evidence.subscriptions):
        if each["partnerAction"] in ours and each.get("subscribe"):
            configured = {
                "id": str(number),
                "action": each["partnerAction"],
                "trigger": each["subscribe"],
                "mapping": each["mapping"] or {},
            }
            found[number] = compiled(destination.actions, [configured])
    return found


def settings_of(destination: Destination[Any], evidence: Evidence) -> Any:
    return destination.settings(**destination.segment.settings(evidence.settings, evidence.subscriptions))


def send(event: Mapping[str, Any], subscription: Subscriptions[Any], settings: Any) -> Sent:
    planned = plan([json.dumps(event).encode()], subscription, settings)
    vendor, outcomes = Vendor(), [outcome for _, _, outcome in planned.settled]
    for tasks in batches(planned.tasks):
        outcomes += exchange(tasks, settings, vendor)
    return Sent([canonical.ours(request) for request in vendor.requests], _refusal(outcomes))


def _refusal(outcomes: Sequence[Outcome]) -> str | None:
    return next((str(outcome) for outcome in outcomes), None)
