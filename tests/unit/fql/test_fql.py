"""FQL: the documentation's truth tables, and that nothing a stranger writes or sends breaks it.

https://segment.com/docs/api/public-api/fql/
"""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sluice import fql
from sluice.fql.compiler import UndecidableError, compile_node
from sluice.fql.glob import glob
from sluice.fql.lexer import MAX_BYTES, FqlError
from sluice.fql.nodes import Both, Call, Compare, Either, Items, Node, Not, Path, Value

EVENT: dict[str, Any] = {
    "type": "track",
    "event": "Button Clicked",
    "context": {"library": {"name": "analytics.js", "version": "1.0"}, "page": {"path": "/login"}},
    "properties": {
        "features": ["discounts", "dark-mode"],
        "product 1": {"price": "19.99"},
        "total": 12.5,
        "paid": True,
        "nothing": None,
        "a.b": 1,
    },
}


@pytest.mark.parametrize(
    ("text", "fits"),
    [
        ("event = 'Button Clicked'", True),
        ("event = 'Screen Tapped'", False),
        ("context.path.path = '/login'", False),
        ("type = 'identify' or type = 'track'", True),
        ("event = 'Button Clicked' and type = 'track'", True),
        ("match( context.library.version, '1.*' )", True),
        ("match( context.library.version, '2.*' )", False),
        ("type = 'track' and ( event = 'Click' or match( event, 'Button *' ) )", True),
        ("!contains( context.library.name, 'js' )", False),
        ("'dark-mode' in properties.features", True),
        ("'blink' in properties.features", False),
        ("length( userId ) < 1", True),
        ("properties.product\\ 1.price = '19.99'", True),
        ("length('ア') = 3", True),
        ('"5" = 5', False),
        ("all", True),
        # What the tables do not say.
        ("properties.paid", True),
        ("properties.total", False),
        ("event", False),
        ("properties.paid = true and properties.total > 12 and properties.total <= 12.5", True),
        ("event > 5", False),
        ("properties.total < 'z'", False),
        ("properties.nothing = null and properties.missing = null and userId = null", True),
        ("properties.missing != 'x'", True),
        ("properties.a\\.b = 1", True),
        ("1 = true", False),
        ("1 = 1.0", True),
        ("properties.features = ['discounts', 'dark-mode']", True),
        ("properties.features = ['dark-mode', 'discounts']", False),
        ("type in ['track', 'page']", True),
        ("type in 'track'", False),
        ("contains(userId, 'a') or match(userId, '*')", False),
        ("lowercase(userId) = null and typeof(userId) = 'null'", True),
        ("typeof(event) = 'string' and typeof(properties.total) = 'number'", True),
        ("typeof(properties.features) = 'list' and typeof(properties.paid) = 'bool'", True),
        ("snakecase('OrderCompleted now') = 'order_completed_now'", True),
        ("kebabcase('OrderCompleted now') = 'order-completed-now'", True),
        ("titlecase('order_completed') = 'Order Completed'", True),
        ("uppercase(type) = 'TRACK' and lowercase(event) = 'button clicked'", True),
        ("number('12.5') = properties.total and string(properties.total) = '12.5' and bool('true')", True),
        ("not type = 'page' and !(type = 'page')", True),
        ("event = 'Button\\ Clicked'", False),
        ('lowercase("SAY \\"HI\\"") = \'say "hi"\'', True),
        ("contains('a\\b', '\\b')", True),
        ("properties.a\\.b = 1 and properties.a\\\\.b = null", True),
        ("match('ab*d', 'ab\\*d') and !match('abcd', 'ab\\*d')", True),
        ("match('a\\b', 'a\\\\b')", True),
        ("properties.total > +12 and properties.total > -1.5", True),
        ("properties.features.0 = 'discounts'", False),
        ("(type = 'page' or type = 'track') and !(event = 'x')", True),
        ("type = 'page' or type = 'track' and event = 'x'", False),
        ("!properties.missing", True),
        ("null = false", False),
        ("properties.missing in [null]", True),
        ("length(properties.features) = 2 and length(properties.missing) = 0", True),
        ("'a' in ['a', 1, true, null] and true in [true] and !(1 in [true, '1'])", True),
    ],
)
def test_what_fits(text: str, fits: bool) -> None:
    assert fql.compile(text)(EVENT) is fits


