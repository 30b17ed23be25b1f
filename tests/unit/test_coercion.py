"""Values, times and forms: made to fit what a field and a vendor want, or left out."""

from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sluice.delivery.coercion import fitting
from sluice.delivery.payload import payload_of
from sluice.delivery.slots import MissingField
from sluice.destinations.field import Field, datetime, integer, number, obj, path, string
from sluice.destinations.payloads import form
from sluice.destinations.times import first_moment
from sluice.mapping import NOTHING


@pytest.mark.parametrize(
    ("field", "value", "fitted"),
    [
        (string(""), 12.0, "12"),
        (string(""), True, "true"),
        (string(""), ["x"], "x"),
        (string(""), {}, NOTHING),
        (string(""), None, NOTHING),
        (string("", nullable=True), None, None),
        (string("", choices=("a",)), "b", NOTHING),
        (number(""), "12.5", 12.5),
        (number(""), "x", NOTHING),
        (number(""), True, 1),
        (integer(""), "7", 7),
        (integer(""), 7.5, NOTHING),
        (integer(""), 7.0, 7),
        (obj(""), [{"a": 1}], {"a": 1}),
        (obj(""), "x", NOTHING),
        (obj("", properties={"a": integer("")}), {"a": "1", "b": 2}, {"a": 1}),
        (obj("", properties={"a": integer("")}, open=True), {"a": "x", "b": 2}, {"b": 2}),
        (string("", multiple=True), "x", ["x"]),
        (obj("", multiple=True, properties={}, open=True), [{"a": 1}, 5], [{"a": 1}]),
        (datetime(""), "1768474960", "1768474960"),
        (datetime(""), 1768474960, 1768474960),
        (datetime(""), True, NOTHING),
        (datetime(""), ["1768474960"], 1768474960),
        (datetime(""), [1768474960], "1768474960"),
        (datetime(""), ["2026-01-15"], NOTHING),
        (datetime(""), [None], NOTHING),
    ],
)
def test_values_are_made_to_fit_or_left_out(field: Field, value: Any, fitted: Any) -> None:
    assert fitting(field)(value) == fitted


@given(st.text(), st.text())
def test_a_form_is_what_the_standard_library_makes_of_it(name: str, value: str) -> None:
    assert form(**{name: value}).decode() == urlencode({name: value})


def test_the_time_of_an_event_is_the_first_that_is_a_date() -> None:
    assert first_moment(None, "soon", "2026-01-05T15:04:05.678Z", 1) == 1767625445678
    assert first_moment("", 1767625445678) == 1767625445678
    assert first_moment(None, {}, "soon") is None


def test_an_empty_text_counts_as_absent() -> None:
    fields = {"a": string("", required=True)}
    assert payload_of(fields, {"a": path("$.x")})({"x": ""}) == MissingField("a")
    assert payload_of(fields, {"a": path("$.x")})({"x": "1"}) == {"a": "1"}
