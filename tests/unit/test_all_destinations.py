"""Every destination: whatever its vendor answers, and in every attempt, by its presets."""

import json
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sluice.delivery.plan import plan
from sluice.delivery.send import send as deliver
from sluice.destinations.action import Preset
from sluice.destinations.http import Request, Response, UnreachableError
from sluice.destinations.outcome import (
    Delivered,
    Discarded,
    Failed,
    Misconfigured,
    NotAttempted,
    Retry,
)
from tests.destinations import kind, subscribed
from tests.twins import MemoryVendor

#: Enough of each to make requests with.
SETTINGS: dict[str, dict[str, Any]] = {
    "amplitude": {"api_key": "k"},
    "customerio": {"site_id": "s", "api_key": "k"},
    "dummy": {},
    "ga4": {"api_secret": "s", "measurement_id": "G-1"},
    "mixpanel": {"project_token": "t", "api_secret": "s"},
    "posthog": {"api_key": "k"},
    "segment": {"write_key": "w"},
    "slack": {"url": "https://hooks.slack.com/services/T/B/X"},
    "webhook": {"url": "https://example.com/hook"},
}
CORPUS = [orjson.dumps(each) for each in json.loads(Path("checks/bench/events.json").read_bytes())]
ANSWERS = st.builds(
    Response,
    st.integers(100, 599),
    st.just({}),
    st.one_of(
        st.binary(max_size=30),
        st.sampled_from(
            [
                b"",
                b"<html>",
                b"{",
                b"null",
                b"[]",
                b"0",
                b'{"code":400,"events_with_invalid_fields":{"time":[0,99,"x"]}}',
                b'{"failed_records":[{"index":0},{"index":"x"},5,{}]}',
                b'{"failed_records":{}}',
                b'{"errors":[{"batch_index":0}]}',
                b'{"errors":"no"}',
                b'{"throttled_events":[0]}',
                b'{"throttled_events":{"a":1}}',
                b'{"silenced_events":[1,2]}',
            ]
        ),
    ),
)


@pytest.mark.parametrize("name", SETTINGS)
@given(answer=ANSWERS, is_silent=st.booleans())
def test_whatever_a_vendor_answers_each_event_has_an_outcome(name: str, answer: Response, is_silent: bool) -> None:
    def vendor(_: Request) -> Response:
        if is_silent:
            raise UnreachableError("ETIMEDOUT")
        return answer

    destination = kind(name)
    planned = plan(CORPUS, subscribed(destination), destination.settings(**SETTINGS[name]))
    outcomes = deliver(planned.tasks, destination.settings(**SETTINGS[name]), MemoryVendor(vendor), concurrency=1)
    assert len(outcomes) == len(planned.tasks)
    assert all(isinstance(each, Delivered | Discarded | Retry | Misconfigured) for each in outcomes)
    assert {task.document for task in planned.tasks} | {at for at, _, _ in planned.settled} == set(range(len(CORPUS)))
    assert not any(isinstance(outcome, Failed | NotAttempted) for _, _, outcome in planned.settled)


@pytest.mark.parametrize("name", SETTINGS)
def test_the_same_event_makes_the_same_requests_in_every_attempt(name: str) -> None:
    destination = kind(name)
    settings, mine = destination.settings(**SETTINGS[name]), subscribed(destination)
    first, second = (plan(CORPUS, mine, settings) for _ in range(2))
    assert [(task.key, task.body) for task in first.tasks] == [(task.key, task.body) for task in second.tasks]


@pytest.mark.parametrize("name", SETTINGS)
def test_presets_and_actions_agree(name: str) -> None:
    destination = kind(name)
    for preset in destination.presets:
        assert isinstance(preset, Preset)
        found = destination.action(preset.action)
        assert found is not None
        assert set(preset.mapping) <= set(found.fields)
