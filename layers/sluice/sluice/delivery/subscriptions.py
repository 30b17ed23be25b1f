"""Subscriptions: which events an action gets, and how its fields are filled. Compiled once, run for each event."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sluice import fql
from sluice.delivery.payload import MissingField, payload_of
from sluice.destinations.action import Action, Payload


@dataclass(frozen=True, slots=True)
class Subscription[S]:
    """`id` is unique in its destination and stays the same between deployments, as far as its author lets it.

    `type` and `event` are what an event must have to match, if the trigger says so plainly: most are told by them.
    """

    id: str
    action: Action[S]
    matches: Callable[[Mapping[str, Any]], bool]
    payload: Callable[[Mapping[str, Any]], Payload | MissingField]
    type: str | None = None
    event: str | None = None

    def may_want(self, kind: Any, name: Any) -> bool:
        """Return whether it may want an event with this `type` and `event`; `matches` decides."""
        return (self.type is None or self.type == kind) and (self.event is None or self.event == name)


def compiled[S](actions: Sequence[Action[S]], configured: Sequence[Mapping[str, Any]]) -> list[Subscription[S]]:
    """Each of `configured` has `id`, `action`, `trigger` and the full `mapping`, as the compiled workspace has them."""
    known = {action.id: action for action in actions}
    return [
        Subscription(
            each["id"],
            known[each["action"]],
            fql.compile(each["trigger"]),
            payload_of(known[each["action"]].fields, each["mapping"]),
            *(fql.required(fql.parse(each["trigger"]), name) for name in ("type", "event")),
        )
        for each in configured
    ]