@pytest.mark.parametrize(
    ("text", "pattern", "fits"),
    [
        ("abcd", "a*d", True), ("", "*", True), ("abc", "ab", False), ("abcd", "a??d", True), ("abcd", "*d", True),
        ("ab*d", "ab\\*d", True), ("abCd", "ab[cC]d", True), ("abcd", "ab[a-z]d", True), ("abcd", "ab[A-Z]d", False),
        ("ab/c", "a*", True), ("abcd", "ab[^x]d", True), ("abxd", "ab[^x]d", False), ("a", "[a", False),
        ("aXbXc", "a*X*c", True), ("ab", "a*b*b", False), ("a]", "a[]]", True), ("a-", "a[x-]", True),
    ],
)  # fmt: skip
def test_globs(text: str, pattern: str, fits: bool) -> None:
    assert glob(pattern)(text) is fits


def test_what_breaks_on_an_event_does_not_fit_and_filters_are_told() -> None:
    deep: Any = []
    for _ in range(400):
        deep = [deep]
    event = {"properties": {"a": deep, "b": deep}}
    assert fql.compile("properties.a = properties.b")(event) is False
    with pytest.raises(UndecidableError):
        fql.strict("properties.a = properties.b")(event)


def test_a_glob_made_to_hang_does_not() -> None:
    assert not glob("*a" * 40 + "b")("a" * 20_000)


@pytest.mark.parametrize(
    ("text", "problem", "position"),
    [
        ('userId = oops"', "a text that does not end", 13),
        ("", "nothing to decide by", 0),
        ("type =", "something is missing", 6),
        ("type = 'a' type", "unexpected 'type'", 11),
        ("(type = 'a'", "expected ')'", 11),
        ("upper(type)", "there is no function 'upper'", 0),
        ("contains(type)", "contains takes 2 arguments, not 1,", 0),
        ("type = and", "unexpected 'and'", 7),
        ("type = 'a' ; drop", "unexpected ';'", 11),
        ("x = '" + "y" * MAX_BYTES + "'", f"longer than {MAX_BYTES} bytes", 0),
        ("!" * 60 + "a", "more than 50 levels", 51),
    ],
)
def test_a_mistake_is_told_with_its_place(text: str, problem: str, position: int) -> None:
    with pytest.raises(FqlError) as caught:
        fql.compile(text)
    assert (caught.value.problem, caught.value.position) == (problem, position)


def test_a_mistake_points_at_itself() -> None:
    with pytest.raises(FqlError) as caught:
        fql.compile("type = 'track'\nand evnt == 'a'")
    assert str(caught.value) == "unexpected '=' in line 2 at character 11\n  and evnt == 'a'\n            ^"


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ('event = "Item Impression"', ["=", "event", {"value": "Item Impression"}]),
        ("!contains(event, 'x')", ["!", ["contains", "event", {"value": "x"}]]),
        (
            "type = 'a' or type = 'b' or properties.a\\.b > 1",
            [
                "or",
                ["=", "type", {"value": "a"}],
                ["or", ["=", "type", {"value": "b"}], [">", "properties.a\\.b", {"value": 1}]],
            ],
        ),
        ("type in ['a', 'b']", ["in", "type", {"value": ["a", "b"]}]),
    ],
)
def test_the_form_that_browsers_read(text: str, form: Any) -> None:
    assert json.loads(fql.ir(fql.parse(text))) == form


