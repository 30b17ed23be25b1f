"""No value, and values at paths, as JavaScript finds them."""

import re
from collections.abc import Callable, Mapping, Sequence
from enum import Enum
from functools import lru_cache
from typing import Any, Final

from sluice.javascript.numbers import text_of


class _Nothing(Enum):
    NOTHING = "nothing"

    def __bool__(self) -> bool:
        return False


#: Neither the event nor the configuration has a value. `None` is a value, JSON's null.
NOTHING: Final = _Nothing.NOTHING

type Getter = Callable[[Any], Any]

_SEPARATORS = re.compile(r"""\[(?="|'|[0-9])|\.|(?<="|'|[0-9])\]+""")
_INDEX = re.compile(r"0|[1-9][0-9]{0,8}")


class UnmappableError(Exception):
    """The mapping cannot make a value of this event."""


def keys(path: str) -> list[str]:
    """`$.properties.items[0]['a b']` → `properties`, `items`, `0`, `a b`. `$.` is the whole event."""
    return [key.replace('"', "").replace("'", "") for key in _SEPARATORS.split(path.replace("$.", "", 1)) if key]


def getter(path: str) -> Getter:
    """A function that finds what is at `path`, or NOTHING. Beyond null there is null, as in Segment's own."""
    return getter_of(keys(path))


#: Of paths that are themselves values of events.
found_getter = lru_cache(1024)(getter)


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
    """Read a member of a list or a string; a value that counts as false stays itself."""
    if isinstance(value, dict):
        return value.get(name, NOTHING)
    if value is NOTHING or value is None or value is False or value in (0, ""):
        return value
    if isinstance(value, list | str):
        if name == "length":
            return len(value)
        if _INDEX.fullmatch(name) and int(name) < len(value):
            return value[int(name)]
    return NOTHING


def given(document: Mapping[str, Any], name: str) -> Any:
    """A part of a directive. Segment takes what JavaScript counts as false for none."""
    found = document.get(name, NOTHING)
    return NOTHING if not isinstance(found, dict | list) and not found else found


def is_blank(value: Any) -> bool:
    """Return whether JavaScript finds it equal to an empty string: no value, zero, false, an empty list."""
    if isinstance(value, list):
        return text_of(value) == ""
    return value is NOTHING or value is None or (not isinstance(value, dict) and value in ("", 0))


def entries(value: Any) -> dict[str, Any]:
    """The properties of a value: a list has its items by their numbers, a text its letters."""
    if isinstance(value, dict):
        return value
    return {str(at): each for at, each in enumerate(value)} if isinstance(value, list | str) else {}
