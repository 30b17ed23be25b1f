"""Events to payloads: the fields of an action, mapped and made to fit in one go. Made once, run for each event."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sluice import mapping
from sluice.delivery.coercion import as_it_is, fitting
from sluice.destinations.action import Payload
from sluice.destinations.field import Field
from sluice.mapping import NOTHING


@dataclass(frozen=True, slots=True)
class MissingField:
    """A payload that cannot be made: this required field has no value that fits."""

    field: str


#: Where a value goes: the payload is number 0, and objects in it have numbers of their own; the name in it; types of
#: values that fit as they are; and what makes others fit.
type _Slot = tuple[int, str, frozenset[type], Callable[[Any], Any]]


def payload_of(
    fields: Mapping[str, Field], configured: Mapping[str, Any]
) -> Callable[[Mapping[str, Any]], Payload | MissingField]:
    """A function from an event to the payload of `fields`, mapped as configured. It raises UnmappableError.

    An empty text at the top counts as absent, as Segment has it.
    """
    document = {name: configured[name] for name in fields if name in configured}
    root = mapping.whole(document, configured.get(mapping.ROOT))
    mapping.compile(root)
    applied = mapping.compile(root["@transform"]["apply"]) if mapping.ROOT in configured else None
    fill = _filled(document, fields)
    required = [
        name
        for name, each in fields.items()
        if each.required or (each.required_if_mapped and configured.get(name) is not None)
    ]

    def payload(event: Mapping[str, Any]) -> Payload | MissingField:
        made = fill(event if applied is None else applied(event))
        for name in required:
            if made.get(name) is None:
                return MissingField(name)
        return made

    return payload


def _filled(document: Mapping[str, Any], fields: Mapping[str, Field]) -> Callable[[Any], Payload]:
    objects = [name for name, each in document.items() if _is_object_of_mappings(each, fields[name])]
    constants, values = mapping.parts(_slots(document, fields, objects))
    same = [
        (number, name, fitted)
        for (number, name, _, fit), value in constants
        if (value != "" or number) and (fitted := fit(value)) is not NOTHING
    ]

    def fill(event: Any) -> Payload:
        targets: list[Payload] = [{}]
        for name in objects:
            target: Payload = {}
            targets[0][name] = target
            targets.append(target)
        for number, name, value in same:
            targets[number][name] = value
        for (number, name, fine, fit), value in values(event):
            kind = type(value)
            if kind is str and not value and number == 0:
                continue
            if kind in fine or (value := fit(value)) is not NOTHING:
                targets[number][name] = value
        return targets[0]

    return fill


def _slots(
    document: Mapping[str, Any], fields: Mapping[str, Field], objects: Sequence[str]
) -> Iterator[tuple[_Slot, Any]]:
    for name, each in document.items():
        if name not in objects:
            escape = fields[name].escape
            made = each if escape is None else mapping.compile(each, escape)
            yield (0, name, as_it_is(fields[name]), fitting(fields[name])), made
    for number, whole in enumerate(objects, 1):
        properties = fields[whole].properties or {}
        for name, each in document[whole].items():
            yield (number, name, as_it_is(properties[name]), fitting(properties[name])), each


def _is_object_of_mappings(document: Any, field: Field) -> bool:
    """Return whether a field's properties are all that it may have here, and may all be missing."""
    if not isinstance(document, dict) or field.type != "object" or field.multiple or field.accepts or field.choices:
        return False
    properties = field.properties or {}
    return bool(document) and all(name in properties and not properties[name].required for name in document)
