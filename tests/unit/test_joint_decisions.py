"""All destinations decided together: each gets what it would get alone, whatever its filters and triggers are."""

from typing import Any

import orjson
from hypothesis import given
from hypothesis import strategies as st

from sluice.router.decisions import decide
from sluice.router.joint_decisions import outcomes
from sluice.spec.reasons import Reason
from sluice.workspace.compiled import Destination
from tests import examples

CONDITIONS = st.sampled_from([
    "all", 'type = "track"', 'event = "Order Completed"', 'type = "track" and event != "Order Completed"',
    'match(event, "*ed")', "length(event) > 3", 'typeof(event) = "null"', "properties.total > 5",
    'type = "track" and properties.total > 5', 'context.library.name = "x"', 'userId = "u1" or type = "page"',
    '!(event in ["Order Completed", "Signed Up"])', "properties.a = properties.b",
])  # fmt: skip
FILTERS = st.one_of(
    st.fixed_dictionaries({"do": st.just("drop"), "if": CONDITIONS}),
    st.fixed_dictionaries({
        "do": st.just("sample"), "if": CONDITIONS, "percent": st.sampled_from([0.0, 0.5, 1.0]),
        "path": st.just("userId"),
    }),
    st.fixed_dictionaries({
        "do": st.sampled_from(["drop_properties", "allow_properties"]), "if": CONDITIONS,
        "fields": st.sampled_from([{"properties": ["total", "a"]}, {"": ["event", "userId"]}, {"": ["type", "event"]}]),
    }),
)  # fmt: skip
TRANSFORMATIONS = st.one_of(
    st.fixed_dictionaries({"if": CONDITIONS, "event": st.sampled_from(["Order Completed", "Renamed"])}),
    st.fixed_dictionaries({"if": CONDITIONS, "rename": st.just({"properties.total": "event"})}),
    st.fixed_dictionaries({"if": CONDITIONS, "set": st.just({"properties.total": 7})}),
)
DESTINATIONS = st.builds(
    lambda triggers, filters, transformations, consent: Destination(
        id="d",
        names=("Vendor",),
        type="webhook",
        sources=None,
        enabled=True,
        settings={},
        actions=tuple({"trigger": each} for each in triggers),
        filters=tuple(filters),
        transformations=tuple(transformations),
        consent=consent,
    ),
    st.lists(CONDITIONS, max_size=3),
    st.lists(FILTERS, max_size=3),
    st.lists(TRANSFORMATIONS, max_size=2),
    st.sampled_from([(), (), ("marketing",)]),
)
SWITCHES = [{}, {"Vendor": False}, {"All": False}, {"All": False, "Vendor": True}]
EVENTS = st.fixed_dictionaries(
    {
        "type": st.sampled_from(["track", "page", "identify"]),
        "userId": st.sampled_from(["u1", "u2"]),
        "integrations": st.sampled_from(SWITCHES),
        "properties": st.sampled_from([{}, {"total": 7}, {"total": "x", "a": [1], "b": [1]}]),
    },
    optional={
        "event": st.sampled_from(["Order Completed", "Signed Up", "", None, 5, ["Order Completed"], {"a": 1}, True]),
        "context": st.sampled_from([
            {"library": {"name": "x"}}, {"consent": {"categoryPreferences": {"marketing": True}}},
        ]),
        "_metadata": st.sampled_from([{"bundled": ["Vendor"]}, {}]),
    },
)  # fmt: skip


def alone(event: dict[str, Any], destination: Destination) -> bytes | Reason:
    left = decide(event, destination)
    return left if isinstance(left, str) else orjson.dumps(left)


@given(destinations=st.lists(DESTINATIONS, max_size=6), events=st.lists(EVENTS, min_size=1, max_size=6))
def test_destinations_together_get_what_each_would_get_alone(
    destinations: list[Destination], events: list[dict[str, Any]]
) -> None:
    """Given events one after the other, twice, what is remembered of one changes nothing for the next."""
    together = outcomes(tuple(destinations))
    for event in [*events, *events]:
        assert together(event, orjson.dumps(event)) == [alone(event, each) for each in destinations]


def test_the_event_itself_goes_on_as_it_was_written() -> None:
    """Given a destination that changes nothing, it gets the very bytes of the event, and they are not written again."""
    wants = Destination(
        id="d", names=(), type="webhook", sources=None, enabled=True, settings={}, actions=({"trigger": "all"},)
    )
    document = orjson.dumps(examples.TRACK)
    (got,) = outcomes((wants,))({**examples.TRACK, "integrations": {}}, document)
    assert got is document


def test_names_that_clients_make_up_are_not_remembered_for_ever() -> None:
    wants = Destination(
        id="d", names=(), type="webhook", sources=None, enabled=True, settings={},
        actions=({"trigger": 'event = "E1"'},),
    )  # fmt: skip
    decide_all = outcomes((wants,))
    found = [
        decide_all({"type": "track", "event": f"E{number}", "integrations": {}}, b"{}") for number in range(20_001)
    ]
    assert [each == [b"{}"] for each in found[:3]] == [False, True, False]
    assert decide_all({"type": "track", "event": "E1", "integrations": {}}, b"{}") == [b"{}"]
