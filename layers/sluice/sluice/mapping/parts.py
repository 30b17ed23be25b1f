"""Many documents at once, for the same event: what lies beside each other in it is looked for together."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from sluice.mapping.compiler import Mapped, compile, is_constant  # noqa: A004 - what it does
from sluice.mapping.values import NOTHING, inside, keys

#: A place in events: the number of the place that it is in (-1 is the event itself), its name there, and what is
#: wanted of it, by the name below it.
type _Place[T] = tuple[int, str, Sequence[tuple[T, str]]]
#: The first that has a value of some names, each in a place.
type _Choice[T] = tuple[T, Sequence[tuple[int, str]]]
type _Names = tuple[str, ...]


def parts[T](documents: Iterable[tuple[T, Any]]) -> tuple[list[tuple[T, Any]], Callable[[Any], list[tuple[T, Any]]]]:
    """Documents without errors, each with a mark: those that are the same for every event, and a function from an
    event to the values of the others, as far as they have one. Most events have few of the places at all.

    A document may be compiled already.
    """
    constants: list[tuple[T, Any]] = []
    others: list[tuple[T, Mapped]] = []
    paths: list[tuple[T, list[_Names]]] = []
    for mark, document in documents:
        if callable(document):
            others.append((mark, document))
        elif found := _paths(document):
            paths.append((mark, found))
        elif is_constant(document):
            constants.append((mark, document))
        else:
            others.append((mark, compile(document)))
    return constants, _values(paths, others)


def _paths(document: Any) -> list[_Names]:
    """A path, or the first of several that has a value, in the way in which Segment says it; else none."""
    if not isinstance(document, dict):
        return []
    if isinstance(path := document.get("@path"), str) and (names := keys(path)):
        return [tuple(names)]
    choice = document.get("@if")
    if not isinstance(choice, dict) or "exists" not in choice or choice["exists"] != choice.get("then"):
        return []
    first, rest = _paths(choice["exists"]), _paths(choice.get("else"))
    return [*first, *rest] if len(first) == 1 and rest else []


def _values[T](
    paths: Sequence[tuple[T, Sequence[_Names]]], others: Sequence[tuple[T, Mapped]]
) -> Callable[[Any], list[tuple[T, Any]]]:
    numbers = _numbers(names[:-1] for _, several in paths for names in several)
    single = [(mark, several[0]) for mark, several in paths if len(several) == 1]
    top = _wanted((), single)
    places: list[_Place[T]] = [(numbers[names[:-1]], names[-1], _wanted(names, single)) for names in numbers if names]
    choices: list[_Choice[T]] = [
        (mark, [(numbers[names[:-1]], names[-1]) for names in several]) for mark, several in paths if len(several) > 1
    ]

    def values(event: Any) -> list[tuple[T, Any]]:
        found = _below(event, top)
        seen: list[Any] = []
        for number, name, wanted in places:
            around = event if number < 0 else seen[number]
            place = around.get(name, NOTHING) if type(around) is dict else inside(around, name)
            seen.append(place)
            if place is not NOTHING and wanted:
                found += _below(place, wanted)
        for mark, several in choices:
            value: Any = NOTHING
            for number, name in several:
                around = event if number < 0 else seen[number]
                value = around.get(name, NOTHING) if type(around) is dict else inside(around, name)
                if value is not NOTHING and value is not None:
                    break
            if value is not NOTHING:
                found.append((mark, value))
        found += [(mark, value) for mark, other in others if (value := other(event)) is not NOTHING]
        return found

    return values


def _numbers(parents: Iterable[_Names]) -> dict[_Names, int]:
    """Number the places that hold others, each after the place that holds it."""
    all_of_them = {names[:length] for names in parents for length in range(1, len(names) + 1)}
    ordered = sorted(all_of_them, key=lambda names: (len(names), names))
    return {(): -1, **{names: number for number, names in enumerate(ordered)}}


def _wanted[T](place: _Names, paths: Sequence[tuple[T, _Names]]) -> list[tuple[T, str]]:
    return [(mark, names[-1]) for mark, names in paths if names[:-1] == place]


def _below[T](place: Any, wanted: Sequence[tuple[T, str]]) -> list[tuple[T, Any]]:
    if type(place) is dict:
        return [(mark, place[name]) for mark, name in wanted if name in place]
    return [(mark, value) for mark, name in wanted if (value := inside(place, name)) is not NOTHING]
