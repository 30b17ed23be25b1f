"""Many documents at once, for the same event: what lies beside each other in it is looked for together."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sluice.mapping.compiler import Mapped, compile, is_constant  # noqa: A004 - what it does
from sluice.mapping.values import NOTHING, inside, keys

type Names = tuple[str, ...]
#: A place in events: the number of the place that it is in (-1 is the event itself), its name there, and what is
#: wanted of it, by the name below it.
type _Place[T] = tuple[int, str, Sequence[tuple[T, str]]]
#: The first that has a value of some names, each in a place.
type _Choice[T] = tuple[T, Sequence[tuple[int, str]]]


@dataclass(frozen=True, slots=True)
class Parts[T]:
    """Documents without errors, each with a mark.

    `constants` are the same for every event, `paths` the first of several places that has a value, `others` the rest.
    """

    constants: Sequence[tuple[T, Any]]
    paths: Sequence[tuple[T, Sequence[Names]]]
    others: Sequence[tuple[T, Mapped]]


def parts[T](documents: Iterable[tuple[T, Any]]) -> Parts[T]:
    """Return documents by what has to be done for them. A document may be compiled already."""
    constants: list[tuple[T, Any]] = []
    others: list[tuple[T, Mapped]] = []
    paths: list[tuple[T, list[Names]]] = []
    for mark, document in documents:
        if callable(document):
            others.append((mark, document))
        elif found := _paths(document):
            paths.append((mark, found))
        elif is_constant(document):
            constants.append((mark, document))
        else:
            others.append((mark, compile(document)))
    return Parts(constants, paths, others)


def _paths(document: Any) -> list[Names]:
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


def values_of[T](of: Parts[T]) -> Callable[[Any], list[tuple[T, Any]]]:
    """Return a function from an event to the values of all but the constants, as far as they have one.

    Most events have few of the places at all.
    """
    numbers = {names: number for number, names in enumerate(places(of), -1)}
    single = [(mark, several[0]) for mark, several in of.paths if len(several) == 1]
    top = wanted((), single)
    below: list[_Place[T]] = [(numbers[names[:-1]], names[-1], wanted(names, single)) for names in numbers if names]
    choices: list[_Choice[T]] = [
        (mark, [(numbers[names[:-1]], names[-1]) for names in several]) for mark, several in of.paths if several[1:]
    ]
    others = of.others

    def found_in(event: Any) -> list[tuple[T, Any]]:
        found = _below(event, top)
        seen: list[Any] = []
        for number, name, of_it in below:
            around = event if number < 0 else seen[number]
            place = around.get(name, NOTHING) if type(around) is dict else inside(around, name)
            seen.append(place)
            if place is not NOTHING and of_it:
                found += _below(place, of_it)
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

    return found_in


def places[T](of: Parts[T]) -> list[Names]:
    """Return the places that hold what is wanted, each after the place that holds it; the first is the event."""
    parents = {names[:-1] for _, several in of.paths for names in several}
    return sorted({(), *(names[:length] for names in parents for length in range(1, len(names) + 1))})


def wanted[T](place: Names, paths: Iterable[tuple[T, Names]]) -> list[tuple[T, str]]:
    """Return what is wanted directly below a place."""
    return [(mark, names[-1]) for mark, names in paths if names[:-1] == place]


def _below[T](place: Any, of_it: Sequence[tuple[T, str]]) -> list[tuple[T, Any]]:
    if type(place) is dict:
        return [(mark, place[name]) for mark, name in of_it if name in place]
    return [(mark, value) for mark, name in of_it if (value := inside(place, name)) is not NOTHING]
