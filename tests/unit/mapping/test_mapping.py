"""Mappings: what each directive gives, and what is found wrong before anything runs."""

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sluice import mapping
from sluice.mapping import NOTHING, MappingError, UnmappableError

EVENT: dict[str, Any] = {
    "type": "track",
    "event": "Order Completed",
    "userId": "u1",
    "messageId": "m1",
    "properties": {
        "total": 12.5,
        "whole": 12.0,
        "empty": "",
        "nothing": None,
        "no": False,
        "zero": 0,
        "hollow": [[None]],
        "which": "one.sku",
        "a b": {"c.d": 1},
        "products": [{"sku": "s1", "price": 1}, {"sku": "s2"}],
        "one": {"sku": "s3"},
        "json": '{"a":[1,2]}',
        "nested": {"x": {"y": 1, "list": [1, {"z": 2}]}, "n": None},
    },
    "traits": {},
}
PROPERTIES = EVENT["properties"]


@pytest.mark.parametrize(
    ("document", "value"),
    [
        ("plain", "plain"),
        (5, 5),
        ([1, {"@path": "$.userId"}, {"@path": "$.missing"}], [1, "u1", None]),
        ({"a": {"@path": "$.userId"}, "b": {"@path": "$.missing"}}, {"a": "u1"}),
        ({"@path": "$.properties.total"}, 12.5),
        ({"@path": "properties.total"}, 12.5),
        ({"@path": "$."}, EVENT),
        ({"@path": "$.properties.missing"}, NOTHING),
        ({"@path": "$.properties.nothing"}, None),
        ({"@path": "$.properties.nothing.deeper"}, None),
        ({"@path": "$.properties.missing.deeper"}, NOTHING),
        ({"@path": "$.properties['a b']"}, {"c.d": 1}),
        ({"@path": '$.properties["a b"]'}, {"c.d": 1}),
        ({"@path": "$.properties.products[1].sku"}, "s2"),
        ({"@path": "$.properties.products.0.sku"}, "s1"),
        ({"@path": "$.properties.products[7].sku"}, NOTHING),
        ({"@path": "$.properties.products.length"}, 2),
        ({"@path": "$.event.total"}, NOTHING),
        (
            {"@template": "Viewed {{event}}, {{ properties.total }} of {{properties.whole}}"},
            "Viewed Order Completed, 12.5 of 12",
        ),
        ({"@template": "{{{event}}} {{missing}}{{properties.nothing}}{{properties.no}}"}, "Order Completed false"),
        ({"@template": "none"}, "none"),
        ({"@literal": {"@path": "$.userId"}}, "u1"),
        ({"@literal": True}, True),
        ({"@if": {"exists": {"@path": "$.userId"}, "then": 1, "else": 2}}, 1),
        ({"@if": {"exists": {"@path": "$.properties.nothing"}, "then": 1, "else": 2}}, 2),
        ({"@if": {"exists": {"@path": "$.properties.empty"}, "then": 1, "else": 2}}, 1),
        ({"@if": {"blank": {"@path": "$.properties.empty"}, "then": 1, "else": 2}}, 2),
        ({"@if": {"exists": {"@path": "$.missing"}, "then": 1}}, NOTHING),
        ({"@case": {"operator": "lower", "value": {"@path": "$.event"}}}, "order completed"),
        ({"@case": {"operator": "upper", "value": {"@path": "$.properties.total"}}}, 12.5),
        (
            {"@arrayPath": ["$.properties.products", {"id": {"@path": "$.sku"}, "at": {"@path": "$.price"}}]},
            [{"id": "s1", "at": 1}, {"id": "s2"}],
        ),
        ({"@arrayPath": ["$.properties.one", {"id": {"@path": "$.sku"}}]}, [{"id": "s3"}]),
        ({"@arrayPath": ["$.properties.missing", {"id": {"@path": "$.sku"}}]}, NOTHING),
        ({"@arrayPath": ["$.properties.products"]}, PROPERTIES["products"]),
        ({"@merge": {"objects": [{"a": 1, "b": 1}, {"b": 2}], "direction": "right"}}, {"a": 1, "b": 2}),
        (
            {"@merge": {"objects": [{"a": 1, "b": 1}, {"@path": "$.missing"}, {"b": 2}], "direction": "left"}},
            {"a": 1, "b": 1},
        ),
        (
            {"@flatten": {"value": {"@path": "$.properties.nested"}, "separator": "."}},
            {"x.y": 1, "x.list.0": 1, "x.list.1.z": 2, "n": None},
        ),
        (
            {"@flatten": {"value": {"@path": "$.properties.nested"}, "separator": "_", "omitArrays": True}},
            {"x_y": 1, "x_list": [1, {"z": 2}], "n": None},
        ),
        ({"@json": {"value": {"@path": "$.properties.one"}, "mode": "encode"}}, '{"sku":"s3"}'),
        ({"@json": {"value": {"@path": "$.properties.json"}, "mode": "decode"}}, {"a": [1, 2]}),
        ({"@json": {"value": {"@path": "$.event"}, "mode": "decode"}}, "Order Completed"),
        ({"@replace": {"pattern": " ", "replacement": "_", "value": {"@path": "$.event"}}}, "Order_Completed"),
        (
            {"@replace": {"pattern": "O", "replacement": "", "ignorecase": True, "value": {"@path": "$.event"}}},
            "rder Cmpleted",
        ),
        (
            {"@replace": {"pattern": "e", "replacement": "E", "global": False, "value": {"@path": "$.event"}}},
            "OrdEr Completed",
        ),
        (
            {
                "@replace": {
                    "pattern": ".",
                    "replacement": ",",
                    "pattern2": "5",
                    "value": {"@path": "$.properties.total"},
                }
            },
            "12,",
        ),
        ({"@replace": {"pattern": ".", "value": {"@path": "$.missing"}}}, ""),
        (
            {
                "@transform": {
                    "apply": {"name": {"@path": "$.event"}},
                    "mapping": {"n": {"@path": "$.name"}, "u": {"@path": "$.userId"}},
                }
            },
            {"n": "Order Completed"},
        ),
        ({"@excludeWhenNull": {"@path": "$.properties.nothing"}}, NOTHING),
        ({"@excludeWhenNull": {"@path": "$.properties.nested"}}, {"x": PROPERTIES["nested"]["x"]}),
        (
            {"@liquid": "{{ event | upcase }} {% if properties.total > 10 %}big{% endif %} {{properties.whole}}"},
            "ORDER COMPLETED big 12",
        ),
        ({"@path": "$.userId", "_metadata": {"silent": True}}, "u1"),
        ({"@path": {"@template": "$.properties.{{properties.which}}"}}, "s3"),
        ({"@template": {"@literal": "{{userId}}"}}, "u1"),
        ({"@path": "$.properties.products[00].sku"}, NOTHING),
        ({"@if": {"blank": {"@path": "$.properties.zero"}, "then": 1, "else": 2}}, 2),
        ({"@if": {"blank": {"@path": "$.properties.no"}, "then": 1, "else": 2}}, 2),
        ({"@if": {"blank": {"@path": "$.properties.hollow"}, "then": 1, "else": 2}}, 2),
        ({"@if": {"blank": {"@path": "$.traits"}, "then": 1, "else": 2}}, 1),
        ({"@if": {"exists": {"@path": "$.missing"}, "then": 1, "else": 0}}, NOTHING),
        ({"@if": {"exists": {"@path": "$.missing"}, "then": 1, "else": []}}, []),
        (
            {"@replace": {"pattern": "O", "replacement": "$$[$&]$1", "value": {"@path": "$.event"}}},
            "$[O]$1rder Completed",
        ),
        ({"@replace": {"pattern": "r", "replacement": "", "value": ""}}, NOTHING),
        (
            {"@json": {"value": {"a": {"@path": "$.properties.whole"}, "b": 1e-7, "c": []}, "mode": "encode"}},
            '{"a":12,"b":1e-7,"c":[]}',
        ),
        ({"@json": {"value": {"@path": "$.missing"}, "mode": "encode"}}, NOTHING),
        (
            {"@merge": {"objects": [{"a": 1, "b": 2}, {"a": {"@path": "$.missing"}}], "direction": "right"}},
            {"b": 2},
        ),
        (
            {"@merge": {"objects": [{"a": 1}, {"@excludeWhenNull": {"a": None, "b": 2}}], "direction": "right"}},
            {"b": 2},
        ),
        ({"@merge": {"objects": [{"1": "x"}, ["a", "b"]], "direction": "right"}}, {"0": "a", "1": "b"}),
        ({"@flatten": {"value": {"a": [{"@path": "$.missing"}, 1]}, "separator": "."}}, {"a.1": 1}),
        ({"@flatten": {"value": {"@path": "$.missing"}, "separator": "."}}, {}),
    ],
)
def test_what_a_mapping_gives(document: Any, value: Any) -> None:
    assert mapping.compile(document)(EVENT) == value


