"""Many conditions at once: those about an event's type and name alone are asked once for each type and name.

Most triggers are, and a workspace may have hundreds. There are few types and names; but clients choose them, so only so
many are remembered.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sluice.fql.compiler import Condition, compile_node, required
from sluice.fql.nodes import Both, Call, Compare, Either, Items, Node, Not, Path

#: What a condition may look at to be asked once.
_PLAIN = frozenset({"type", "event"})
_MOST_REMEMBERED = 10_000


def any_of(nodes: Sequence[Node]) -> Condition:
    """Return whether an event matches one of the conditions."""
    look = by_name(undecided(nodes))

    def fits(event: Mapping[str, Any]) -> bool:
        found = look(event)
        if isinstance(found, bool):
            return found
        for rest in found:  # noqa: SIM110 - a generator takes three times as long
            if rest(event):
                return True
        return False

    return fits


def undecided(nodes: Sequence[Node]) -> Callable[[Mapping[str, Any]], bool | Sequence[Condition]]:
    """Return a function from the type and the name of an event to whether they decide that one condition is matched.

    Where they do not decide it, it returns the conditions that are left to ask.
    """
    asked = [_Condition(node) for node in nodes]

    def left(event: Mapping[str, Any]) -> bool | Sequence[Condition]:
        rests = [each.rest for each in asked if each.may_fit(event)]
        found = [rest for rest in rests if rest is not None]
        return len(found) < len(rests) or (found or False)

    return left


def is_about_name(node: Node) -> bool:
    """Return whether a condition looks at an event's type and name alone."""
    return _names(node) <= _PLAIN


def chosen[T](conditions: Sequence[tuple[Node, T]]) -> Callable[[Mapping[str, Any]], Sequence[T]]:
    """Return a function from an event to what stands beside the conditions that it matches, in order."""
    asked = [(_Condition(node), what) for node, what in conditions]

    def left(event: Mapping[str, Any]) -> tuple[Sequence[T], Sequence[tuple[Condition | None, T]]]:
        """Return what the type and the name of an event choose; or nothing, and what is left to ask, all in order."""
        found = [(each.rest, what) for each, what in asked if each.may_fit(event)]
        return ([], found) if any(rest for rest, _ in found) else ([what for _, what in found], [])

    look = by_name(left)

    def choose(event: Mapping[str, Any]) -> Sequence[T]:
        settled, possible = look(event)
        return [what for rest, what in possible if rest is None or rest(event)] if possible else settled

    return choose


def by_name[T](decide: Callable[[Mapping[str, Any]], T]) -> Callable[[Mapping[str, Any]], T]:
    """Return `decide`, which looks at an event's type and name alone, asked once for each of them.

    Clients choose names, so only so many are remembered.
    """
    known: dict[tuple[str, str | None], T] = {}

    def look(event: Mapping[str, Any]) -> T:
        kind, name = event.get("type"), event.get("event")
        if type(kind) is not str or not (name is None or type(name) is str):
            return decide(event)
        key = kind, name
        if key in known:
            return known[key]
        if len(known) >= _MOST_REMEMBERED:
            known.clear()
        found = known[key] = decide(event)
        return found

    return look


class _Condition:
    """`rest` is what has to be asked of each event that may fit; None if its type and name say all."""

    def __init__(self, node: Node) -> None:
        self._fits = compile_node(node)
        self._needed = [(name, text) for name in _PLAIN if (text := required(node, name)) is not None]
        self._is_plain = is_about_name(node)
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
