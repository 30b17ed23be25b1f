"""The directives: for each, what its document may be, and the closure it becomes.

`Errors` and `Compiler` are those of `sluice.mapping.compiler`, for the documents inside.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

import orjson

from sluice.javascript.numbers import json_of
from sluice.mapping import liquid, replacement, templates
from sluice.mapping.values import NOTHING, UnmappableError, entries, found_getter, getter, given, is_blank

type Mapped = Callable[[Any], Any]
type Place = tuple[str | int, ...]
type Errors = Callable[[Any, Place], Iterator[tuple[Place, str]]]


class Compiler(Protocol):
    """`through` is for what a directive passes on as its own value: that may be kept, if its own is."""

    @property
    def keeps(self) -> bool: ...
    @property
    def escape(self) -> templates.Escape | None: ...
    def __call__(self, document: Any) -> Mapped: ...
    def keeping(self, document: Any) -> Mapped: ...
    def through(self, document: Any) -> Mapped: ...


@dataclass(frozen=True, slots=True)
class Directive:
    errors: Callable[[Any, Place, Errors], Iterator[tuple[Place, str]]]
    compiled: Callable[[Any, Compiler], Mapped]


def _anything(document: Any, place: Place, inner: Errors) -> Iterator[tuple[Place, str]]:
    yield from inner(document, place)


def _text(document: Any, place: Place, inner: Errors) -> Iterator[tuple[Place, str]]:
    """A text, or a directive that gives one."""
    if _is_directive(document):
        yield from inner(document, place)
    elif not isinstance(document, str):
        yield place, "must be a text"


def _is_directive(document: Any) -> bool:
    return isinstance(document, dict) and any(str(name).startswith("@") for name in document)


def _object(
    document: Any, place: Place, inner: Errors, *, needs: tuple[str, ...] = (), knows: tuple[str, ...] = ()
) -> Iterator[tuple[Place, str]]:
    """`needs` are fields that must be there, `knows` those that may."""
    if not isinstance(document, dict):
        yield place, f"must be an object with {', '.join((*needs, *knows))}"
        return
    for name in needs:
        if name not in document:
            yield place, f"{name} is missing"
    for name, each in document.items():
        if name not in needs and name not in knows:
            yield (*place, name), "no such field here"
        else:
            yield from inner(each, (*place, name))


def _of_text(document: Any, compiled: Compiler, made: Callable[[str], Mapped], name: str) -> Mapped:
    """Apply `made` to a string, or to what a directive gives for the event."""
    if isinstance(document, str):
        return made(document)
    text = compiled(document)

    def computed(event: Any) -> Any:
        found = text(event)
        if not isinstance(found, str):
            raise UnmappableError(f"{name} needs a text, and the directive in it gives none")
        return made(found)(event)

    return computed


def _path(document: Any, compiled: Compiler) -> Mapped:
    return _of_text(document, compiled, getter if isinstance(document, str) else found_getter, "@path")


def _template(document: Any, compiled: Compiler) -> Mapped:
    made = templates.compiled if isinstance(document, str) else templates.found
    return _of_text(document, compiled, partial(made, escape=compiled.escape), "@template")


def _if_errors(document: Any, place: Place, inner: Errors) -> Iterator[tuple[Place, str]]:
    yield from _object(document, place, inner, knows=("exists", "blank", "then", "else"))
    if isinstance(document, dict) and not document.keys() & {"exists", "blank"}:
        yield place, "needs exists or blank"


def _if(document: Mapping[str, Any], compiled: Compiler) -> Mapped:
    """`exists`: neither missing nor null. `blank`, in spite of its name: that it is not blank.

    Segment takes an `else` that JavaScript counts as false, like 0, for none.
    """
    then = compiled.through(document.get("then", NOTHING))
    otherwise = compiled.through(given(document, "else"))
    if "exists" in document and document["exists"] == document.get("then"):
        return lambda event: otherwise(event) if (value := then(event)) is NOTHING or value is None else value
    if "exists" in document:
        exists = compiled(document["exists"])
        return lambda event: (
            then(event) if (value := exists(event)) is not NOTHING and value is not None else otherwise(event)
        )
    filled = compiled(document["blank"])
    return lambda event: otherwise(event) if is_blank(filled(event)) else then(event)


def _case_errors(document: Any, place: Place, inner: Errors) -> Iterator[tuple[Place, str]]:
    yield from _object(document, place, inner, needs=("operator",), knows=("value",))
    if isinstance(document, dict) and document.get("operator") not in ("lower", "upper"):
        yield (*place, "operator"), "must be lower or upper"


def _case(document: Mapping[str, Any], compiled: Compiler) -> Mapped:
    value = compiled.through(given(document, "value"))
    change = str.lower if document["operator"] == "lower" else str.upper
    return lambda event: change(text) if isinstance(text := value(event), str) else text


def _array_errors(document: Any, place: Place, inner: Errors) -> Iterator[tuple[Place, str]]:
    if not isinstance(document, list) or not 1 <= len(document) <= 2:
        yield place, "must be a list of a path and the shape of its items"
        return
    yield from _text(document[0], (*place, 0), inner)
    for shape in document[1:]:
        yield from inner(shape, (*place, 1))


def _array(document: list[Any], compiled: Compiler) -> Mapped:
    """Each item of a list in a new shape, whose paths begin at the item; one object is a list of one."""
    root = getter(document[0]) if isinstance(document[0], str) else compiled(document[0])
    if len(document) == 1 or not isinstance(document[1], dict) or not document[1]:
        return root
    shape = compiled(document[1])

    def array(event: Any) -> Any:
        found = root(event)
        if not isinstance(found, dict | list):
            return found
        return [
            None if (made := shape(item)) is NOTHING else made
            for item in (found if isinstance(found, list) else [found])
        ]

    return array


def _flatten(document: Mapping[str, Any], compiled: Compiler) -> Mapped:
    separator, keeps_lists = document["separator"], bool(document.get("omitArrays"))
    value = compiled(document["value"] if keeps_lists else _numbered(document["value"]))

    def flattened(event: Any) -> Any:
        found = value(event)
        if found is NOTHING:
            return {}
        flat: dict[str, Any] = {}
        _flatten_into(flat, found, "", separator, keeps_lists)
        return flat

    return flattened


def _numbered(document: Any) -> Any:
    """A list in a document as an object of numbers, so that what has no value is not there, instead of null."""
    if _is_directive(document) or not isinstance(document, dict | list):
        return document
    return {name: _numbered(each) for name, each in entries(document).items()}


def _flatten_into(flat: dict[str, Any], value: Any, prefix: str, separator: str, keeps_lists: bool) -> None:
    if isinstance(value, dict) or (isinstance(value, list) and not keeps_lists):
        for name, each in entries(value).items():
            _flatten_into(flat, each, f"{prefix}{separator}{name}" if prefix else name, separator, keeps_lists)
    else:
        flat[prefix] = value


def _flatten_errors(document: Any, place: Place, inner: Errors) -> Iterator[tuple[Place, str]]:
    yield from _object(document, place, inner, needs=("value", "separator"), knows=("omitArrays",))
    if isinstance(document, dict) and not (isinstance(document.get("separator"), str) and document["separator"]):
        yield (*place, "separator"), "must be a text"


def _json_errors(document: Any, place: Place, inner: Errors) -> Iterator[tuple[Place, str]]:
    yield from _object(document, place, inner, needs=("value", "mode"))
    if isinstance(document, dict) and document.get("mode") not in ("encode", "decode"):
        yield (*place, "mode"), "must be encode or decode"


def _json(document: Mapping[str, Any], compiled: Compiler) -> Mapped:
    value = compiled(document["value"])

    def encode(event: Any) -> Any:
        found = value(event)
        return NOTHING if found is NOTHING else json_of(found)

    def decode(event: Any) -> Any:
        found = value(event)
        if not isinstance(found, str):
            return found
        try:
            return orjson.loads(found)
        except orjson.JSONDecodeError:
            return found

    return encode if document["mode"] == "encode" else decode


def _merge_errors(document: Any, place: Place, inner: Errors) -> Iterator[tuple[Place, str]]:
    yield from _object(document, place, inner, needs=("objects", "direction"))
    if isinstance(document, dict):
        if document.get("direction") not in ("left", "right"):
            yield (*place, "direction"), "must be left or right"
        if not isinstance(document.get("objects"), list):
            yield (*place, "objects"), "must be a list"


def _merge(document: Mapping[str, Any], compiled: Compiler) -> Mapped:
    """The side that `direction` names wins: `right` is the last of them. It wins with a field without a value too."""
    objects = [compiled.keeping(each) for each in document["objects"]]
    if document["direction"] == "left":
        objects.reverse()

    def merged(event: Any) -> dict[str, Any]:
        whole: dict[str, Any] = {}
        for each in objects:
            whole.update(entries(each(event)))
        return whole

    if compiled.keeps:
        return merged
    return lambda event: {name: value for name, value in merged(event).items() if value is not NOTHING}


def _transform(document: Mapping[str, Any], compiled: Compiler) -> Mapped:
    """`mapping` sees what `apply` made of the event, and not the event."""
    apply, mapping = compiled(document["apply"]), compiled.through(document["mapping"])

    def transformed(event: Any) -> Any:
        if not isinstance(event, dict) and event is not NOTHING:
            raise UnmappableError("@transform needs an object, and there is another thing here")
        return mapping(apply(event or {}))

    return transformed


def _without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _without_nulls(each) for name, each in value.items() if each is not None}
    return value


def _exclude(document: Any, compiled: Compiler) -> Mapped:
    """Return the value without nulls at all levels, except in lists."""
    value, keeps = compiled.through(document), compiled.keeps

    def excluded(event: Any) -> Any:
        found = value(event)
        if keeps and isinstance(found, dict):
            return {name: NOTHING if each is None else _without_nulls(each) for name, each in found.items()}
        return NOTHING if found is None else _without_nulls(found)

    return excluded


DIRECTIVES: Mapping[str, Directive] = {
    "@path": Directive(_text, _path),
    "@template": Directive(_text, _template),
    "@literal": Directive(_anything, lambda document, compiled: compiled.through(document)),
    "@if": Directive(_if_errors, _if),
    "@case": Directive(_case_errors, _case),
    "@arrayPath": Directive(_array_errors, _array),
    "@merge": Directive(_merge_errors, _merge),
    "@flatten": Directive(_flatten_errors, _flatten),
    "@json": Directive(_json_errors, _json),
    "@replace": Directive(replacement.errors, replacement.compiled),
    "@transform": Directive(partial(_object, needs=("apply", "mapping")), _transform),
    "@excludeWhenNull": Directive(_anything, _exclude),
    "@liquid": Directive(liquid.errors, liquid.compiled),
}
