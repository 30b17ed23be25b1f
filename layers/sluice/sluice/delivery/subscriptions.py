"""Subscriptions: which events an action gets, and how its fields are filled. Compiled once, run for each event."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sluice import fql
from sluice.delivery.payload import payload_of
from sluice.delivery.slots import Filled
from sluice.destinations.action import Action, Call, Payload
from sluice.destinations.item import Item
from sluice.destinations.outcome import Outcome


@dataclass(frozen=True, slots=True)
class Subscription[S]:
    """`id` is unique in its destination and stays the same between deployments, as far as its author lets it.

    `items` are the action's. `whole` and `first` are the keys of all that an event has by it, and of its first item.
    """

    id: str
    payload: Filled
    items: Callable[[Payload, Call[S]], list[Item[S]] | Outcome]
    whole: str
    first: str


#: From an event to those subscriptions of a destination whose trigger it fits, in order.
type Subscriptions[S] = Callable[[Mapping[str, Any]], Sequence[Subscription[S]]]


def compiled[S](actions: Sequence[Action[S]], configured: Sequence[Mapping[str, Any]]) -> Subscriptions[S]:
    """Each of `configured` has `id`, `action`, `trigger` and the full `mapping`, as the compiled workspace has them."""
    known = {action.id: action for action in actions}
    made = [_subscription(each["id"], known[each["action"]], each["mapping"]) for each in configured]
    triggers = [fql.parse(each["trigger"]) for each in configured]
    return fql.chosen(list(zip(triggers, made, strict=True)))


def _subscription[S](name: str, action: Action[S], mapping: Mapping[str, Any]) -> Subscription[S]:
    return Subscription(name, payload_of(action.fields, mapping), action.items, f"{name}/", f"{name}/0")
