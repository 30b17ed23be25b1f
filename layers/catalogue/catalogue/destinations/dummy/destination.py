"""Dummy: sends nothing, and fails as often as it is told to. For trying out triggers, mappings, retries and alarms."""

import random
from collections.abc import Mapping, Sequence
from typing import Any

from sluice.destinations.action import Action, Call, Payload, Preset
from sluice.destinations.destination import Destination, SegmentImport
from sluice.destinations.field import obj, path
from sluice.destinations.item import Item
from sluice.destinations.outcome import Delivered, Discarded, Misconfigured, Outcome, Retry
from sluice.destinations.settings import settings


@settings
class Settings:
    """The parts of events, from 0 to 1, that are to be retried, discarded, and refused as if for wrong credentials."""

    retried: float = 0.0
    discarded: float = 0.0
    refused: float = 0.0

    def __post_init__(self) -> None:
        parts = (self.retried, self.discarded, self.refused)
        if min(parts) < 0 or sum(parts) > 1:
            raise ValueError("retried, discarded and refused are parts of 1")


def items(_: Payload, call: Call[Settings]) -> list[Item[Settings]] | Outcome:
    """Draw an outcome by chance, anew in each attempt."""
    settings, chance = call.settings, random.random()  # noqa: S311 - trouble, not secrets
    if chance < settings.retried:
        return Retry("503", 503, response="as you wished")
    if chance < settings.retried + settings.discarded:
        return Discarded("400", 400, "as you wished")
    if chance < settings.retried + settings.discarded + settings.refused:
        return Misconfigured("401", 401, "as you wished")
    return Delivered(200)


PRETEND = Action(
    id="pretend",
    title="Pretend",
    description="Map the event, and pretend to send it.",
    trigger="all",
    fields={"data": obj("Whatever is to be mapped.", path("$."))},
    items=items,
)


def _settings(_: Mapping[str, Any], __: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    return {}


destination = Destination(
    type="dummy",
    title="Dummy",
    description="Sends nothing, and fails as often as you tell it to.",
    names=("Dummy",),
    settings=Settings,
    actions=(PRETEND,),
    presets=(Preset(name="Everything", action="pretend", trigger="all"),),
    segment=SegmentImport(slugs=("dummy",), settings=_settings),
)
