"""Subscriptions: which events an action gets, and how its fields are filled. Compiled once, run for each event."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sluice import fql, mapping
from sluice.deliver.actions import Action, Payload
from sluice.deliver.fields import Field, fitting
from sluice.mapping import NOTHING


@dataclass(frozen=True, slots=True)
class Lacking:
    """A payload that cannot be made: this required field has no value that fits."""

    field: str


@dataclass(frozen=True, slots=True)
class Subscription[S]:
    """`id` is unique in its destination and stays the same between deployments, as far as its author lets it.

    `type` and `event` are what an event must have to match, if the trigger says so plainly: most are told by them.
    """

    id: str
    action: Action[S]
    matches: Callable[[Mapping[str, Any]], bool]
    payload: Callable[[Mapping[str, Any]], Payload | Lacking]
    type: str | None = None
    event: str | None = None

    def wants(self, event: Mapping[str, Any], kind: Any, name: Any) -> bool:
        """`kind` and `name` are the event's `type` and `event`, looked up once for all subscriptions."""
        return (
            (self.type is None or self.type == kind)
            and (self.event is None or self.event == name)
            and self.matches(event)
        )


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


def defaults(fields: Mapping[str, Field]) -> dict[str, Any]:
    """The mapping of an action whose subscription says nothing."""
    return {name: each.default for name, each in fields.items() if each.default is not NOTHING}


def payload_of(
    fields: Mapping[str, Field], configured: Mapping[str, Any]
) -> Callable[[Mapping[str, Any]], Payload | Lacking]:
    """A function from an event to the payload of `fields`, mapped as configured.

    An empty text at the top counts as absent, as Segment has it.
    """
    document = {name: configured[name] for name in fields if name in configured}
    resolve = mapping.compile(mapping.whole(document, configured.get(mapping.ROOT)), is_ordered=False)
    fits = {name: (fitting(each), str if _any_text(each) else None) for name, each in fields.items()}
    required = [name for name, each in fields.items() if each.required]

    def payload(event: Mapping[str, Any]) -> Payload | Lacking:
        made: Payload = {}
        for name, value in resolve(event).items():
            if value == "":
                continue
            fit, fast = fits[name]
            if type(value) is not fast:
                value = fit(value)
                if value is NOTHING:
                    continue
            made[name] = value
        for name in required:
            if made.get(name) is None:
                return Lacking(name)
        return made

    return payload


def _any_text(each: Field) -> bool:
    return each.type == "string" and not each.multiple and not each.choices and each.accepts is None
