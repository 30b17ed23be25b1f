"""The form in which browsers run an expression: JSON, each call a list that begins with its operator.

`event = "Item Impression"` is `["=","event",{"value":"Item Impression"}]`. Read by Segment's tsub-js, which
analytics.js asks for the rules of device-mode destinations.
"""

from typing import Any

import orjson

from sluice.fql.nodes import Both, Call, Compare, Either, Items, Node, Not, Path, Value

#: What browsers know; an expression with another function is decided here alone.
KNOWN = frozenset({"contains", "match", "lowercase", "typeof", "length"})


class NoBrowserFormError(ValueError):
    """Browsers do not know this function."""


def ir(node: Node) -> str:
    """Return the form that browsers run. Raises NoBrowserFormError."""
    return orjson.dumps(_form(node)).decode()


def _form(node: Node) -> Any:
    match node:
        case Value(value):
            return {"value": value}
        case Path(names):
            return ".".join(name.replace("\\", "\\\\").replace(".", "\\.") for name in names)
        case Items(items):
            return {"value": [_constant(item) for item in items]}
        case Not(inner):
            return ["!", _form(inner)]
        case Both(nodes):
            return _nested("and", nodes)
        case Either(nodes):
            return _nested("or", nodes)
        case Compare(operator, left, right):
            return [operator, _form(left), _form(right)]
        case Call(name, arguments):
            if name not in KNOWN:
                raise NoBrowserFormError(name)
            return [name, *map(_form, arguments)]


def _nested(word: str, nodes: tuple[Node, ...]) -> Any:
    """`and` and `or` have two sides there."""
    first, *rest = nodes
    return [word, _form(first), _nested(word, tuple(rest))] if len(rest) > 1 else [word, _form(first), _form(rest[0])]


def _constant(node: Node) -> Any:
    if not isinstance(node, Value):
        raise NoBrowserFormError("a list of other than constants")
    return node.value