def printed(node: Node) -> str:
    match node:
        case Value(bool() | None as value):
            return {True: "true", False: "false", None: "null"}[value]
        case Value(str() as value):
            return '"' + value.replace('"', '\\"') + '"'
        case Value(value):
            return str(value)
        case Path(names):
            return ".".join("".join(each if each.isalnum() else "\\" + each for each in name) for name in names)
        case Items(items):
            return f"[{', '.join(map(printed, items))}]"
        case Not(inner):
            return f"!({printed(inner)})"
        case Both(nodes) | Either(nodes):
            return (" and " if isinstance(node, Both) else " or ").join(f"({printed(each)})" for each in nodes)
        case Call(name, arguments):
            return f"{name}({', '.join(map(printed, arguments))})"
        case Compare(operator, left, right):
            return f"({printed(left)}) {operator} ({printed(right)})"


NAMES = st.sampled_from(["type", "event", "properties", "a b", "a.b", "x1"])
TEXTS = st.characters(codec="utf-8", exclude_characters="\\")
LEAVES: st.SearchStrategy[Node] = st.one_of(
    st.builds(Value, st.none() | st.booleans() | st.integers(-99, 99) | st.text(TEXTS, max_size=5)),
    st.builds(Path, st.lists(NAMES, min_size=1, max_size=3).map(tuple)),
)
NODES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.builds(Not, inner),
        st.builds(Both, st.lists(inner, min_size=2, max_size=3).map(tuple)),
        st.builds(Either, st.lists(inner, min_size=2, max_size=3).map(tuple)),
        st.builds(Compare, st.sampled_from(["=", "!=", "<", "<=", ">", ">=", "in"]), inner, inner),
        st.builds(Items, st.lists(LEAVES, max_size=3).map(tuple)),
        st.builds(lambda a, b: Call("contains", (a, b)), LEAVES, LEAVES),
        st.builds(lambda a: Call("length", (a,)), LEAVES),
    ),
    max_leaves=12,
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=8,
)


@given(NODES)
def test_what_is_printed_is_parsed_again(node: Node) -> None:
    assert fql.parse(printed(node)) == node


@given(NODES, st.dictionaries(NAMES, JSON, max_size=4))
def test_whatever_is_asked_of_whatever_event_there_is_an_answer(node: Node, event: dict[str, Any]) -> None:
    assert compile_node(node)(event) in (True, False)


@given(st.text(max_size=60))
def test_whatever_is_written_is_an_expression_or_a_mistake_with_a_place(text: str) -> None:
    try:
        fql.compile(text)(EVENT)
    except FqlError as error:
        assert 0 <= error.position <= len(text)


CONDITIONS = [
    'type = "track"',
    'type = "track" and event = "Order Completed"',
    'event = "Order Completed" and properties.total > 10',
    'match(event, "Order *") or type = "identify"',
    "properties.total = 5",
    'event = null and type != "track"',
    "all",
]


@pytest.mark.parametrize(
    "event",
    [
        {"type": "track", "event": "Order Completed", "properties": {"total": 5}},
        {"type": "track", "event": "Order Completed", "properties": {"total": 50}},
        {"type": "track", "event": "Order Refunded"},
        {"type": "identify"},
        {"type": "page", "event": None, "properties": {"total": 5}},
        {"type": "track", "event": ["odd"]},
        {},
    ],
)
def test_many_conditions_at_once_say_what_each_would_say_alone(event: dict[str, Any]) -> None:
    for some in (CONDITIONS[:1], CONDITIONS[1:3], CONDITIONS[3:6], CONDITIONS):
        fits = fql.any_of([fql.parse(text) for text in some])
        alone = any(fql.compile(text)(event) for text in some)
        assert [fits(event) for _ in range(2)] == [alone, alone]
        choose = fql.chosen([(fql.parse(text), text) for text in some])
        fitting = [text for text in some if fql.compile(text)(event)]
        assert [choose(event) for _ in range(2)] == [fitting, fitting]


def test_names_that_clients_make_up_are_not_remembered_for_ever() -> None:
    fits = fql.any_of([fql.parse('event = "E1"')])
    assert [fits({"type": "track", "event": f"E{number}"}) for number in range(20_001)][:3] == [False, True, False]
    assert fits({"type": "track", "event": "E1"})
