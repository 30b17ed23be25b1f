"""A destination's filters and transformations: which events it gets, and what of them.

In Segment's order: sample, drop, drop properties, allow properties; then ours, which rename and set. An event is never
changed: what is left of it is another one. https://segment.com/docs/connections/destinations/destination-filters/
"""

import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import md5
from typing import Any

import orjson

from sluice import fql
from sluice.mapping.values import NOTHING, getter, keys

type Event = dict[str, Any]
#: What is left of an event; None if nothing is.
type Filter = Callable[[Event], Event | None]


@dataclass(frozen=True, slots=True)
class Step:
    """A filter or a transformation: what it does with an event that matches its condition.

    `is_renaming`: an event may have another type or name afterwards.
    """

    condition: str
    apply: Filter
    is_renaming: bool = False


_ORDER = ("sample", "drop", "drop_properties", "allow_properties")
_WHOLE = 2.0**64


def compiled(filters: Iterable[Mapping[str, Any]], transformations: Iterable[Mapping[str, Any]]) -> Filter | None:
    """Both as the compiled workspace has them; None if there are none. Raises fql.FqlError.

    An event that a condition breaks on is dropped, as Segment does: what it was to be kept from, it is kept from.
    """
    found = [(fql.strict(step.condition), step.apply) for step in steps(filters, transformations)]
    return applied(found) if found else None


def applied(steps: Sequence[tuple[fql.Condition | None, Filter]]) -> Filter:
    """Return one after the other, each with its condition as a function; None is met by every event."""

    def apply(event: Event) -> Event | None:
        try:
            for fits, change in steps:
                if fits is None or fits(event):
                    left = change(event)
                    if left is None:
                        return None
                    event = left
        except fql.UndecidableError:
            return None
        return event

    return apply


def steps(filters: Iterable[Mapping[str, Any]], transformations: Iterable[Mapping[str, Any]]) -> list[Step]:
    """Return all that happens to an event, in order."""
    return [*map(_filter, in_order(filters)), *map(_transformation, transformations)]


def in_order(filters: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Return filters in the order in which they work on an event."""
    return sorted(filters, key=lambda each: _ORDER.index(each["do"]))


def _filter(each: Mapping[str, Any]) -> Step:
    match each["do"]:
        case "drop":
            return Step(each["if"], lambda _: None)
        case "sample":
            keeps = _sampler(each["percent"], each.get("path"))
            return Step(each["if"], lambda event: event if keeps(event) else None)
    change = _without if each["do"] == "drop_properties" else _only
    fields = [(_names(path), frozenset(listed)) for path, listed in each["fields"].items()]

    def filtered(event: Event) -> Event:
        for names, listed in fields:
            if isinstance(found := _at(event, names), dict | list):
                event = _replaced(event, names, _each(found, listed, change))
        return event

    return Step(each["if"], filtered, is_renaming=any(not names for names, _ in fields))


def _sampler(percent: float, path: str | None) -> Callable[[Event], bool]:
    """The same value always has the same verdict, and a higher percentage keeps what a lower one did.

    Events without the value are sampled by their anonymousId, and by chance without that one: otherwise all visitors
    who never logged in would have one fate.
    """
    if path is None:
        return lambda _: random.random() < percent  # noqa: S311 - a sample, not a secret
    get = getter(path)

    def keeps(event: Event) -> bool:
        value = get(event)
        if value is NOTHING or value is None or value == "":
            value = event.get("anonymousId")
            if not value:
                return random.random() < percent  # noqa: S311
        digest = md5(orjson.dumps(value), usedforsecurity=False).digest()
        return int.from_bytes(digest[:8]) / _WHOLE < percent

    return keeps


def _names(path: str) -> list[str]:
    """`properties.product`, or `$.properties.product`; "" is the event itself."""
    return keys(path)


def _at(event: Event, names: Sequence[str]) -> Any:
    """Return the value at a path, through objects alone: no item of a list can be changed by itself."""
    value: Any = event
    for name in names:
        value = value.get(name, NOTHING) if isinstance(value, dict) else NOTHING
    return value


def _each(found: Any, keys: frozenset[str], change: Callable[[Mapping[str, Any], frozenset[str]], Any]) -> Any:
    """A list stands for each of its items."""
    if isinstance(found, list):
        return [change(item, keys) if isinstance(item, dict) else item for item in found]
    return change(found, keys)


def _without(found: Mapping[str, Any], keys: frozenset[str]) -> dict[str, Any]:
    left = dict(found)
    for name in keys:
        left.pop(name, None)
    return left


def _only(found: Mapping[str, Any], keys: frozenset[str]) -> dict[str, Any]:
    return {name: value for name, value in found.items() if name in keys}


def _replaced(event: Event, names: Sequence[str], value: Any) -> Event:
    """A copy with another value at a path; what lies beside the path is shared."""
    if not names:
        return value if isinstance(value, dict) else event
    if len(names) == 1:
        return {**event, names[0]: value}
    first, *rest = names
    inner = event.get(first)
    return {**event, first: _replaced(inner if isinstance(inner, dict) else {}, rest, value)}


def _removed(event: Event, names: Sequence[str]) -> Event:
    first, *rest = names
    if first not in event:
        return event
    if not rest:
        return _without(event, frozenset({first}))
    inner = event[first]
    return {**event, first: _removed(inner, rest)} if isinstance(inner, dict) else event


def _transformation(each: Mapping[str, Any]) -> Step:
    """`event` is a new name; `rename` moves values from path to path, `set` puts constants at paths, in this order."""
    moves = [(_names(old), _names(new)) for old, new in each.get("rename", {}).items()]
    constants = [(_names(path), value) for path, value in each.get("set", {}).items()]
    name = each.get("event")

    def transformed(event: Event) -> Event:
        if name is not None:
            event = {**event, "event": name}
        for old, new in moves:
            if (value := _at(event, old)) is not NOTHING:
                event = _replaced(_removed(event, old), new, value)
        for path, value in constants:
            event = _replaced(event, path, value)
        return event

    return Step(each["if"], transformed, is_renaming=True)
