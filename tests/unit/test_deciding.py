"""What a destination gets of an event: consent, integrations, filters, transformations, triggers, in this order."""

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sluice.router.decisions import decide
from sluice.router.filters import compiled
from tests import examples

EVENT: dict[str, Any] = {
    "type": "track",
    "event": "Order Completed",
    "userId": "u1",
    "integrations": {},
    "context": {"ip": "1.2.3.4", "page": {"url": "https://x"}},
    "properties": {"email": "a@x", "total": 5, "products": [{"sku": 1, "category": "c"}, {"sku": 2, "category": "d"}]},
}


def filtered(*filters: dict[str, Any], event: dict[str, Any] = EVENT) -> dict[str, Any] | None:
    apply = compiled(filters, ())
    assert apply is not None
    return apply(event)


def changed(**transformation: Any) -> dict[str, Any]:
    apply = compiled((), ({"if": "all", **transformation},))
    assert apply is not None
    left = apply(EVENT)
    assert left is not None
    return left


def test_drop() -> None:
    assert filtered({"if": 'event = "Order Completed"', "do": "drop"}) is None
    assert filtered({"if": 'event = "Other"', "do": "drop"}) is EVENT


def test_properties_are_dropped_below_their_path_and_in_each_item_of_a_list() -> None:
    left = filtered(
        {"if": "all", "do": "drop_properties", "fields": {"": ["userId"], "properties.products": ["category"]}}
    )
    assert left is not None
    assert "userId" not in left
    assert left["properties"]["products"] == [{"sku": 1}, {"sku": 2}]
    assert left["context"] is EVENT["context"]


def test_no_item_of_a_list_can_be_aimed_at_by_itself() -> None:
    for path in ("properties.products.0", "properties.products[0]", "properties.products.sku"):
        assert filtered({"if": "all", "do": "drop_properties", "fields": {path: ["sku"]}}) == EVENT


def test_an_event_that_a_filter_breaks_on_is_dropped_by_it() -> None:
    deep: Any = []
    for _ in range(400):
        deep = [deep]
    event = {**EVENT, "properties": {"a": deep, "b": deep}}
    for do in ({"do": "drop"}, {"do": "drop_properties", "fields": {"": ["userId"]}}):
        assert filtered({"if": "properties.a = properties.b", **do}, event=event) is None


def test_allowed_properties_are_all_that_is_left_and_context_is_untouched() -> None:
    left = filtered({"if": "all", "do": "allow_properties", "fields": {"properties": ["email"]}})
    assert left is not None
    assert left["properties"] == {"email": "a@x"}
    assert left["context"] == EVENT["context"]


def test_a_sample_is_the_same_for_the_same_user_and_grows_with_its_part() -> None:
    def kept(percent: float, user: str) -> bool:
        event = {**EVENT, "userId": user}
        return filtered({"if": "all", "do": "sample", "percent": percent, "path": "userId"}, event=event) is not None

    users = [f"user-{number}" for number in range(2000)]
    parts = {percent: {user for user in users if kept(percent, user)} for percent in (0.0, 0.3, 0.6, 1.0)}
    assert (len(parts[0.0]), len(parts[1.0])) == (0, 2000)
    assert parts[0.3] < parts[0.6]
    assert 500 < len(parts[0.3]) < 700


@pytest.mark.parametrize("missing", [{}, {"userId": None}, {"userId": ""}])
def test_a_sample_by_user_keeps_its_part_of_visitors_who_never_logged_in(missing: dict[str, Any]) -> None:
    sample = {"if": "all", "do": "sample", "percent": 0.3, "path": "$.userId"}
    visitor = {name: value for name, value in EVENT.items() if name != "userId"} | missing

    def kept(anonymous_id: str) -> bool:
        return filtered(sample, event={**visitor, "anonymousId": anonymous_id}) is not None

    visitors = [f"a-{number}" for number in range(2000)]
    sampled = [each for each in visitors if kept(each)]
    assert 500 < len(sampled) < 700
    assert all(map(kept, sampled)), "a visitor's events have the same fate"

    nobody = {name: value for name, value in visitor.items() if name != "anonymousId"}
    assert 500 < sum(filtered(sample, event=nobody) is not None for _ in range(2000)) < 700


