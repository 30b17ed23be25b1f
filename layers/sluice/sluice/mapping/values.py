"""No value, and values at paths, as JavaScript finds them."""

import re
from collections.abc import Callable, Sequence
from enum import Enum
from typing import Any, Final


class _Nothing(Enum):
    NOTHING = "nothing"

    def __bool__(self) -> bool:
        return False


#: Neither the event nor the configuration has a value. `None` is a value, JSON's null.
NOTHING: Final = _Nothing.NOTHING

type Getter = Callable[[Any], Any]

_SEPARATORS = re.compile(r"""\[(?="|'|\d)|\.|(?<="|'|\d)\]+""")


def keys(path: str) -> list[str]:
    """`$.properties.items[0]['a b']` → `properties`, `items`, `0`, `a b`. `$.` is the whole event."""
    return [key.replace('"', "").replace("'", "") for key in _SEPARATORS.split(path.replace("$.", "", 1)) if key]


def getter(path: str) -> Getter:
    """A function that finds what is at `path`, or NOTHING. Beyond null there is null, as in Segment's own."""
    return getter_of(keys(path))


def getter_of(names: Sequence[str]) -> Getter:
    if not names:
        return lambda whole: whole
    if len(names) == 1:
        (only,) = names
        return lambda whole: whole.get(only, NOTHING) if type(whole) is dict else inside(whole, only)
    if len(names) == 2:
        first, second = names

        def two(whole: Any) -> Any:
            value = whole.get(first, NOTHING) if type(whole) is dict else inside(whole, first)
            return value.get(second, NOTHING) if type(value) is dict else inside(value, second)

        return two

    def get(whole: Any) -> Any:
        value = whole
        for name in names:
            value = value.get(name, NOTHING) if type(value) is dict else inside(value, name)
        return value

    return get


def inside(value: Any, name: str) -> Any:
    """Of what is no object: items of lists, letters of texts; a value that counts as false stays itself."""
    if isinstance(value, dict):
        return value.get(name, NOTHING)
    if value is NOTHING or value is None or value is False or value in (0, ""):
        return value
    if isinstance(value, list | str):
        if name == "length":
            return len(value)
        if name.isascii() and name.isdigit() and len(name) < 10 and int(name) < len(value):
            return value[int(name)]
    return NOTHING
