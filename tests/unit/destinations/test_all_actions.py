"""No action is without a test that writes its request down."""

from pathlib import Path

import pytest

from tests.destinations import kind
from tests.unit.destinations.golden import SETTINGS

#: Those whose tests are with what vendors answer.
ELSEWHERE = Path(__file__).with_name("test_vendors.py")


@pytest.mark.parametrize("name", [*SETTINGS, "slack", "webhook"])
def test_each_action_has_a_test(name: str) -> None:
    own = Path(__file__).with_name(f"test_{name}.py")
    tests = ELSEWHERE.read_text() + (own.read_text() if own.exists() else "")
    for action in kind(name).actions:
        assert f'"{action.id}"' in tests or action.id == "forward", action.id
