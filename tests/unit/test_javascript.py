"""Values as JavaScript writes and reads them."""

import math
from typing import Any

import pytest

from sluice.javascript.numbers import exact, json_of, number_of, text_of


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("a", "a"),
        (None, "null"),
        (True, "true"),
        (12.0, "12"),
        (-0.0, "0"),
        (0.1, "0.1"),
        (1e21, "1e+21"),
        (123456789012345680000.0, "123456789012345680000"),
        (1.5e-7, "1.5e-7"),
        (10**21, "1e+21"),
        (math.inf, "Infinity"),
        (math.nan, "NaN"),
        ([1, None, ["a", 2.0]], "1,,a,2"),
        ({"a": 1}, "[object Object]"),
    ],
)
def test_texts(value: Any, text: str) -> None:
    assert text_of(value) == text


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("12", 12),
        (" 12.5\n", 12.5),
        ("1e3", 1000),
        (".5", 0.5),
        ("0x1F", 31),
        ("", 0),
        ("Infinity", math.inf),
        ("1e999", math.inf),
        ("0x" + "f" * 300, math.inf),
        ("1e21", 1e21),
        ("12px", None),
        ("1_000", None),
        ("\u0661", None),
        ("9" * 500, None),
    ],
)
def test_numbers(text: str, number: float | None) -> None:
    assert number_of(text) == number


def test_a_whole_number_is_an_integer_only_as_long_as_it_fits_into_64_bits() -> None:
    assert (exact(12.0), type(exact(12.0))) == (12, int)
    assert type(exact(2.0**70)) is float
    assert type(exact(2**70)) is float
    assert math.isnan(exact(math.nan))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"a": [1, 2.0, 1e-7, None, True], "ü": {}}, '{"a":[1,2,1e-7,null,true],"ü":{}}'),
        ({"a": 'say "hi"\n', "b": 1e21, "c": math.inf}, '{"a":"say \\"hi\\"\\n","b":1e+21,"c":null}'),
        ("2.0 and 1e5", '"2.0 and 1e5"'),
        (2**70, "1.1805916207174113e+21"),
    ],
)
def test_json(value: Any, text: str) -> None:
    assert json_of(value) == text


def test_json_may_be_indented() -> None:
    assert json_of({"a": [1.0, {}], "b": []}, "  ") == '{\n  "a": [\n    1,\n    {}\n  ],\n  "b": []\n}'
