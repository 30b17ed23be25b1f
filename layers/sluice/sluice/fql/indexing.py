"""Many conditions at once: those about an event's type and name alone are asked once for each type and name.

Most triggers are, and a workspace may have hundreds. There are few types and names; but clients choose them, so only so
many are remembered.
"""

from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Any

from sluice.fql.compiling import Condition, compile_node, required
from sluice.fql.nodes import Both, Call, Compare, Either, Items, Node, Not, Path

#: What a condition may look at to be asked once.
_PLAIN = frozenset({"type", "event"})
_MOST_REMEMBERED = 10_000


def selector[T](conditions: Sequence[tuple[Node, T]]) -> Callable[[Mapping[str, Any]], list[T]]:
    """A function from an event to those things whose conditions it fits, in order."""
    asked = [(_Condition(node), thing) for node, thing in conditions]
    remembered: dict[Hashable, list[tuple[Condition | None, T]]] = {}

    def select(event: Mapping[str, Any]) -> list[T]:
        kind, name = event.get("type"), event.get("event")
        key = (kind, name) if type(kind) is str and (name is None or type(name) is str) else None
        found = remembered.get(key) if key is not None else None
        if found is None:
            found = [(each.rest, thing) for each, thing in asked if each.may_fit(event)]
            if key is not None:
                if len(remembered) >= _MOST_REMEMBERED:
                    remembered.clear()
                remembered[key] = found
        return [thing for rest, thing in found if rest is None or rest(event)]

    return select


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
