"""Split: what is one item of a payload, in each form that vendors send."""

import pytest

from sluice.sources import split
from sluice.spec.json import InvalidJsonError


def test_a_list_is_its_items_and_anything_else_is_one() -> None:
    assert split.json_items(b'[{"a":1},{"a":2}]') == [{"a": 1}, {"a": 2}]
    assert split.json_items(b'{"a":1}') == [{"a": 1}]
    assert split.json_items(b"[]") == []


def test_lines_may_also_be_a_list() -> None:
    assert split.json_lines(b'{"a":1}\r\n\n{"a":2}\n') == [{"a": 1}, {"a": 2}]
    assert split.json_lines(b' [{"a":1}]') == [{"a": 1}]


def test_lines_may_also_be_one_object_over_several() -> None:
    assert split.json_lines(b'{\n "a": 1\n}\n') == [{"a": 1}]
    with pytest.raises(InvalidJsonError):
        split.json_lines(b'{"a":1}\n{"a":')


def test_brackets_in_the_names_of_a_form_are_levels() -> None:
    (item,) = split.form(b"type=subscribe&data%5Bemail%5D=jo%40example.com&data[merges][FNAME]=Jo&empty=")
    assert item == {"type": "subscribe", "data": {"email": "jo@example.com", "merges": {"FNAME": "Jo"}}, "empty": ""}


def test_a_repeated_name_is_a_list() -> None:
    assert split.form(b"a=1&a=2&a=3&b[]=x&b[]=y") == [{"a": ["1", "2", "3"], "b": {"": ["x", "y"]}}]


def test_a_name_that_is_a_value_and_a_level_loses_neither() -> None:
    assert split.form(b"a=1&a[b]=2") == [{"a": {"": "1", "b": "2"}}]


@pytest.mark.parametrize("body", [b"a" + b"[x]" * 100 + b"=1", b"&".join([b"a=1"] * 1001), b"\xff=1"])
def test_a_form_without_end_is_no_form(body: bytes) -> None:
    with pytest.raises(InvalidJsonError):
        split.form(body)


def test_a_field_of_a_form_may_hold_a_list_in_json() -> None:
    items = split.form_field("mandrill_events")
    assert items(b"mandrill_events=%5B%7B%22event%22%3A%22open%22%7D%5D") == [{"event": "open"}]
    assert items(b'{"event":"open"}') == [{"event": "open"}]
    with pytest.raises(InvalidJsonError):
        items(b"other=1")


def test_items_may_stand_at_a_path() -> None:
    items = split.at("$.data.items")
    assert items(b'{"data":{"items":[{"a":1},{"a":2}]}}') == [{"a": 1}, {"a": 2}]
    assert items(b'{"data":{"items":{"a":1}}}') == [{"a": 1}]


def test_a_document_without_the_path_is_an_item_as_a_recovery_sends_it() -> None:
    assert split.at("$.items")(b'{"a":1}') == [{"a": 1}]
