"""Tokens to a tree, by recursive descent.

either  := both ('or' both)*
both    := not ('and' not)*
not     := '!' not | compare
compare := value (('=' | '!=' | '<' | '<=' | '>' | '>=' | 'in') value)?
value   := text | number | 'true' | 'false' | 'null' | '[' value, … ']' | name '(' value, … ')' | path | '(' either ')'
"""

from collections.abc import Callable

from sluice.fql.lexer import FqlError, Token, tokens
from sluice.fql.nodes import Both, Call, Compare, Comparison, Either, Items, Node, Not, Path, Value

__all__ = ["FqlError", "parse"]

#: How many arguments each function takes.
FUNCTIONS = {
    "contains": 2, "match": 2, "length": 1, "lowercase": 1, "uppercase": 1, "snakecase": 1, "kebabcase": 1,
    "titlecase": 1, "typeof": 1, "bool": 1, "string": 1, "number": 1,
}  # fmt: skip
_COMPARISONS: dict[str, Comparison] = {each: each for each in ("=", "!=", "<", "<=", ">", ">=")}
_CONSTANTS: dict[str, bool | None] = {"true": True, "false": False, "null": None}
_WORDS = frozenset({"and", "or", "in", "not"})
#: Parentheses, brackets and negations within each other.
MAX_DEPTH = 50


def parse(text: str) -> Node:
    """Parse an expression. Raises FqlError."""
    return _Parser(text).whole()


class _Parser:
    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = list(tokens(text))
        self._at = 0
        self._depth = 0

    def whole(self) -> Node:
        if len(self._tokens) == 1:
            raise self._error("nothing to decide by")
        if len(self._tokens) == 2 and self._now.value == ("all",):
            return Value(True)
        node = self._either()
        if self._now.kind != "end":
            raise self._error(f"unexpected {_shown(self._now)}")
        return node

    @property
    def _now(self) -> Token:
        return self._tokens[self._at]

    def _error(self, problem: str) -> FqlError:
        return FqlError(problem, self._text, self._now.position)

    def _take(self) -> Token:
        token = self._now
        self._at += 1
        return token

    def _is_word(self, *words: str) -> bool:
        value = self._now.value
        return self._now.kind == "path" and isinstance(value, tuple) and len(value) == 1 and value[0] in words

    def _is_operator(self, *operators: str) -> bool:
        return self._now.kind == "operator" and self._now.value in operators

    def _either(self) -> Node:
        nodes = self._chain("or", self._both)
        return nodes[0] if len(nodes) == 1 else Either(tuple(nodes))

    def _both(self) -> Node:
        nodes = self._chain("and", self._not)
        return nodes[0] if len(nodes) == 1 else Both(tuple(nodes))

    def _chain(self, word: str, inner: Callable[[], Node]) -> list[Node]:
        nodes = [inner()]
        while self._is_word(word):
            self._take()
            nodes.append(inner())
        return nodes

    def _not(self) -> Node:
        if self._is_operator("!") or self._is_word("not"):
            self._take()
            return Not(self._deeper(self._not))
        return self._compare()

    def _compare(self) -> Node:
        left = self._value()
        if self._is_word("in"):
            self._take()
            return Compare("in", left, self._value())
        if self._now.kind == "operator" and isinstance(self._now.value, str) and self._now.value in _COMPARISONS:
            operator = _COMPARISONS[self._now.value]
            self._take()
            return Compare(operator, left, self._value())
        return left

    def _value(self) -> Node:
        if self._is_operator("("):
            self._take()
            node = self._deeper(self._either)
            self._close(")")
            return node
        if self._is_operator("["):
            self._take()
            return Items(self._deeper(lambda: self._list("]")))
        token = self._now
        if token.kind in ("text", "number") and not isinstance(token.value, tuple):
            self._take()
            return Value(token.value)
        if token.kind == "path" and isinstance(token.value, tuple) and not self._is_word(*_WORDS):
            self._take()
            return self._named(token, token.value)
        raise self._error("something is missing" if token.kind == "end" else f"unexpected {_shown(token)}")

    def _named(self, token: Token, names: tuple[str, ...]) -> Node:
        if len(names) == 1 and self._is_operator("("):
            if names[0] not in FUNCTIONS:
                raise FqlError(f"there is no function {names[0]!r}", self._text, token.position)
            self._take()
            arguments = self._deeper(lambda: self._list(")"))
            if len(arguments) != FUNCTIONS[names[0]]:
                problem = f"{names[0]} takes {FUNCTIONS[names[0]]} arguments, not {len(arguments)},"
                raise FqlError(problem, self._text, token.position)
            return Call(names[0], arguments)
        if len(names) == 1 and names[0] in _CONSTANTS:
            return Value(_CONSTANTS[names[0]])
        return Path(names)

    def _list(self, end: str) -> tuple[Node, ...]:
        items: list[Node] = []
        while not self._is_operator(end):
            if items:
                self._close(",")
            items.append(self._value())
        self._take()
        return tuple(items)

    def _close(self, operator: str) -> None:
        if not self._is_operator(operator):
            raise self._error(f"expected {operator!r}")
        self._take()

    def _deeper[T](self, inner: Callable[[], T]) -> T:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise self._error(f"more than {MAX_DEPTH} levels")
        found = inner()
        self._depth -= 1
        return found


def _shown(token: Token) -> str:
    if isinstance(token.value, tuple):
        return repr(".".join(token.value))
    return "the end" if token.kind == "end" else repr(token.value)
