"""A destination's actions as the workspace has them: presets filled in, defaults merged, errors found."""

from collections.abc import Iterator, Sequence
from typing import Any

from sluice import fql, mapping
from sluice.workspace.catalogue import DestinationType
from sluice.workspace.models import Destination, Filter, Subscription, Transformation

type Path = tuple[str | int, ...]

#: Segment's own, which it puts among the fields of a mapping.
_INTERNAL = "__segment_internal"


def subscriptions(destination: Destination, of_type: DestinationType) -> list[dict[str, Any]]:
    """Each with `id`, `action`, `trigger` and the whole `mapping`, as functions load them."""
    found: list[dict[str, Any]] = []
    for each in _configured(destination, of_type):
        action = next(one for one in of_type.actions if one.id == each.action)
        if each.enabled:
            taken = {one["id"] for one in found}
            found.append({
                "id": _name(each.id or each.action, taken),
                "action": each.action,
                "trigger": each.trigger or action.trigger,
                "mapping": _whole(each, action),
            })  # fmt: skip
    return found


def _configured(destination: Destination, of_type: DestinationType) -> list[Subscription]:
    if destination.actions is not None:
        return destination.actions
    return [
        Subscription(action=preset.action, trigger=preset.trigger, mapping=dict(preset.mapping))
        for preset in of_type.presets
        if preset.enabled
    ]


def _name(wanted: str, taken: set[str]) -> str:
    if wanted not in taken:
        return wanted
    return next(name for number in range(2, 100) if (name := f"{wanted}-{number}") not in taken)


def _whole(each: Subscription, action: Any) -> dict[str, Any]:
    defaults = {name: field.default for name, field in action.fields.items() if field.default is not mapping.NOTHING}
    merged = {**(defaults if each.defaults else {}), **each.mapping}
    return {name: document for name, document in merged.items() if document is not None}


def errors(destination: Destination, of_type: DestinationType) -> Iterator[tuple[Path, str]]:
    """Places below the destination, and what is wrong there."""
    for index, each in enumerate(destination.actions or ()):
        yield from ((("actions", index, *path), text) for path, text in _mistakes_of(each, of_type))
    ids = [each.id for each in destination.actions or () if each.id is not None]
    for index, each in enumerate(destination.actions or ()):
        if each.id is not None and ids.count(each.id) > 1:
            yield ("actions", index, "id"), f"{each.id!r} is used twice"
    conditions: dict[str, Sequence[Filter | Transformation]] = {
        "filters": destination.filters,
        "transformations": destination.transformations,
    }
    for name, rules in conditions.items():
        for index, rule in enumerate(rules):
            if (text := _no_condition(rule.condition)) is not None:
                yield (name, index, "if"), text


def _mistakes_of(each: Subscription, of_type: DestinationType) -> Iterator[tuple[Path, str]]:
    action = next((one for one in of_type.actions if one.id == each.action), None)
    if action is None:
        yield ("action",), f"no such action: {each.action!r}; there are {', '.join(one.id for one in of_type.actions)}"
        return
    if each.trigger is not None and (text := _no_condition(each.trigger)) is not None:
        yield ("trigger",), text
    for name, document in each.mapping.items():
        if name not in action.fields and not name.startswith(_INTERNAL):
            yield ("mapping", name), f"{each.action} has no such field; it has {', '.join(action.fields)}"
        checked = mapping.whole({}, document) if name == mapping.ROOT else document
        yield from ((("mapping", name, *path), text) for path, text in mapping.errors(checked))
    whole = _whole(each, action)
    for name, field in action.fields.items():
        if field.required and name not in whole:
            yield ("mapping",), f"{each.action} needs the field {name!r}, and it has no default"


def _no_condition(text: str) -> str | None:
    try:
        fql.parse(text)
    except fql.FqlError as error:
        return str(error)
    return None
