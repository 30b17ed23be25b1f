"""The nodes of a parsed expression."""

from dataclasses import dataclass
from typing import Literal as OneOf

type Comparison = OneOf["=", "!=", "<", "<=", ">", ">=", "in"]
type Node = Value | Path | Items | Call | Not | Both | Either | Compare


@dataclass(frozen=True, slots=True)
class Value:
    """A text, a number, true, false or null, as it stands there."""

    value: str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class Path:
    """`properties.product\\ 1.price`: its names, without escapes."""

    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Items:
    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Call:
    name: str
    arguments: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Not:
    node: Node


@dataclass(frozen=True, slots=True)
class Both:
    """All of them: `a and b and c`."""

    nodes: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Either:
    """Any of them: `a or b or c`."""

    nodes: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Compare:
    operator: Comparison
    left: Node
    right: Node
