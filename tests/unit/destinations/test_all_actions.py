"""What holds for every destination."""

from pathlib import Path

import pytest

from sluice.destinations.outcome import Failed
from sluice.spec.json import MAX_EVENT_DEPTH, write_event
from tests import examples
from tests.destinations import deliveries, kind
from tests.twins import MemoryVendor
from tests.unit.destinations.golden import SETTINGS

#: Those whose tests are with what vendors answer.
ELSEWHERE = Path(__file__).with_name("test_vendors.py")


@pytest.mark.parametrize("name", [*SETTINGS, "slack", "webhook"])
def test_each_action_has_a_test(name: str) -> None:
    own = Path(__file__).with_name(f"test_{name}.py")
    tests = ELSEWHERE.read_text() + (own.read_text() if own.exists() else "")
    for action in kind(name).actions:
        assert f'"{action.id}"' in tests or action.id == "forward", action.id


@pytest.mark.parametrize("name", SETTINGS)
def test_an_event_as_deep_as_the_router_admits_is_no_trouble(name: str) -> None:
    destination = kind(name)
    event = write_event({**examples.deep(MAX_EVENT_DEPTH), "receivedAt": examples.RECEIVED_AT})
    outcomes = deliveries([event], destination, destination.settings(**SETTINGS[name]), MemoryVendor())
    assert not any(isinstance(each, Failed) for each in outcomes)
