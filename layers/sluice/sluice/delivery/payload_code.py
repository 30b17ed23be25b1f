"""Payloads by generated code: a Python function for each subscription, without the loops and tables of the general way.

It does for ordinary events what `payload.interpreted` does for all. Where an event has a text or a list, say, in the
place of an object, that does it instead: rules stand there, and here is what they come to for paths and constants. No
value of a workspace stands in the code but as `repr` writes a text; all others are handed over by name.
"""

import linecache
from collections.abc import Iterable, Iterator
from hashlib import blake2b
from itertools import count
from typing import Any

from sluice.delivery.slots import Filled, MissingField, Slot, Slots
from sluice.mapping import NOTHING, Names, Parts, places, wanted

#: Names of a path. Blocks of Python cannot be nested without end; who writes more is served the general way.
_DEEPEST = 20
_INDENT = "    "


def generated(slots: Slots, interpret: Filled) -> Filled:
    """Return a function that does what `interpret` does. Where that is not worth it, `interpret` itself."""
    if any(len(names) > _DEEPEST for _, several in slots.parts.paths for names in several):
        return interpret
    code = _Code({"NOTHING": NOTHING, "interpret": interpret, "NO_PLACE": {}})
    text = "\n".join(code.function(slots)) + "\n"
    name = f"<payload {blake2b(text.encode('utf-8', 'surrogatepass'), digest_size=8).hexdigest()}>"
    linecache.cache[name] = len(text), None, text.splitlines(keepends=True), name
    exec(compile(text, name, "exec"), code.named)  # noqa: S102 - no value of anybody stands in it but as a text
    made: Filled = code.named["payload"]
    return made


class _Code:
    """Lines of Python, and the values that they name. `v` is the value at hand, `p…` a place of the event, `o…` an
    object of the payload."""

    def __init__(self, named: dict[str, Any]) -> None:
        self.named = named
        self._numbers = count()

    def function(self, slots: Slots) -> Iterator[str]:
        yield "def payload(event):"
        for line in self._body(slots):
            yield _INDENT + line

    def _body(self, slots: Slots) -> Iterator[str]:
        yield "if type(event) is not dict: return interpret(event)"
        for number in range(1, len(slots.objects) + 1):
            yield f"o{number} = {self._object(slots, number)}"
        yield f"o0 = {self._object(slots, 0)}"
        variables = {names: f"p{number}" if names else "event" for number, names in enumerate(places(slots.parts))}
        chosen_from = {names[:-1] for _, several in slots.parts.paths if several[1:] for names in several}
        for place in variables:
            if place in chosen_from and place:
                yield f"{variables[place]} = NO_PLACE"
        yield from self._below((), slots.parts, variables)
        for slot, several in slots.parts.paths:
            if several[1:]:
                yield from self._choice(slot, several, variables)
        for slot, other in slots.parts.others:
            yield f"v = {self._name(other)}(event)"
            yield "if v is not NOTHING:"
            yield from _indented(self._stored(slot))
        for name in slots.required:
            yield f"if o0.get({name!r}) is None: return {self._name(MissingField(name))}"
        yield "return o0"

    def _object(self, slots: Slots, target: int) -> str:
        """Return the display of an object with its constants. The payload's has the other objects first."""
        objects = [f"{name!r}: o{number}" for number, name in enumerate(slots.objects, 1) if target == 0]
        constants = [f"{name!r}: {self._name(value)}" for number, name, value in slots.constants if number == target]
        return "{" + ", ".join(objects + constants) + "}"

    def _below(self, place: Names, parts: Parts[Slot], variables: dict[Names, str]) -> Iterator[str]:
        """Read what is wanted of a place and of the places in it, which are looked at only if it is there."""
        around = variables[place]
        for slot, name in wanted(place, ((slot, several[0]) for slot, several in parts.paths if not several[1:])):
            yield f"if {name!r} in {around}:"
            yield f"{_INDENT}v = {around}[{name!r}]"
            yield from _indented(self._stored(slot))
        for inner, variable in variables.items():
            if inner and inner[:-1] == place:
                yield f"if {inner[-1]!r} in {around}:"
                yield f"{_INDENT}{variable} = {around}[{inner[-1]!r}]"
                yield f"{_INDENT}if type({variable}) is not dict: return interpret(event)"
                yield from _indented(self._below(inner, parts, variables))

    def _choice(self, slot: Slot, several: Iterable[Names], variables: dict[Names, str]) -> Iterator[str]:
        *firsts, last = [(variables[names[:-1]], names[-1]) for names in several]
        depth = 0
        for around, name in firsts:
            yield f"{_INDENT * depth}v = {around}.get({name!r})"
            yield f"{_INDENT * depth}if v is None:"
            depth += 1
        yield f"{_INDENT * depth}v = {last[0]}.get({last[1]!r}, NOTHING)"
        yield "if v is not NOTHING:"
        yield from _indented(self._stored(slot))

    def _stored(self, slot: Slot) -> Iterator[str]:
        """Put `v` where it belongs, if it fits or can be made to. An empty text at the top is no value."""
        number, name, fine, fit = slot
        kept, made = f"o{number}[{name!r}] = v", f"(v := {self._name(fit)}(v)) is not NOTHING"
        if fine == {str}:
            yield "if type(v) is str:"
            yield f"{_INDENT}if v: {kept}" if number == 0 else f"{_INDENT}{kept}"
            yield f"elif {made}: {kept}"
            return
        tests = [f"type(v) is {each.__name__}" for each in sorted(fine, key=lambda each: each.__name__)]
        fits = " or ".join([*tests, made])
        yield f"if v != '' and ({fits}): {kept}" if number == 0 else f"if {fits}: {kept}"

    def _name(self, value: Any) -> str:
        """Return the name by which the code finds a value."""
        name = f"value_{next(self._numbers)}"
        self.named[name] = value
        return name


def _indented(lines: Iterable[str]) -> Iterator[str]:
    return (_INDENT + line for line in lines)