@pytest.mark.parametrize(
    ("document", "place", "problem"),
    [
        ({"a": {"@pth": "$.x"}}, ("a",), "there is no directive @pth; there are @arrayPath,"),
        ({"a": {"@path": "$.x", "b": 1}}, ("a",), "a directive stands alone, but @path has company"),
        ({"@path": 5}, ("@path",), "must be a text"),
        ({"@if": {"then": 1}}, ("@if",), "needs exists or blank"),
        ({"@if": {"exists": 1, "els": 1}}, ("@if", "els"), "no such field here"),
        ({"@if": {"exists": {"@x": 1}}}, ("@if", "exists"), "there is no directive @x"),
        ({"@case": {"operator": "title"}}, ("@case", "operator"), "must be lower or upper"),
        ({"@replace": {"pattern": "x" * 11, "value": ""}}, ("@replace", "pattern"), "must be a text of at most 10"),
        ({"@merge": {"objects": {}, "direction": "up"}}, ("@merge", "direction"), "must be left or right"),
        ({"@json": {"value": 1, "mode": "x"}}, ("@json", "mode"), "must be encode or decode"),
        ({"@flatten": {"value": 1, "separator": ""}}, ("@flatten", "separator"), "must be a text"),
        ({"@arrayPath": "$.x"}, ("@arrayPath",), "must be a list of a path and the shape of its items"),
        ({"@transform": {"apply": {}}}, ("@transform",), "mapping is missing"),
        ({"@liquid": "{{ a"}, ("@liquid",), "is no template"),
        ({"@path": {"@pth": "x"}}, ("@path",), "there is no directive @pth"),
        ({"@if": {"blank": 1, "else": {"@liquid": 5}}}, ("@if", "else", "@liquid"), "must be a text of at most"),
    ],
)
def test_a_mistake_is_found_with_its_place(document: Any, place: Any, problem: str) -> None:
    with pytest.raises(MappingError) as caught:
        mapping.compile(document)
    found = caught.value.errors[0]
    assert found[0] == place
    assert found[1].startswith(problem)


