"""Filters of numbers. All are floating-point, as JavaScript's are."""

import math
from collections.abc import Callable, Mapping
from typing import Any

from sluice.javascript.numbers import text_of
from sluice.mapping.liquid.values import ABSENT, amount, number

_LARGEST_INTEGER = 2**53 - 1


def _argument(value: Any) -> float:
    """Zero for a variable that is missing, and no number where there is no variable."""
    return math.nan if value is ABSENT else amount(value)


def _of_two(function: Callable[[float, float], float]) -> Callable[..., float]:
    def counted(left: Any, right: Any = ABSENT) -> float:
        return function(amount(left), _argument(right))

    return counted


def _divided(left: float, right: float) -> float:
    if right:
        return left / right
    if not left or math.isnan(left) or math.isnan(right):
        return math.nan
    return math.copysign(math.inf, left) * math.copysign(1, right)


def divided_by(left: Any, right: Any = ABSENT, is_whole: Any = False) -> float:
    quotient = _divided(amount(left), _argument(right))
    return _floor(quotient) if amount(is_whole) else quotient


def _modulo(left: float, right: float) -> float:
    """Return the remainder with the sign of the divisor."""
    if not right or math.isinf(left):
        return math.nan
    return math.fmod(math.fmod(left, right) + right, right)


def _floor(value: float) -> float:
    return float(math.floor(value)) if math.isfinite(value) else value


def _ceil(value: float) -> float:
    return float(math.ceil(value)) if math.isfinite(value) else value


def _shifted(value: float, digits: int) -> float:
    """Shift the decimal point, without the error of a multiplication."""
    mantissa, _, power = text_of(value).partition("e")
    return float(f"{mantissa}e{int(power or 0) + digits}")


def rounded(left: Any, digits: Any = 0) -> float:
    """Halves away from zero."""
    value, places = amount(left), int(amount(digits))
    if not math.isfinite(value) or abs(places) > 300:
        return value
    scaled = _shifted(abs(value), places)
    if scaled > _LARGEST_INTEGER:
        return value
    return math.copysign(_shifted(math.floor(scaled + 0.5), -places), value)


def _larger(left: float, right: float) -> float:
    return left if math.isnan(right) else max(left, right)


def _smaller(left: float, right: float) -> float:
    return left if math.isnan(right) else min(left, right)


FILTERS: Mapping[str, Callable[..., Any]] = {
    "abs": lambda left: abs(amount(left)),
    "at_least": _of_two(_larger),
    "at_most": _of_two(_smaller),
    "ceil": lambda left: _ceil(amount(left)),
    "divided_by": divided_by,
    "floor": lambda left: _floor(amount(left)),
    "minus": _of_two(lambda left, right: left - right),
    "modulo": _of_two(_modulo),
    "plus": _of_two(lambda left, right: left + right),
    "round": rounded,
    "times": _of_two(lambda left, right: left * right),
    "to_integer": number,
}
