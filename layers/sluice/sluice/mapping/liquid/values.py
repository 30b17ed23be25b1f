"""Values in templates: what python-liquid has, as JSON has it, and what JavaScript makes of that."""

import math
from typing import Any, Final

from liquid.builtin.expressions.primitive import Blank, Empty
from liquid.undefined import is_undefined

from sluice.javascript.numbers import number_of, text_of
from sluice.mapping.values import NOTHING, UnmappableError

#: An argument that is not given, where that is not the same as one without a value.
ABSENT: Final = object()
#: Characters of a text, and items of a list.
MAX_LENGTH = 100_000


def plain(value: Any) -> Any:
    """NOTHING for what is undefined; the numbers of a range as a list; `empty` and `blank`, outside of comparisons, as
    an empty text.
    """
    if is_undefined(value):
        return NOTHING
    if isinstance(value, Empty | Blank):
        return ""
    if isinstance(value, range):
        if len(value) > MAX_LENGTH:
            raise UnmappableError("@liquid: the range is too long")
        return list(value)
    return value


def is_too_long(value: Any) -> bool:
    return isinstance(value, str | list) and len(value) > MAX_LENGTH


def text(value: Any) -> str:
    """Return a value as the output has it: nothing for null or missing, a list's items with nothing between."""
    if isinstance(value, str):
        return value
    if value is None or value is NOTHING:
        return ""
    return "".join(map(text, value)) if isinstance(value, list) else text_of(value)


def items(value: Any) -> list[Any]:
    """A list, of one item if it is none, and of none if there is no value."""
    if value is None or value is NOTHING:
        return []
    return value if isinstance(value, list) else [value]


def number(value: Any) -> float:
    """`Number(value)`: NaN where there is none."""
    if isinstance(value, bool | int | float):
        return float(value)
    if value is None:
        return 0.0
    found = number_of(text_of(value)) if isinstance(value, str | list) else None
    return math.nan if found is None else float(found)


def amount(value: Any) -> float:
    """A number that one can count with: what is none is zero."""
    found = number(value)
    return 0.0 if math.isnan(found) else found


def of(item: Any, name: str) -> Any:
    """A property of an item; `size`, `first` and `last` of lists and texts."""
    if isinstance(item, dict) and name in item:
        return item[name]
    if name == "size" and isinstance(item, dict | list | str):
        return len(item)
    if isinstance(item, list) and item and name in ("first", "last"):
        return item[0 if name == "first" else -1]
    return NOTHING


def is_same(left: Any, right: Any) -> bool:
    """JavaScript's `===`, and lists item by item. An object is itself alone."""
    if isinstance(left, list):
        return isinstance(right, list) and len(left) == len(right) and all(map(is_same, left, right))
    if isinstance(left, bool) or isinstance(right, bool) or isinstance(left, dict):
        return left is right
    return bool(left == right) and isinstance(left, str) == isinstance(right, str)
