"""Many conditions at once: those about an event's type and name alone are asked once for each type and name.

Most triggers are, and a workspace may have hundreds. There are few types and names; but clients choose them, so only so
many are remembered.
"""

from collections.abc import Hashable, Mapping, Sequence
from typing import Any

from sluice.fql.compiler import Condition, compile_node, required
from sluice.fql.nodes import Both, Call, Compare, Either, Items, Node, Not, Path

#: What a condition may look at to be asked once.
_PLAIN = frozenset({"type", "event"})
_MOST_REMEMBERED = 10_000


def any_of(nodes: Sequence[Node]) -> Condition:
    """Return whether an event matches one of the conditions."""
    asked = [_Condition(node) for node in nodes]
    remembered: dict[Hashable, bool | Sequence[Condition]] = {}

    def fits(event: Mapping[str, Any]) -> bool:
        kind, name = event.get("type"), event.get("event")
        key = (kind, name) if type(kind) is str and (name is None or type(name) is str) else None
        left = remembered.get(key) if key is not None else None
        if left is None:
            left = _left(asked, event)
            if key is not None:
                if len(remembered) >= _MOST_REMEMBERED:
                    remembered.clear()
                remembered[key] = left
        if isinstance(left, bool):
            return left
        for rest in left:  # noqa: SIM110 - a generator takes three times as long
            if rest(event):
                return True
        return False

    return fits


def _left(asked: Sequence["_Condition"], event: Mapping[str, Any]) -> bool | Sequence[Condition]:
    """Return what the type and the name of an event decide, or the conditions that are left to ask."""
    rests = [each.rest for each in asked if each.may_fit(event)]
    left = [rest for rest in rests if rest is not None]
    return len(left) < len(rests) or (left or False)


class _Condition:
    """`rest` is what has to be asked of each event that may fit; None if its type and name say all."""

    def __init__(self, node: Node) -> None:
        self._fits = compile_node(node)
        self._needed = [(name, text) for name in _PLAIN if (text := required(node, name)) is not None]
        self._is_plain = _names(node) <= _PLAIN
        self.rest = None if self._is_plain else self._fits

    def may_fit(self, event: Mapping[str, Any]) -> bool:
        if self._is_plain:
            return self._fits(event)
        return all(event.get(name) == text for name, text in self._needed)


def _names(node: Node) -> frozenset[str]:
    """The fields of an event that an expression looks at."""
    match node:
        case Path(names):
            return frozenset({".".join(names)})
        case Not(inner):
            return _names(inner)
        case Both(nodes) | Either(nodes):
            inside = nodes
        case Items(items):
            inside = items
        case Call(_, arguments):
            inside = arguments
        case Compare(_, left, right):
            inside = (left, right)
        case _:
            return frozenset()
    return frozenset().union(*map(_names, inside))
