"""Filters of lists, and of what may be one."""

import math
import random
from collections.abc import Callable, Mapping
from typing import Any

from sluice.javascript.numbers import json_of, text_of
from sluice.mapping.liquid.values import MAX_LENGTH, amount, is_same, items, number, of, text
from sluice.mapping.values import NOTHING, UnmappableError, getter


def join(left: Any, separator: Any = NOTHING) -> str:
    between = " " if separator is None or separator is NOTHING else text(separator)
    parts = ["" if each is None else text_of(each) for each in items(left)]
    if sum(map(len, parts)) + len(between) * len(parts) > MAX_LENGTH:
        raise UnmappableError(f"@liquid: it makes more than {MAX_LENGTH} characters")
    return between.join(parts)


def _item(index: int) -> Callable[[Any], Any]:
    """Return an item of a list, or a letter; an empty string of anything else."""

    def item(left: Any) -> Any:
        if isinstance(left, list | str) and left:
            return left[index]
        return NOTHING if isinstance(left, list) else ""

    return item


def size(left: Any) -> int:
    """Items, or the 16-bit units that JavaScript counts in a text."""
    if isinstance(left, str):
        return len(left.encode("utf-16-le", "surrogatepass")) // 2
    return len(left) if isinstance(left, list) else 0


def total(left: Any, name: Any = NOTHING) -> float:
    """Return the sum. What is not a number counts as zero."""
    values = [of(each, text(name)) if name else each for each in items(left)]
    return sum(0.0 if math.isnan(found := number(each)) else found for each in values)


def part(left: Any, begin: Any = 0, length: Any = 1) -> Any:
    """Return the part from `begin`, which counts from the end if it is negative."""
    if left is None or left is NOTHING:
        return []
    whole = left if isinstance(left, list) else text(left)
    start, most = int(amount(begin)), int(amount(length))
    start += len(whole) if start < 0 else 0
    return whole[:0] if start < 0 or most < 0 else whole[start : start + most]


def where(left: Any, path: Any = NOTHING, expected: Any = NOTHING) -> list[Any]:
    """Return the items whose value at a path is this, or is neither false nor null."""
    get = getter(text(path))
    found = [(each, get(each) if isinstance(each, dict) else NOTHING) for each in items(left)]
    if expected is NOTHING:
        return [each for each, value in found if value is not None and value is not False and value is not NOTHING]
    return [each for each, value in found if is_same(value, expected)]


def default(left: Any, other: Any = NOTHING, *, allow_false: Any = False) -> Any:
    if isinstance(left, list | str):
        return left or other
    if left is False and allow_false not in (False, None, NOTHING):
        return False
    return other if left is None or left is False or left is NOTHING else left


def json(left: Any, space: Any = 0) -> Any:
    """`space` is a number of blanks, or a text, that each level is moved by."""
    blanks = 0 if isinstance(space, bool) else int(amount(space))
    indent = space[:10] if isinstance(space, str) else " " * max(0, min(10, blanks))
    return NOTHING if left is NOTHING else json_of(left, indent)


def sample(left: Any, count: Any = 1) -> Any:
    """Return items by chance."""
    if left is None or left is NOTHING:
        return []
    whole = left if isinstance(left, list) else list(text(left))
    shuffled = random.sample(whole, len(whole))
    if count == 1:
        return shuffled[0] if shuffled else NOTHING
    return shuffled[: max(0, int(amount(count)))]


FILTERS: Mapping[str, Callable[..., Any]] = {
    "compact": lambda left: [each for each in items(left) if each is not None],
    "default": default,
    "first": _item(0),
    "inspect": json,
    "join": join,
    "json": json,
    "jsonify": json,
    "last": _item(-1),
    "pop": lambda left: items(left)[:-1],
    "push": lambda left, item=None: [*items(left), item],
    "raw": lambda left: left,
    "sample": sample,
    "shift": lambda left: items(left)[1:],
    "size": size,
    "slice": part,
    "sum": total,
    "unshift": lambda left, item=None: [item, *items(left)],
    "where": where,
}
