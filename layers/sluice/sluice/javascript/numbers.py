"""Convert values as JavaScript does. Segment's code is written in it, and so vendors have been sent its forms.

https://tc39.es/ecma262/#sec-numeric-types-number-tostring, https://tc39.es/ecma262/#sec-tonumber
"""

import math
import re
from decimal import Decimal
from typing import Any

import orjson

_DECIMAL = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")
_INFINITE = frozenset({"Infinity", "+Infinity", "-Infinity"})
_PREFIXED = re.compile(r"0[xX][0-9a-fA-F]+|0[oO][0-7]+|0[bB][01]+")
#: Where orjson may have written a number as JavaScript does not: `12.0`, `1e-07`.
_OTHER_NUMBER = re.compile(r"[0-9]\.0(?![0-9])|[0-9]e", re.IGNORECASE)
#: What is longer is nobody's number.
_MAX_CHARACTERS = 400


def text_of(value: Any) -> str:
    """`String(value)` for what JSON has, except that an object is written as JSON would write an array of it."""
    if isinstance(value, str):
        return value
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value) if abs(value) < 10**21 else _exponential(float(value))
    if isinstance(value, float):
        return _float(value)
    if isinstance(value, list):
        return ",".join("" if each is None else text_of(each) for each in value)
    return "[object Object]"


def number_of(text: str) -> int | float | None:
    """`Number(text)`; None for what is not a number. A whole one is an `int` as far as JavaScript counts exactly."""
    text = text.strip()
    if not text:
        return 0
    if len(text) > _MAX_CHARACTERS:
        return None
    if _PREFIXED.fullmatch(text):
        return exact(int(text, 0))
    if text in _INFINITE:
        return float(text)
    return exact(float(text)) if _DECIMAL.fullmatch(text) else None


def exact(number: float) -> int | float:
    """Larger integers have no place in 64 bits, and JavaScript has none at all."""
    if abs(number) < 2**53:
        return int(number) if number == int(number) else number
    try:
        return float(number)
    except OverflowError:
        return math.inf if number > 0 else -math.inf


def _float(value: float) -> str:
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    if value == 0:
        return "0"
    if 1e-6 <= abs(value) < 1e21:
        return f"{Decimal(repr(value)):f}".removesuffix(".0")
    return _exponential(value)


def _exponential(value: float) -> str:
    """`1e+21`, `1.5e-7`: the shortest digits, a sign, no leading zeros."""
    sign, digits, exponent = Decimal(repr(value)).normalize().as_tuple()
    first, *rest = map(str, digits)
    power = int(exponent) + len(rest)
    fraction = f".{''.join(rest)}" if rest else ""
    return f"{'-' if sign else ''}{first}{fraction}e{power:+d}"


def json_of(value: Any, indent: str = "") -> str:
    """`JSON.stringify(value, null, indent)`."""
    if not indent:
        try:
            text = orjson.dumps(value).decode()
        except TypeError:
            text = "1e"  # an integer that orjson does not write
        if not _OTHER_NUMBER.search(text):
            return text
    return _json(value, indent, "\n" if indent else "")


def _json(value: Any, indent: str, newline: str) -> str:
    if isinstance(value, str):
        return orjson.dumps(value).decode()
    if not isinstance(value, dict | list):
        return "null" if isinstance(value, float) and not math.isfinite(value) else text_of(value)
    opening, closing = "{}" if isinstance(value, dict) else "[]"
    if not value:
        return opening + closing
    inner = newline + indent
    colon = ": " if indent else ":"
    parts = (
        [f"{_json(name, '', '')}{colon}{_json(each, indent, inner)}" for name, each in value.items()]
        if isinstance(value, dict)
        else [_json(each, indent, inner) for each in value]
    )
    return opening + inner + f",{inner}".join(parts) + newline + closing
