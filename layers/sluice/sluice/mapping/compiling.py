"""A mapping document to closures; what is wrong with it is found here, with its place, and not at night."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sluice.mapping import directives
from sluice.mapping.values import NOTHING, getter_of, inside, keys

#: From an event to a value, or NOTHING. Raises UnmappableError.
type Mapped = Callable[[Any], Any]
type Place = tuple[str | int, ...]

#: Directives, objects and lists within each other.
MAX_DEPTH = 50
#: What Segment puts among the fields of a mapping: a directive over all of them, whose `mapping` they are.
ROOT = "__segment_internal_directive"


class MappingError(ValueError):
    """`mistakes` are places in the document, and what is wrong there."""

    def __init__(self, mistakes: Sequence[tuple[Place, str]]) -> None:
        super().__init__("; ".join(f"{'.'.join(map(str, place)) or 'mapping'}: {text}" for place, text in mistakes))
        self.mistakes = list(mistakes)


def compile(document: Any, is_ordered: bool = True) -> Mapped:  # noqa: A001 - what it does
    """Raises MappingError with everything that is wrong.

    `is_ordered`: the fields of the outermost object come in the order of the document; those within always do.
    """
    if found := list(mistakes(document)):
        raise MappingError(found)
    if not is_ordered and isinstance(document, dict) and not any(str(name).startswith("@") for name in document):
        return _object(document, _PLAIN, is_ordered=False)
    return _PLAIN.through(document)


def whole(fields: Mapping[str, Any], root: Any = None) -> Any:
    """The document of an action's fields, below the directive over all of them if there is one."""
    if root is None:
        return fields
    directive = root.get("@transform") if isinstance(root, dict) else None
    return {"@transform": {**(directive if isinstance(directive, dict) else {}), "mapping": fields}}


def mistakes(document: Any, place: Place = ()) -> Iterator[tuple[Place, str]]:
    """Everything that is wrong with a document, with its place."""
    if len(place) > MAX_DEPTH:
        yield place, f"more than {MAX_DEPTH} levels"
    elif isinstance(document, list):
        for index, each in enumerate(document):
            yield from mistakes(each, (*place, index))
    elif isinstance(document, dict):
        names = [name for name in document if isinstance(name, str) and name.startswith("@")]
        if not names:
            for name, each in document.items():
                yield from mistakes(each, (*place, name))
        elif len(set(document) - {"_metadata"}) > 1:
            yield place, f"a directive stands alone, but {names[0]} has company"
        elif (directive := directives.DIRECTIVES.get(names[0])) is None:
            yield place, f"there is no directive {names[0]}; there are {', '.join(sorted(directives.DIRECTIVES))}"
        else:
            yield from directive.mistakes(document[names[0]], (*place, names[0]), mistakes)


@dataclass(frozen=True, slots=True)
class _Compiler:
    """`keeps`: an object has its fields without a value too, as NOTHING, because they hide what they are put over."""

    keeps: bool = False

    def __call__(self, document: Any) -> Mapped:
        return _PLAIN.through(document)

    def keeping(self, document: Any) -> Mapped:
        return _KEEPING.through(document)

    def through(self, document: Any) -> Mapped:
        if isinstance(document, list):
            return _list(document, self)
        if not isinstance(document, dict):
            return lambda _: document
        name = next((each for each in document if isinstance(each, str) and each.startswith("@")), None)
        if name is not None:
            return directives.DIRECTIVES[name].compiled(document[name], self)
        return _keeping_object(document, self) if self.keeps else _object(document, self)


_PLAIN, _KEEPING = _Compiler(), _Compiler(keeps=True)


def _list(document: Sequence[Any], compiled: _Compiler) -> Mapped:
    if _is_constant(document):
        return lambda _: document
    items = [compiled(each) for each in document]
    return lambda event: [None if (value := item(event)) is NOTHING else value for item in items]


def _keeping_object(document: Mapping[str, Any], compiled: _Compiler) -> Mapped:
    fields = [(name, compiled(each)) for name, each in document.items()]
    return lambda event: {name: field(event) for name, field in fields}


def _object(document: Mapping[str, Any], compiled: _Compiler, is_ordered: bool = True) -> Mapped:
    """Fields whose values lie beside each other are looked up together: most events have few of the places at all."""
    if _is_constant(document):
        return lambda _: document
    groups = _beside(document, is_ordered)
    grouped = {name for _, fields in groups for name, _ in fields}
    others = [(name, compiled(each)) for name, each in document.items() if name not in grouped]

    def mapped(event: Any) -> dict[str, Any]:
        made: dict[str, Any] = {}
        for get, fields in groups:
            parent = get(event)
            if type(parent) is dict:
                for name, key in fields:
                    if key in parent:
                        made[name] = parent[key]
            elif parent is not NOTHING:
                made |= {name: value for name, key in fields if (value := inside(parent, key)) is not NOTHING}
        for name, field in others:
            value = field(event)
            if value is not NOTHING:
                made[name] = value
        return made

    return mapped


def _beside(document: Mapping[str, Any], is_ordered: bool) -> list[tuple[Mapped, list[tuple[str, str]]]]:
    """Plain paths by what they are below: a getter of that, and the field and the last name of each.

    None, if they would come in another order.
    """
    found: dict[tuple[str, ...], list[tuple[str, str]]] = {}
    for name, each in document.items():
        if isinstance(each, dict) and isinstance(each.get("@path"), str) and len(names := keys(each["@path"])) > 1:
            found.setdefault(tuple(names[:-1]), []).append((name, names[-1]))
    names = [name for fields in found.values() for name, _ in fields]
    if is_ordered and names != list(document)[: len(names)]:
        return []
    return [(getter_of(parent), fields) for parent, fields in found.items()]


def _is_constant(document: Any) -> bool:
    if isinstance(document, dict):
        return all(not str(name).startswith("@") and _is_constant(each) for name, each in document.items())
    return all(map(_is_constant, document)) if isinstance(document, list) else True
