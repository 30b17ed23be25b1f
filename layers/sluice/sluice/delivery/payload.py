"""Events to payloads: the fields of an action, mapped and made to fit in one go. Made once, run for each event."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sluice import mapping
from sluice.delivery.coercion import as_it_is, fitting
from sluice.delivery.payload_code import generated
from sluice.delivery.slots import Filled, MissingField, Slot, Slots
from sluice.destinations.action import Payload
from sluice.destinations.field import Field
from sluice.mapping import NOTHING

#: Events of a subscription after which its code is generated. It takes as long as some thousand events save, and most
#: subscriptions of most processes never have as many.
_WORTH_GENERATING = 100


def payload_of(fields: Mapping[str, Field], configured: Mapping[str, Any]) -> Filled:
    """A function from an event to the payload of `fields`, mapped as configured. It raises UnmappableError.

    An empty text at the top counts as absent, as Segment has it.
    """
    interpret, slots = interpreted(fields, configured)
    fill, seen = interpret, 0

    def counted(event: Any) -> Payload | MissingField:
        nonlocal fill, seen
        seen += 1
        if seen == _WORTH_GENERATING:
            fill = generated(slots, interpret)
        return interpret(event)

    fill = counted
    if mapping.ROOT not in configured:
        return lambda event: fill(event)
    root = mapping.whole({}, configured[mapping.ROOT])
    applied = mapping.compile(root["@transform"]["apply"])
    return lambda event: fill(applied(event))


def interpreted(fields: Mapping[str, Field], configured: Mapping[str, Any]) -> tuple[Filled, Slots]:
    """Return what fills the fields slot by slot, and the slots. Raises MappingError."""
    document = {name: configured[name] for name in fields if name in configured}
    mapping.compile(mapping.whole(document, configured.get(mapping.ROOT)))
    slots = _slots(document, fields, configured)
    values, required = mapping.values_of(slots.parts), slots.required

    def fill(event: Any) -> Payload | MissingField:
        targets: list[Payload] = [{}]
        for name in slots.objects:
            target: Payload = {}
            targets[0][name] = target
            targets.append(target)
        for number, name, value in slots.constants:
            targets[number][name] = value
        for (number, name, fine, fit), value in values(event):
            kind = type(value)
            if kind is str and not value and number == 0:
                continue
            if kind in fine or (value := fit(value)) is not NOTHING:
                targets[number][name] = value
        made = targets[0]
        for name in required:
            if made.get(name) is None:
                return MissingField(name)
        return made

    return fill, slots


def _slots(document: Mapping[str, Any], fields: Mapping[str, Field], configured: Mapping[str, Any]) -> Slots:
    objects = [name for name, each in document.items() if _is_object_of_mappings(each, fields[name])]
    parts = mapping.parts(_documents(document, fields, objects))
    constants = [
        (number, name, fitted)
        for (number, name, _, fit), value in parts.constants
        if (value != "" or number) and (fitted := fit(value)) is not NOTHING
    ]
    required = [
        name
        for name, each in fields.items()
        if each.required or (each.required_if_mapped and configured.get(name) is not None)
    ]
    return Slots(objects, constants, parts, required)


def _documents(
    document: Mapping[str, Any], fields: Mapping[str, Field], objects: Sequence[str]
) -> Iterator[tuple[Slot, Any]]:
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
