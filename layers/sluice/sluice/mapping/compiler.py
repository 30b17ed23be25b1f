"""A mapping document to closures; what is wrong with it is found here, with its place, and not at night."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sluice.mapping import directives
from sluice.mapping.templates import Escape
from sluice.mapping.values import NOTHING

#: From an event to a value, or NOTHING. Raises UnmappableError.
type Mapped = Callable[[Any], Any]
type Place = tuple[str | int, ...]

#: Directives, objects and lists within each other.
MAX_DEPTH = 50
#: What Segment puts among the fields of a mapping: a directive over all of them, whose `mapping` they are.
ROOT = "__segment_internal_directive"


class MappingError(ValueError):
    """`errors` are places in the document, and what is wrong there."""

    def __init__(self, errors: Sequence[tuple[Place, str]]) -> None:
        super().__init__("; ".join(f"{'.'.join(map(str, place)) or 'mapping'}: {text}" for place, text in errors))
        self.errors = list(errors)


def compile(document: Any, escape: Escape | None = None) -> Mapped:  # noqa: A001 - what it does
    """Compile a mapping, with `escape` for values in templates. Raises MappingError with everything that is wrong."""
    if found := list(errors(document)):
        raise MappingError(found)
    return _Compiler(escape=escape).through(document)


def whole(fields: Mapping[str, Any], root: Any = None) -> Any:
    """The document of an action's fields, below the directive over all of them if there is one."""
    if root is None:
        return fields
    directive = root.get("@transform") if isinstance(root, dict) else None
    return {"@transform": {**(directive if isinstance(directive, dict) else {}), "mapping": fields}}


def errors(document: Any, place: Place = ()) -> Iterator[tuple[Place, str]]:
    """Everything that is wrong with a document, with its place."""
    if len(place) > MAX_DEPTH:
        yield place, f"more than {MAX_DEPTH} levels"
    elif isinstance(document, list):
        for index, each in enumerate(document):
            yield from errors(each, (*place, index))
    elif isinstance(document, dict):
        names = [name for name in document if isinstance(name, str) and name.startswith("@")]
        if not names:
            for name, each in document.items():
                yield from errors(each, (*place, name))
        elif len(set(document) - {"_metadata"}) > 1:
            yield place, f"a directive stands alone, but {names[0]} has company"
        elif (directive := directives.DIRECTIVES.get(names[0])) is None:
            yield place, f"there is no directive {names[0]}; there are {', '.join(sorted(directives.DIRECTIVES))}"
        else:
            yield from directive.errors(document[names[0]], (*place, names[0]), errors)


@dataclass(frozen=True, slots=True)
class _Compiler:
    """`keeps`: an object has its fields without a value too, as NOTHING, because they hide what they are put over.

    `escape` is for values in templates.
    """

    keeps: bool = False
    escape: Escape | None = None

    def __call__(self, document: Any) -> Mapped:
        return _Compiler(escape=self.escape).through(document)

    def keeping(self, document: Any) -> Mapped:
        return _Compiler(keeps=True, escape=self.escape).through(document)

    def through(self, document: Any) -> Mapped:
        if isinstance(document, list):
            return _list(document, self)
        if not isinstance(document, dict):
            return lambda _: document
        name = next((each for each in document if isinstance(each, str) and each.startswith("@")), None)
        if name is not None:
            return directives.DIRECTIVES[name].compiled(document[name], self)
        return _keeping_object(document, self) if self.keeps else _object(document, self)


def _list(document: Sequence[Any], compiled: _Compiler) -> Mapped:
    if is_constant(document):
        return lambda _: document
    items = [compiled(each) for each in document]
    return lambda event: [None if (value := item(event)) is NOTHING else value for item in items]


def _keeping_object(document: Mapping[str, Any], compiled: _Compiler) -> Mapped:
    fields = [(name, compiled(each)) for name, each in document.items()]
    return lambda event: {name: field(event) for name, field in fields}


def _object(document: Mapping[str, Any], compiled: _Compiler) -> Mapped:
    """Compile an object. Its fields keep the order of the document."""
    if is_constant(document):
        return lambda _: document
    fields = [(name, compiled(each)) for name, each in document.items()]
    return lambda event: {name: value for name, field in fields if (value := field(event)) is not NOTHING}


def is_constant(document: Any) -> bool:
    if isinstance(document, dict):
        return all(not str(name).startswith("@") and is_constant(each) for name, each in document.items())
    return all(map(is_constant, document)) if isinstance(document, list) else True
