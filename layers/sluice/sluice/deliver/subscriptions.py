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
    """`id` is unique in its destination and stays the same between deployments, as far as its author lets it."""

    id: str
    action: Action[S]
    matches: Callable[[Mapping[str, Any]], bool]
    payload: Callable[[Mapping[str, Any]], Payload | Lacking]


def compiled[S](actions: Sequence[Action[S]], configured: Sequence[Mapping[str, Any]]) -> list[Subscription[S]]:
    """Each of `configured` has `id`, `action`, `trigger` and the full `mapping`, as the compiled workspace has them."""
    known = {action.id: action for action in actions}
    return [
        Subscription(
            each["id"],
            known[each["action"]],
            fql.compile(each["trigger"]),
            payload_of(known[each["action"]].fields, each["mapping"]),
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
    plan = [
        (name, mapping.compile(configured[name]), fitting(each), str if _any_text(each) else None)
        for name, each in fields.items()
        if name in configured
    ]
    required = [name for name, each in fields.items() if each.required]

    def payload(event: Mapping[str, Any]) -> Payload | Lacking:
        made: Payload = {}
        for name, resolve, fit, fits in plan:
            value = resolve(event)
            if value is NOTHING or value == "":
                continue
            if type(value) is not fits:
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
