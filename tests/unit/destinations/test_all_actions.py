"""What holds for every destination."""

import gzip
from pathlib import Path
from typing import Any

import pytest

from sluice.destinations.field import Field
from sluice.destinations.outcome import Failed
from sluice.spec.json import MAX_EVENT_DEPTH, write_event
from tests import examples
from tests.destinations import deliveries, kind, requests
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


#: In each value that a mapping may name, and in nothing that one of the mappings below names.
PRIVATE = "of-the-event-alone"
EVENT: dict[str, Any] = {
    "type": "track",
    "messageId": "m1",
    "timestamp": "2026-01-15T12:00:00.000Z",
    "receivedAt": "2026-01-15T12:00:01.000Z",
    "integrations": {"All": True},
    **{name: f"{name}-{PRIVATE}" for name in ("event", "userId", "anonymousId", "groupId", "previousId", "name")},
    "context": {
        "ip": "203.0.113.99",
        "userAgent": PRIVATE,
        "page": {"url": f"https://{PRIVATE}.example/", "title": PRIVATE, "referrer": PRIVATE},
        "device": {"id": PRIVATE, "token": PRIVATE, "type": PRIVATE},
        "traits": {"email": f"{PRIVATE}@example.com"},
        "campaign": {"name": PRIVATE},
    },
    "traits": {"email": f"{PRIVATE}@example.com", "name": PRIVATE},
    "properties": {"email": f"{PRIVATE}@example.com", "total": 9876543.21, "url": f"https://{PRIVATE}.example/"},
}
_ADDRESSES = {"slack": "https://hooks.slack.com/services/T0/B0/y", "webhook": "https://other.example.com/hook"}


def constant(field: Field, name: str, destination: str) -> Any:
    """Return a value that a field takes."""
    match field.type:
        case _ if field.choices:
            value: Any = field.choices[0]
        case "string":
            fitting = {"currency": "EUR", "url": _ADDRESSES.get(destination, "constant")}
            value = fitting.get(name, "constant")
        case "number" | "integer":
            value = 7
        case "boolean":
            value = False
        case "datetime":
            value = "2026-01-02T03:04:05.000Z"
        case _:
            properties = field.properties or {}
            value = {name: constant(each, name, destination) for name, each in properties.items()} or {"k": "constant"}
    return [value] if field.multiple else value


ACTIONS = [(name, action.id) for name in SETTINGS for action in kind(name).actions]


def written(name: str, action: str, mapping: dict[str, Any]) -> list[bytes]:
    """Return all that leaves for the event: addresses, headers and bodies."""
    destination = kind(name)
    subscription = {"action": action, "trigger": "all", "mapping": mapping, "defaults": False}
    found = requests(EVENT, destination, destination.settings(**SETTINGS[name]), subscription)
    bodies = [gzip.decompress(each.body) if each.body[:2] == b"\x1f\x8b" else each.body for each in found]
    return [f"{each.url} {each.headers} ".encode() + body for each, body in zip(found, bodies, strict=True)]


def private(texts: list[bytes]) -> list[bytes]:
    return [each for each in texts if any(mark in each for mark in (PRIVATE.encode(), b"203.0.113.99", b"9876543"))]


@pytest.mark.parametrize(("name", "action"), ACTIONS)
def test_nothing_is_sent_that_the_mapping_does_not_name(name: str, action: str) -> None:
    """Given each field is a constant, and then each field in its turn a path that the event has not."""
    (chosen,) = (each for each in kind(name).actions if each.id == action)
    whole = {field: constant(each, field, name) for field, each in chosen.fields.items()}
    if action == "forward":  # the whole event is what it is for
        return
    assert private(written(name, action, whole)) == []
    for field in whole:
        without = {**whole, field: {"@path": "$.nowhere.at.all"}}
        assert private(written(name, action, without)) == [], field


def test_the_look_for_private_values_sees_what_is_sent() -> None:
    made = {(name, action) for name, action in ACTIONS if written(name, action, _everything(name, action))}
    assert len(made) > len(ACTIONS) * 0.7
    whole_event = written("webhook", "send", {"url": "https://other.example.com/hook", "data": {"@path": "$."}})
    assert private(whole_event)


def _everything(name: str, action: str) -> dict[str, Any]:
    (chosen,) = (each for each in kind(name).actions if each.id == action)
    return {field: constant(each, field, name) for field, each in chosen.fields.items()}
