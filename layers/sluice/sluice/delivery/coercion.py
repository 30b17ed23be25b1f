"""Values made to match the type of a field.

Events are written by many hands. A number in place of a string is made a string. A value that cannot be converted is
left out, and only the lack of a required field costs the event; Segment's own code refuses the whole event instead.
The conversions are those of its schema validator: https://ajv.js.org/coercion.html (coerceTypes: array)
"""

import math
from collections.abc import Callable, Mapping
from typing import Any

from sluice.destinations.field import Field, FieldType
from sluice.javascript.dates import is_date
from sluice.javascript.numbers import exact, number_of, text_of
from sluice.mapping import NOTHING


def fitting(each: Field) -> Callable[[Any], Any]:
    """A function that makes a value fit this field, or gives NOTHING. Values that fit are returned as they are."""
    return _list_of(each) if each.multiple else _single(each)


_AS_THEY_ARE: Mapping[str, frozenset[type]] = {
    "string": frozenset({str}),
    "number": frozenset({int, float}),
    "integer": frozenset({int}),
    "boolean": frozenset({bool}),
    "object": frozenset({dict}),
}


def as_it_is(each: Field) -> frozenset[type]:
    """Types of values that fit whatever they are."""
    if each.multiple or each.choices or each.accepts is not None or (each.properties or {}) or _is_closed(each):
        return frozenset()
    return _AS_THEY_ARE.get(each.type, frozenset())


def _is_closed(each: Field) -> bool:
    return each.properties is not None and not each.open


def _single(each: Field) -> Callable[[Any], Any]:
    convert, nullable = _CONVERSIONS[each.type], each.nullable
    inside = _properties(each) if each.properties or _is_closed(each) else None
    accepts = _acceptance(each)

    def fit(value: Any) -> Any:
        if value is None:
            return None if nullable else NOTHING
        value = convert(value)
        if value is NOTHING:
            return NOTHING
        if inside is not None:
            value = inside(value)
        return value if accepts is None or accepts(value) else NOTHING

    return fit


def _acceptance(each: Field) -> Callable[[Any], bool] | None:
    choices, accepts = each.choices, each.accepts
    if not choices:
        return accepts
    return lambda value: value in choices and (accepts is None or accepts(value))


def _list_of(each: Field) -> Callable[[Any], Any]:
    item = _single(each)

    def fit(value: Any) -> Any:
        if value is None or value is NOTHING:
            return None if value is None and each.nullable else NOTHING
        values = value if isinstance(value, list) else [value]
        return [fitted for one in values if (fitted := item(one)) is not NOTHING]

    return fit


def _properties(each: Field) -> Callable[[dict[str, Any]], Any]:
    inner = {name: fitting(one) for name, one in (each.properties or {}).items()}
    required = [name for name, one in (each.properties or {}).items() if one.required]
    is_open = each.open

    def fit(value: dict[str, Any]) -> Any:
        fitted: dict[str, Any] = {}
        for name, one in value.items():
            convert = inner.get(name)
            if convert is None:
                if is_open:
                    fitted[name] = one
            elif (made := convert(one)) is not NOTHING:
                fitted[name] = made
        if required and any(name not in fitted for name in required):
            return NOTHING
        return fitted

    return fit


def _unwrapped(value: Any) -> Any:
    """A list of one is that one; and a null in it, unlike a null by itself, is an empty text, zero or false."""
    return value[0] if isinstance(value, list) and len(value) == 1 else value


def _string(value: Any) -> Any:
    if type(value) is str:
        return value
    value = _unwrapped(value)
    if value is None:
        return ""
    return text_of(value) if isinstance(value, str | int | float) else NOTHING


def _number(value: Any) -> Any:
    if type(value) is int or type(value) is float:
        return value
    value = _unwrapped(value)
    if isinstance(value, bool) or value is None:
        return int(value or 0)
    if isinstance(value, str) and value:
        found = number_of(value)
        return NOTHING if found is None else found
    return value if isinstance(value, int | float) else NOTHING


def _integer(value: Any) -> Any:
    found = _number(value)
    if isinstance(found, float):
        return exact(found) if found.is_integer() or math.isinf(found) else NOTHING
    return found


def _boolean(value: Any) -> Any:
    if type(value) is bool:
        return value
    value = _unwrapped(value)
    if isinstance(value, bool):
        return value
    if value in ("true", 1):
        return True
    return False if value in ("false", 0, None) else NOTHING


def _object(value: Any) -> Any:
    value = _unwrapped(value)
    return value if isinstance(value, dict) else NOTHING


def _datetime(value: Any) -> Any:
    if type(value) is list:
        value = _only_date(value)
    if isinstance(value, str):
        return value if is_date(value) else NOTHING
    return value if isinstance(value, int | float) and not isinstance(value, bool) else NOTHING


def _only_date(values: list[Any]) -> Any:
    """Either a text or a number is a date, and of a list of one Segment's check makes the one that it is not."""
    one = _unwrapped(values)
    if isinstance(one, str):
        return _number(one)
    return NOTHING if isinstance(one, bool) else _string(one)


_CONVERSIONS: dict[FieldType, Callable[[Any], Any]] = {
    "string": _string,
    "number": _number,
    "integer": _integer,
    "boolean": _boolean,
    "object": _object,
    "datetime": _datetime,
}
