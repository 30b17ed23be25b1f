"""The directives: for each, what its document may be, and the closure it becomes.

`Compile` and `Mistakes` are those of `sluice.mapping.compiling`, for the documents inside.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import orjson

from sluice.mapping import liquid, replacing, templates
from sluice.mapping.values import NOTHING, getter

type Mapped = Callable[[Any], Any]
type Place = tuple[str | int, ...]
type Compile = Callable[[Any], Mapped]
type Mistakes = Callable[[Any, Place], Iterator[tuple[Place, str]]]


@dataclass(frozen=True, slots=True)
class Directive:
    mistakes: Callable[[Any, Place, Mistakes], Iterator[tuple[Place, str]]]
    compiled: Callable[[Any, Compile], Mapped]


def _anything(document: Any, place: Place, inner: Mistakes) -> Iterator[tuple[Place, str]]:
    yield from inner(document, place)


def _text(document: Any, place: Place, _: Mistakes) -> Iterator[tuple[Place, str]]:
    if not isinstance(document, str):
        yield place, "must be a text"


def _object(
    document: Any, place: Place, inner: Mistakes, *, needs: tuple[str, ...] = (), knows: tuple[str, ...] = ()
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


def _path(document: Any, _: Compile) -> Mapped:
    return getter(document)


def _if_mistakes(document: Any, place: Place, inner: Mistakes) -> Iterator[tuple[Place, str]]:
    yield from _object(document, place, inner, knows=("exists", "blank", "then", "else"))
    if isinstance(document, dict) and not ("exists" in document) ^ ("blank" in document):
        yield place, "needs exists or blank, and not both"


def _if(document: Mapping[str, Any], compiled: Compile) -> Mapped:
    """`exists`: neither missing nor null. `blank`, in spite of its name: nor an empty text."""
    then, otherwise = (compiled(document.get(name, NOTHING)) for name in ("then", "else"))
    if "exists" in document and document["exists"] == document.get("then"):
        return lambda event: otherwise(event) if (value := then(event)) is NOTHING or value is None else value
    if "exists" in document:
        exists = compiled(document["exists"])
        return lambda event: (
            then(event) if (value := exists(event)) is not NOTHING and value is not None else otherwise(event)
        )
    filled = compiled(document["blank"])
    return lambda event: then(event) if filled(event) not in (NOTHING, None, "") else otherwise(event)


def _case_mistakes(document: Any, place: Place, inner: Mistakes) -> Iterator[tuple[Place, str]]:
    yield from _object(document, place, inner, needs=("operator",), knows=("value",))
    if isinstance(document, dict) and document.get("operator") not in ("lower", "upper"):
        yield (*place, "operator"), "must be lower or upper"


def _case(document: Mapping[str, Any], compiled: Compile) -> Mapped:
    value = compiled(document.get("value", NOTHING))
    change = str.lower if document["operator"] == "lower" else str.upper
    return lambda event: change(text) if isinstance(text := value(event), str) else text


def _array_mistakes(document: Any, place: Place, inner: Mistakes) -> Iterator[tuple[Place, str]]:
    if not isinstance(document, list) or not 1 <= len(document) <= 2:
        yield place, "must be a list of a path and the shape of its items"
        return
    if not isinstance(document[0], str):
        yield from inner(document[0], (*place, 0))
    for shape in document[1:]:
        yield from inner(shape, (*place, 1))


def _array(document: list[Any], compiled: Compile) -> Mapped:
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


def _flatten(document: Mapping[str, Any], compiled: Compile) -> Mapped:
    value, separator, keeps_lists = compiled(document["value"]), document["separator"], bool(document.get("omitArrays"))

    def flattened(event: Any) -> Any:
        found = value(event)
        if found is NOTHING:
            return {}
        flat: dict[str, Any] = {}
        _flatten_into(flat, found, "", separator, keeps_lists)
        return flat

    return flattened


def _flatten_into(flat: dict[str, Any], value: Any, prefix: str, separator: str, keeps_lists: bool) -> None:
    if isinstance(value, dict):
        entries = list(value.items())
    elif isinstance(value, list) and not keeps_lists:
        entries = [(str(index), each) for index, each in enumerate(value)]
    else:
        flat[prefix] = value
        return
    for name, each in entries:
        _flatten_into(flat, each, f"{prefix}{separator}{name}" if prefix else name, separator, keeps_lists)


def _flatten_mistakes(document: Any, place: Place, inner: Mistakes) -> Iterator[tuple[Place, str]]:
    yield from _object(document, place, inner, needs=("value", "separator"), knows=("omitArrays",))
    if isinstance(document, dict) and not (isinstance(document.get("separator"), str) and document["separator"]):
        yield (*place, "separator"), "must be a text"


def _json_mistakes(document: Any, place: Place, inner: Mistakes) -> Iterator[tuple[Place, str]]:
    yield from _object(document, place, inner, needs=("value", "mode"))
    if isinstance(document, dict) and document.get("mode") not in ("encode", "decode"):
        yield (*place, "mode"), "must be encode or decode"


def _json(document: Mapping[str, Any], compiled: Compile) -> Mapped:
    value = compiled(document["value"])

    def encode(event: Any) -> Any:
        found = value(event)
        return NOTHING if found is NOTHING else orjson.dumps(found).decode()

    def decode(event: Any) -> Any:
        found = value(event)
        if not isinstance(found, str):
            return found
        try:
            return orjson.loads(found)
        except orjson.JSONDecodeError:
            return found

    return encode if document["mode"] == "encode" else decode


def _merge_mistakes(document: Any, place: Place, inner: Mistakes) -> Iterator[tuple[Place, str]]:
    yield from _object(document, place, inner, needs=("objects", "direction"))
    if isinstance(document, dict):
        if document.get("direction") not in ("left", "right"):
            yield (*place, "direction"), "must be left or right"
        if not isinstance(document.get("objects"), list):
            yield (*place, "objects"), "must be a list"


def _merge(document: Mapping[str, Any], compiled: Compile) -> Mapped:
    """The side that `direction` names wins: `right` is the last of them."""
    objects = [compiled(each) for each in document["objects"]]
    if document["direction"] == "left":
        objects.reverse()

    def merged(event: Any) -> dict[str, Any]:
        whole: dict[str, Any] = {}
        for each in objects:
            found = each(event)
            if isinstance(found, dict):
                whole.update(found)
        return whole

    return merged


def _transform(document: Mapping[str, Any], compiled: Compile) -> Mapped:
    """`mapping` sees what `apply` made of the event, and not the event."""
    apply, mapping = compiled(document["apply"]), compiled(document["mapping"])
    return lambda event: mapping(apply(event))


def _without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _without_nulls(each) for name, each in value.items() if each is not None}
    return value


def _exclude(document: Any, compiled: Compile) -> Mapped:
    value = compiled(document)
    return lambda event: NOTHING if (found := value(event)) is None else _without_nulls(found)


DIRECTIVES: Mapping[str, Directive] = {
    "@path": Directive(_text, _path),
    "@template": Directive(_text, lambda document, _: templates.compiled(document)),
    "@literal": Directive(_anything, lambda document, compiled: compiled(document)),
    "@if": Directive(_if_mistakes, _if),
    "@case": Directive(_case_mistakes, _case),
    "@arrayPath": Directive(_array_mistakes, _array),
    "@merge": Directive(_merge_mistakes, _merge),
    "@flatten": Directive(_flatten_mistakes, _flatten),
    "@json": Directive(_json_mistakes, _json),
    "@replace": Directive(replacing.mistakes, replacing.compiled),
    "@transform": Directive(partial(_object, needs=("apply", "mapping")), _transform),
    "@excludeWhenNull": Directive(_anything, _exclude),
    "@liquid": Directive(liquid.mistakes, liquid.compiled),
}