def test_filters_come_in_segments_order_whatever_their_own() -> None:
    filters = (
        {"if": "all", "do": "allow_properties", "fields": {"": ["type", "event", "properties"]}},
        {"if": 'userId = "u1"', "do": "drop"},
    )
    assert filtered(*filters) is None, "drop looks at the event before its properties go"


def test_names_and_values_are_changed_for_one_destination() -> None:
    left = changed(
        event="Purchase", rename={"properties.total": "properties.value"}, set={"properties.currency": "EUR"}
    )
    assert left["event"] == "Purchase"
    assert left["properties"]["value"] == 5
    assert left["properties"]["currency"] == "EUR"
    assert "total" not in left["properties"]


@pytest.mark.parametrize(
    ("changes", "given", "expected"),
    [
        ({}, {}, EVENT),
        ({"consent": ("ads",)}, {}, EVENT),
        ({"consent": ("ads",)}, {"ads": True}, EVENT),
        ({"consent": ("ads", "stats")}, {"ads": True}, "FILTERED_BY_END_USER_CONSENT"),
        ({"consent": ("ads",)}, {"ads": False}, "FILTERED_BY_END_USER_CONSENT"),
        ({"filters": ({"if": "all", "do": "drop"},)}, {}, "FILTERED_BY_RULES"),
        ({"actions": ({"trigger": 'type = "page"'},)}, {}, "NO_MATCHING_MAPPING"),
    ],
)
def test_why_a_destination_does_not_get_an_event(changes: Any, given: dict[str, bool], expected: Any) -> None:
    event = copy.deepcopy(EVENT)
    if given:
        event["context"]["consent"] = {"categoryPreferences": given}
    decided = decide(event, examples.destination(**changes))
    assert decided == (event if expected is EVENT else expected)


def test_an_empty_consent_object_that_has_its_categories_refuses_and_one_without_them_does_not() -> None:
    destination = examples.destination(consent=("ads",))
    asked = {**EVENT, "context": {"consent": {"categoryPreferences": {}}}}
    assert decide(asked, destination) == "FILTERED_BY_END_USER_CONSENT"
    assert decide({**EVENT, "context": {"consent": {}}}, destination) is not None


def test_triggers_see_what_filters_left() -> None:
    destination = examples.destination(
        filters=({"if": "all", "do": "drop_properties", "fields": {"properties": ["total"]}},),
        actions=({"trigger": "properties.total > 1"},),
    )
    assert decide(copy.deepcopy(EVENT), destination) == "NO_MATCHING_MAPPING"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(list("abc")), inner, max_size=3),
    max_leaves=10,
)
PATHS = st.lists(st.sampled_from(list("abc")), max_size=3).map(".".join)
FILTERS = st.fixed_dictionaries({
    "if": st.just("all"),
    "do": st.sampled_from(["drop_properties", "allow_properties"]),
    "fields": st.dictionaries(PATHS, st.lists(st.sampled_from(list("abc")), max_size=2), max_size=3),
})  # fmt: skip
CHANGES = st.fixed_dictionaries({
    "if": st.just("all"),
    "rename": st.dictionaries(PATHS.filter(bool), PATHS.filter(bool), max_size=2),
    "set": st.dictionaries(PATHS.filter(bool), JSON, max_size=2),
})  # fmt: skip


@given(
    st.lists(FILTERS, max_size=3), st.lists(CHANGES, max_size=2), st.dictionaries(st.sampled_from(list("abc")), JSON)
)
def test_whatever_is_filtered_the_event_itself_stays_as_it_was(
    filters: list[dict[str, Any]], changes: list[dict[str, Any]], event: dict[str, Any]
) -> None:
    before = copy.deepcopy(event)
    apply = compiled(filters, changes)
    assert apply is None or isinstance(apply(event), dict)
    assert event == before
