"""Generated code for payloads: whatever the mapping and the event, it does what the general way does."""

import copy
import json
import linecache
import random
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalogue import destinations as catalogue
from checks.bench.parts.delivery import SETTINGS, corpus
from sluice.delivery.payload import interpreted, payload_of
from sluice.delivery.payload_code import generated
from sluice.delivery.slots import Filled, Slots
from sluice.destinations.field import Field, boolean, datetime, integer, number, obj, path, string
from sluice.mapping import ROOT, UnmappableError
from sluice.workspace import models
from sluice.workspace.subscriptions import subscriptions
from tests import examples

#: What stands where something else belongs.
ODD: list[Any] = [None, "", "text", 0, 7, 1.5, True, False, [], ["a"], [{"name": "a"}], {}, {"name": {"a": None}}]
EVENTS: list[dict[str, Any]] = [*map(json.loads, corpus()), *examples.ALL_CALLS]


def both(fields: Mapping[str, Field], configured: Mapping[str, Any]) -> tuple[Filled, Filled, Slots]:
    interpret, slots = interpreted(fields, configured)
    return interpret, generated(slots, interpret), slots


def made(fill: Filled, event: Any) -> str:
    """As text, so that the order of names counts, and true is not 1."""
    try:
        return repr(fill(event))
    except (UnmappableError, AttributeError, TypeError) as error:
        return repr(error)


def mutants(event: dict[str, Any], rng: random.Random) -> Iterator[dict[str, Any]]:
    """The event, and copies with something odd in one of its places."""
    yield event
    for _ in range(12):
        mutant = copy.deepcopy(event)
        place: Any = mutant
        while (names := list(place)) and isinstance(place, dict):
            name = rng.choice(names)
            if isinstance(place[name], dict) and place[name] and rng.random() < 0.6:
                place = place[name]
                continue
            place[name] = copy.deepcopy(rng.choice(ODD))
            break
        yield mutant


