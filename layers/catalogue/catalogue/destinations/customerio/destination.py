"""Customer.io: persons, devices, objects, and what people did. https://docs.customer.io/api/track/"""

from collections.abc import Mapping, Sequence
from typing import Any

from catalogue.destinations.customerio.actions import ACTIONS
from catalogue.destinations.customerio.endpoints import Settings
from sluice.destinations.action import Preset
from sluice.destinations.destination import Destination, SegmentImport
from sluice.destinations.payloads import picked


def _settings(theirs: Mapping[str, Any], _: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    region = str(theirs.get("accountRegion", "us"))[:2].lower()
    return {**picked(theirs, {"site_id": "siteId", "api_key": "apiKey"}), "region": region}


destination = Destination(
    type="customerio",
    title="Customer.io",
    description="Persons, devices, objects and their relationships, and what people did.",
    names=("Customer.io (Actions)", "Actions Customerio", "Customer.io"),
    settings=Settings,
    actions=ACTIONS,
    presets=tuple(Preset(name=action.title, action=action.id, trigger=action.trigger) for action in ACTIONS),
    segment=SegmentImport(slugs=("customerio", "actions-customerio"), settings=_settings),
)
