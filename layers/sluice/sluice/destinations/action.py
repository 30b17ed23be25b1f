"""An action: one thing that a destination does with an event. It turns the payload of its fields into items.

The kit does the rest: it decides which events an action gets, maps and converts the fields, batches the items into
requests, and retries.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sluice.destinations.field import Field
from sluice.destinations.item import Item
from sluice.destinations.outcome import Outcome

type Payload = dict[str, Any]


@dataclass(slots=True)
class Call[S]:
    """The context of an action beside its payload: the settings, the event, and the event's JSON as bytes."""

    settings: S
    event: Mapping[str, Any]
    text: bytes = field(repr=False)

    @property
    def message_id(self) -> str:
        """The event's id. It is the same in every attempt, so vendors recognise repeats by it."""
        return str(self.event.get("messageId", ""))


@dataclass(frozen=True, slots=True, kw_only=True)
class Action[S]:
    """Something that the destination can do with an event.

    `id` is Segment's, so that its configurations can be imported. `trigger` is the FQL of a subscription that has none
    of its own. `items` gets a payload whose values have the types of `fields` and which has every required field. It
    returns the items to send, or an outcome if there is nothing to send.
    """

    id: str
    title: str
    description: str
    trigger: str
    fields: Mapping[str, Field]
    items: Callable[[Payload, Call[S]], list[Item[S]] | Outcome]


@dataclass(frozen=True, slots=True, kw_only=True)
class Preset:
    """A subscription of a destination whose workspace names none; `mapping` overrides the fields' defaults."""

    name: str
    action: str
    trigger: str
    mapping: Mapping[str, Any] = field(default_factory=dict)
    #: False where Segment offers the action but does not switch it on.
    enabled: bool = True
