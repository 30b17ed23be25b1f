"""A tree to closures, so that an event costs a few calls. Missing values are null; nothing raises."""

import re
from collections.abc import Callable, Mapping, Sequence
from operator import ge, gt, le, lt
from typing import Any

import orjson

from sluice.fql.glob import glob
from sluice.fql.nodes import Both, Call, Compare, Either, Items, Node, Not, Path, Value
from sluice.javascript.numbers import number_of, text_of

type Condition = Callable[[Mapping[str, Any]], bool]
type Reader = Callable[[Mapping[str, Any]], Any]


#: What comparing values that are too deep, or of no use, may raise.
_BREAKS = (TypeError, ValueError, RecursionError)


class UndecidableError(Exception):
    """The expression breaks on this event, which is deeper than what can be compared."""


def strict_node(node: Node) -> Condition:
    """Return whether an expression's value is `true`: a string or a number decides nothing.

    Raises UndecidableError.
    """
    read = _reader(node)

    def fits(event: Mapping[str, Any]) -> bool:
        try:
            return read(event) is True
        except _BREAKS as error:
            raise UndecidableError from error

    return fits


def compile_node(node: Node) -> Condition:
    """The same, and what cannot be decided does not fit."""
    read = _reader(node)

    def fits(event: Mapping[str, Any]) -> bool:
        try:
            return read(event) is True
        except _BREAKS:
            return False

    return fits


def _reader(node: Node) -> Reader:
    match node:
        case Value(value):
            return lambda _: value
        case Path(names):
            return _path(names)
        case Items(items):
            readers = [_reader(item) for item in items]
            return lambda event: [read(event) for read in readers]
        case Not(inner):
            negated = _reader(inner)
            return lambda event: negated(event) is not True
        case Both(nodes):
            return _both([_reader(each) for each in nodes])
        case Either(nodes):
            return _either([_reader(each) for each in nodes])
        case Call(name, arguments):
            return _call(name, arguments)
        case Compare(operator, left, right):
            return _compare(operator, left, right)


def _path(names: Sequence[str]) -> Reader:
    first, *rest = names
    if not rest:
        return lambda event: event.get(first)

    def read(event: Mapping[str, Any]) -> Any:
        value = event.get(first)
        for name in rest:
            if not isinstance(value, dict):
                return None
            value = value.get(name)
        return value

    return read


def _both(readers: Sequence[Reader]) -> Reader:
    if len(readers) == 2:
        first, second = readers
        return lambda event: first(event) is True and second(event) is True
    return lambda event: all(read(event) is True for read in readers)


def _either(readers: Sequence[Reader]) -> Reader:
    return lambda event: any(read(event) is True for read in readers)


def _compare(operator: str, left: Node, right: Node) -> Reader:
    first = _reader(left)
    if operator in ("=", "!=") and isinstance(right, Value) and isinstance(right.value, str):
        text = right.value  # by far the most frequent: no value of another type equals a text
        return (lambda event: first(event) == text) if operator == "=" else (lambda event: first(event) != text)
    second = _reader(right)
    match operator:
        case "=":
            return lambda event: _same(first(event), second(event))
        case "!=":
            return lambda event: not _same(first(event), second(event))
        case "in":
            if (texts := _texts(right)) is not None:
                return lambda event: isinstance(text := first(event), str) and text in texts
            return lambda event: _among(first(event), second(event))
    is_ordered = _ORDERS[operator]
    if isinstance(right, Value) and _is_number(limit := right.value):
        return lambda event: _is_number(a := first(event)) and is_ordered(a, limit)
    return lambda event: _is_number(a := first(event)) and _is_number(b := second(event)) and is_ordered(a, b)


_ORDERS: dict[str, Callable[[Any, Any], bool]] = {"<": lt, "<=": le, ">": gt, ">=": ge}


def _texts(node: Node) -> frozenset[str] | None:
    """Compile membership in a list of strings alone."""
    if not isinstance(node, Items) or not all(
        isinstance(each, Value) and isinstance(each.value, str) for each in node.items
    ):
        return None
    return frozenset(str(each.value) for each in node.items if isinstance(each, Value))


def required(node: Node, name: str) -> str | None:
    """The text that the field `name` must be, if the expression says plainly `name = "…"`, alone or with `and`."""
    for each in node.nodes if isinstance(node, Both) else (node,):
        match each:
            case Compare("=", Path((path,)), Value(str() as text)) if path == name:
                return text
    return None


def _same(a: Any, b: Any) -> bool:
    """Type and value; lists and objects as they are written, so that order counts."""
    if isinstance(a, list | dict) and isinstance(b, list | dict):
        return orjson.dumps(a) == orjson.dumps(b)
    if isinstance(a, bool) or isinstance(b, bool):
        return a is b
    return bool(a == b)


def _among(value: Any, values: Any) -> bool:
    return isinstance(values, list) and any(_same(value, each) for each in values)


def _is_number(value: Any) -> bool:
    return type(value) is int or type(value) is float  # true and false are integers too


def _call(name: str, arguments: Sequence[Node]) -> Reader:
    first = _reader(arguments[0])
    if name == "match":
        return _match(first, arguments[1])
    if name == "contains":
        second = _reader(arguments[1])
        return lambda event: _contains(first(event), second(event))
    function = _FUNCTIONS[name]
    return lambda event: function(first(event))


def _match(first: Reader, pattern: Node) -> Reader:
    if isinstance(pattern, Value) and isinstance(pattern.value, str):
        fits = glob(pattern.value)
        return lambda event: isinstance(text := first(event), str) and fits(text)
    second = _reader(pattern)
    return lambda event: (
        isinstance(text := first(event), str) and isinstance(other := second(event), str) and glob(other)(text)
    )


def _contains(text: Any, part: Any) -> bool:
    return isinstance(text, str) and isinstance(part, str) and part in text


def _length(value: Any) -> int | None:
    """Bytes of a text, items of a list, 0 of null."""
    if value is None:
        return 0
    if isinstance(value, str):
        return len(value.encode("utf-8", "surrogatepass"))
    return len(value) if isinstance(value, list) else None


def _typeof(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "bool"
    for kind, name in ((str, "string"), (list, "list"), (dict, "object")):
        if isinstance(value, kind):
            return name
    return "number"


_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[^\W_A-Z]+|\d+")


def _worded(join: str, change: Callable[[str], str]) -> Callable[[Any], Any]:
    def case(value: Any) -> Any:
        if not isinstance(value, str):
            return None
        return join.join(change(word) for word in _WORD.findall(value))

    return case


def _bool(value: Any) -> bool | None:
    if isinstance(value, bool):
        return value
    if isinstance(value, str):
        return {"true": True, "false": False}.get(value.lower())
    return value != 0 if _is_number(value) else None


def _string(value: Any) -> str | None:
    if value is None:
        return None
    return orjson.dumps(value).decode() if isinstance(value, list | dict) else text_of(value)


def _number(value: Any) -> int | float | None:
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, str):
        return number_of(value) if value.strip() else None
    return value if isinstance(value, int | float) else None


_FUNCTIONS: dict[str, Callable[[Any], Any]] = {
    "length": _length,
    "lowercase": lambda value: value.lower() if isinstance(value, str) else None,
    "uppercase": lambda value: value.upper() if isinstance(value, str) else None,
    "snakecase": _worded("_", str.lower),
    "kebabcase": _worded("-", str.lower),
    "titlecase": _worded(" ", str.capitalize),
    "typeof": _typeof,
    "bool": _bool,
    "string": _string,
    "number": _number,
}