@pytest.mark.parametrize(
    "document",
    [
        {"@path": {"@path": "$.properties.total"}},
        {"@template": {"@path": "$.missing"}},
        {"@arrayPath": ["$.properties.hollow", {"@transform": {"apply": {}, "mapping": {}}}]},
    ],
)
def test_what_cannot_be_mapped_of_this_event_is_said(document: Any) -> None:
    with pytest.raises(UnmappableError, match="needs"):
        mapping.compile(document)(EVENT)


def test_a_directive_over_all_fields_sees_what_it_applied_and_not_the_event() -> None:
    root = {"@transform": {"apply": {"who": {"@path": "$.userId"}}}}
    document = mapping.whole({"id": {"@path": "$.who"}, "name": {"@path": "$.event"}}, root)
    assert mapping.compile(document)(EVENT) == {"id": "u1"}
    assert mapping.whole({"id": 1}) == {"id": 1}


def test_every_mistake_is_told_and_not_only_the_first() -> None:
    with pytest.raises(MappingError) as caught:
        mapping.compile({"a": {"@x": 1}, "b": [{"@y": 1}]})
    assert [place for place, _ in caught.value.errors] == [("a",), ("b", 0)]


def test_a_deep_document_is_a_mistake() -> None:
    document: Any = 1
    for _ in range(200):
        document = {"@literal": document}
    with pytest.raises(MappingError, match="levels"):
        mapping.compile(document)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.floats(allow_nan=False) | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(list("abc")), inner, max_size=3),
    max_leaves=10,
)
PATHS = st.lists(st.sampled_from(["a", "b", "c", "0", "1", "length", "['a']"]), max_size=4).map(
    lambda names: "$." + ".".join(names)
)
DOCUMENTS = st.recursive(
    JSON | PATHS.map(lambda path: {"@path": path}) | PATHS.map(lambda path: {"@template": "{{" + path + "}}"}),
    lambda inner: st.one_of(
        st.builds(lambda a, b, c: {"@if": {"exists": a, "then": b, "else": c}}, inner, inner, inner),
        st.builds(lambda a: {"@case": {"operator": "upper", "value": a}}, inner),
        st.builds(lambda a, b: {"@merge": {"objects": [a, b], "direction": "left"}}, inner, inner),
        st.builds(lambda a: {"@flatten": {"value": a, "separator": "."}}, inner),
        st.builds(lambda a: {"@json": {"value": a, "mode": "encode"}}, inner),
        st.builds(lambda a: {"@json": {"value": a, "mode": "decode"}}, inner),
        st.builds(lambda a: {"@replace": {"pattern": "a", "replacement": "$1", "value": a}}, inner),
        st.builds(lambda a, b: {"@transform": {"apply": a, "mapping": b}}, inner, inner),
        st.builds(lambda a: {"@excludeWhenNull": a}, inner),
        st.builds(lambda a, b: {"@arrayPath": [a, b]}, PATHS, inner),
        st.lists(inner, max_size=3),
    ),
    max_leaves=8,
)


@given(DOCUMENTS, st.dictionaries(st.sampled_from(list("abc")), JSON, max_size=3))
def test_whatever_is_mapped_of_whatever_event_it_is_a_value_or_said_why_not(
    document: Any, event: dict[str, Any]
) -> None:
    before = repr(event)
    with suppress(UnmappableError):
        mapping.compile(document)(event)
    assert repr(event) == before, "events are shared"