@pytest.mark.parametrize("name", SETTINGS)
def test_every_action_makes_of_every_event_what_it_makes_the_general_way(name: str) -> None:
    """Given all actions and presets of a destination, and events with odd things in odd places, nothing differs."""
    destination, rng = catalogue.destination_type(name), random.Random(7)  # noqa: S311 - no secret
    presets = subscriptions(models.Destination(id="x", type=name), destination)
    known = {action.id: action for action in destination.actions}
    defaults = [{"action": action, "trigger": "all"} for action in known]
    all_of_them = subscriptions(
        models.Destination.model_validate({"id": "x", "type": name, "actions": defaults}), destination
    )
    events = [mutant for event in EVENTS for mutant in mutants(event, rng)]
    for each in [*presets, *all_of_them]:
        interpret, code, _ = both(known[each["action"]].fields, each["mapping"])
        assert code is not interpret
        for event in events[:: max(1, len(all_of_them) // 4)]:
            assert made(code, event) == made(interpret, event)


NAMES = st.sampled_from([
    "a", "b", "event", "o0", "v", "type", "it's", 'say "so"', "back\\slash", "line\nfeed", "{brace}", "#", "\u2028",
])  # fmt: skip
PATHS = st.lists(st.sampled_from(["a", "b", "it's", "line\nfeed", "0", "length"]), min_size=1, max_size=4).map(
    lambda names: {"@path": "$." + ".".join(names)}
)
CHOICES = st.lists(PATHS, min_size=2, max_size=3).map(
    lambda several: (
        {"@if": {"exists": several[0], "then": several[0], "else": several[1]}}
        if len(several) == 2
        else {
            "@if": {
                "exists": several[0],
                "then": several[0],
                "else": {"@if": {"exists": several[1], "then": several[1], "else": several[2]}},
            }
        }
    )
)
CONSTANTS = st.sampled_from(["", "text", "it's", 'a"b', "\\", "\n", 0, 1.5, True, None, [1], {"a": 1}])
DOCUMENTS = st.one_of(PATHS, CHOICES, CONSTANTS, st.just({"@template": "{{a}}-{{b.a}}"}))
KINDS = [string, number, integer, boolean, datetime, obj]
INNER = {name: make("It.") for name, make in zip(("a", "it's", "line\nfeed"), (string, number, obj), strict=True)}
FIELDS = st.one_of(
    st.builds(
        lambda make, required, nullable: make("It.", required=required, nullable=nullable),
        st.sampled_from(KINDS),
        st.booleans(),
        st.booleans(),
    ),
    st.just(string("It.", multiple=True)),
    st.just(string("It.", choices=("text", "a"))),
    st.just(obj("It.", properties=INNER)),
)
VALUES = st.recursive(
    st.sampled_from([None, "", "text", "2026-01-15T12:00:00.000Z", 0, 7, 1.5, True, [], ["a"]]),
    lambda inner: st.one_of(
        st.lists(inner, max_size=2), st.dictionaries(st.sampled_from(["a", "b", "it's", "line\nfeed"]), inner)
    ),
    max_leaves=8,
)


@given(
    fields=st.dictionaries(NAMES, FIELDS, min_size=1, max_size=5),
    documents=st.data(),
    events=st.lists(VALUES, max_size=5),
)
def test_any_mapping_makes_of_any_event_what_it_makes_the_general_way(
    fields: dict[str, Field], documents: st.DataObject, events: list[Any]
) -> None:
    objects = st.dictionaries(st.sampled_from(list(INNER)), st.one_of(PATHS, CHOICES, CONSTANTS), min_size=1)
    configured = {
        name: documents.draw(objects if field.properties and documents.draw(st.booleans()) else DOCUMENTS)
        for name, field in fields.items()
        if documents.draw(st.booleans())
    }
    interpret, code, _ = both(fields, configured)
    for event in [*events, {}, {"a": {"b": events}}]:
        assert made(code, event) == made(interpret, event)


def test_the_code_takes_over_after_some_events_and_nobody_notices() -> None:
    """Given a thousand events of a subscription, when its code is generated on the way, each payload is as before."""
    fields = {"id": string("It.", required=True), "place": string("It."), "about": obj("It.")}
    configured = {"id": path("$.messageId"), "place": path("$.context.page.url"), "about": path("$.properties")}
    payload, (interpret, _) = payload_of(fields, configured), interpreted(fields, configured)
    for turn in range(1000):
        event = EVENTS[turn % len(EVENTS)]
        assert made(payload, event) == made(interpret, event)


def test_a_mapping_below_a_directive_over_all_fields_sees_what_the_directive_made() -> None:
    fields = {"id": string("It.", required=True)}
    apply = {"inner": {"@path": "$.properties"}}
    root = {"@transform": {"apply": apply, "mapping": {}}}
    payload = payload_of(fields, {"id": path("$.inner.id"), ROOT: root})
    assert [payload({"properties": {"id": str(number)}}) for number in range(300)] == [
        {"id": str(number)} for number in range(300)
    ]


def test_a_path_of_many_names_is_served_the_general_way() -> None:
    """Given more names than Python nests blocks, there is no code for it, and no fault."""
    names = [f"n{number}" for number in range(120)]
    interpret, code, _ = both({"a": string("It.")}, {"a": path("$." + ".".join(names))})
    event: Any = "found"
    for name in reversed(names):
        event = {name: event}
    assert code is interpret
    assert code(event) == {"a": "found"}


def test_a_traceback_shows_the_line_that_failed() -> None:
    """Given a field whose check fails, the generated line stands in what a developer sees."""

    def fails(_: Any) -> bool:
        raise ZeroDivisionError

    _, code, _ = both({"a": string("It.", accepts=fails)}, {"a": path("$.a")})
    with pytest.raises(ZeroDivisionError) as caught:
        code({"a": "text"})
    (line,) = [each for each in caught.traceback if str(each.frame.code.raw.co_filename).startswith("<payload ")]
    shown = linecache.getline(line.frame.code.raw.co_filename, line.lineno + 1)
    assert "o0['a'] = v" in shown
