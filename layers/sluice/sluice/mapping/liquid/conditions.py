"""Comparisons in conditions: as JavaScript compares, where python-liquid refuses to."""

import math
import operator
from collections.abc import Callable, Sequence
from typing import Any

from liquid import RenderContext
from liquid.builtin.expressions import BooleanExpression, logical
from liquid.builtin.expressions.primitive import Blank, Empty
from liquid.expression import Expression
from liquid.token import Token

from sluice.javascript.numbers import text_of
from sluice.mapping.liquid.values import is_same, number, plain
from sluice.mapping.values import NOTHING

type _Compare = Callable[[Any, Any], bool]


def adapt(condition: BooleanExpression, alternatives: Sequence[Any]) -> None:
    """Let the comparisons of these be ours."""
    for each in (condition, *(alternative.expression for alternative in alternatives)):
        each.expression = _adapted(each.expression)


def _adapted(expression: Expression) -> Expression:
    if isinstance(expression, logical.LogicalNotExpression):
        return _adapted_not(expression)
    if isinstance(expression, logical.LogicalAndExpression | logical.LogicalOrExpression):
        expression.left, expression.right = _adapted(expression.left), _adapted(expression.right)
        return expression
    compare = _COMPARISONS.get(type(expression))
    return _Comparison(expression.token, expression.left, expression.right, compare) if compare else expression  # type: ignore[attr-defined]


def _adapted_not(expression: logical.LogicalNotExpression) -> Expression:
    """`not` is of what is next to it, and not of all that follows."""
    inner = expression.right
    if isinstance(inner, logical.LogicalAndExpression | logical.LogicalOrExpression):
        inner.left = logical.LogicalNotExpression(expression.token, inner.left)
        return _adapted(inner)
    expression.right = _adapted(inner)
    return expression


class _Comparison(Expression):
    __slots__ = ("compare", "left", "right")

    def __init__(self, token: Token, left: Expression, right: Expression, compare: _Compare) -> None:
        super().__init__(token)
        self.left, self.right, self.compare = left, right, compare

    def evaluate(self, context: RenderContext) -> bool:
        return self.compare(_value(self.left, context), _value(self.right, context))

    def children(self) -> list[Expression]:
        return [self.left, self.right]


def _value(expression: Expression, context: RenderContext) -> Any:
    found = expression.evaluate(context)
    return found if isinstance(found, Empty | Blank) else plain(found)


def _equal(left: Any, right: Any) -> bool:
    if isinstance(left, Empty | Blank):
        return _is_empty(right, left)
    return _is_empty(left, right) if isinstance(right, Empty | Blank) else _equal_values(left, right)


def _equal_values(left: Any, right: Any) -> bool:
    if left in (None, NOTHING) and right in (None, NOTHING):
        return True
    return is_same(left, right)


def _is_empty(value: Any, to: Any) -> bool:
    """`empty` is what has no items and no letters; `blank` is that, and what has only spaces, and false."""
    if isinstance(to, Blank):
        if value is None or value is NOTHING or value is False:
            return True
        if isinstance(value, str):
            return not value.strip()
    return isinstance(value, str | list | dict) and not value


def _ordered(compare: Callable[[Any, Any], bool]) -> _Compare:
    def ordered(left: Any, right: Any) -> bool:
        """Texts by their letters, anything else by what it is as a number."""
        if isinstance(left, Empty | Blank) or isinstance(right, Empty | Blank):
            return False
        left, right = _primitive(left), _primitive(right)
        if isinstance(left, str) and isinstance(right, str):
            return compare(left, right)
        return compare(_number(left), _number(right))

    return ordered


def _primitive(value: Any) -> Any:
    return text_of(value) if isinstance(value, list | dict) else value


def _number(value: Any) -> float:
    return math.nan if value is NOTHING else number(value)


def _contains(left: Any, right: Any) -> bool:
    if isinstance(left, list):
        return any(is_same(each, right) for each in left)
    return isinstance(left, str) and ("undefined" if right is NOTHING else text_of(right)) in left


_COMPARISONS: dict[type[Expression], _Compare] = {
    logical.EqExpression: _equal,
    logical.NeExpression: lambda left, right: not _equal(left, right),
    logical.LtExpression: _ordered(operator.lt),
    logical.LeExpression: _ordered(operator.le),
    logical.GtExpression: _ordered(operator.gt),
    logical.GeExpression: _ordered(operator.ge),
    logical.ContainsExpression: _contains,
}
