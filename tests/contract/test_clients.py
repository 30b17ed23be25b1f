"""Every client's request, through the edge and the router, comes out as the events that were meant."""

import json
from typing import Any

import pytest

from sluice.edge.cors import parse_origins, with_cors
from sluice.edge.endpoints import tracking
from sluice.edge.request import Request
from sluice.edge.responses import unavailable
from sluice.messages import envelope as wire
from sluice.router.events import open_envelope
from tests import examples
from tests.contract.clients import BASIC, CLIENTS, KEY, Client, Event

WORKSPACE = examples.workspace()
ORIGINS = parse_origins("*")
NUMBERS = {"big": 9007199254740993, "zero": -0.0, "none": None, "nested": {"a": [1, {"b": "日本 🚀"}]}, "empty": ""}
EVENTS = [
    {**examples.TRACK, "properties": {**examples.TRACK["properties"], **NUMBERS}},
    examples.IDENTIFY,
    examples.PAGE,
    examples.SCREEN,
    examples.GROUP,
    examples.ALIAS,
]


def through(client: Client, events: list[Event]) -> list[Event]:
    """What the events are after edge, queue and router; nothing may be rejected on the way."""
    collected = tracking.collect(client.request(events), WORKSPACE, ORIGINS)
    assert (collected.response.status, json.loads(collected.response.body)) == (200, {"success": True})
    assert collected.envelope is not None
    opened = open_envelope(wire.load(wire.dump(collected.envelope)), WORKSPACE)
    assert [each.reason for each in opened.rejections] == []
    return [json.loads(each.document) for each in opened.events]


@pytest.mark.parametrize("client", CLIENTS, ids=lambda client: client.name)
def test_every_event_arrives_as_it_was_meant(client: Client) -> None:
    sent = EVENTS[:1] if client.sends_one else EVENTS
    seen = through(client, sent)
    assert [each["messageId"] for each in seen] == [each["messageId"] for each in sent]
    for before, after in zip(sent, seen, strict=True):
        for name in ("type", "event", "name", "properties", "traits", "groupId", "previousId", "userId"):
            assert after.get(name) == before.get(name), name
        assert "writeKey" not in after


@pytest.mark.parametrize("client", CLIENTS, ids=lambda client: client.name)
def test_time_and_place_are_right(client: Client) -> None:
    (seen, *_) = through(client, EVENTS[:1])
    assert seen["receivedAt"] == examples.RECEIVED_AT
    assert seen["originalTimestamp"].startswith("2026-11-23T20:40:47.000")
    assert "2026-11-23T20:40:47.000Z" <= seen["timestamp"] <= examples.RECEIVED_AT, "never the time of the flush"
    assert seen["context"]["ip"] == "203.0.113.7"
    assert seen["context"]["library"] == examples.TRACK["context"]["library"]


@pytest.mark.parametrize("literal", ["NaN", "Infinity", "-Infinity"])
@pytest.mark.parametrize("client", [each for each in CLIENTS if "python" in each.name], ids=lambda client: client.name)
def test_what_is_no_json_in_python_sdks_becomes_null(client: Client, literal: str) -> None:
    event = {**examples.TRACK, "properties": {"n": float(literal), "m": 1}}
    (seen,) = through(client, [event])
    assert seen["properties"] == {"n": None, "m": 1}


@pytest.mark.parametrize("client", [each for each in CLIENTS if not each.sends_one], ids=lambda client: client.name)
def test_a_retry_of_the_same_batch_names_the_same_events(client: Client) -> None:
    first, again = through(client, EVENTS), through(client, EVENTS)
    assert [each["messageId"] for each in first] == [each["messageId"] for each in again]
    assert [each["originalTimestamp"] for each in first] == [each["originalTimestamp"] for each in again]


def test_rudderstacks_web_sdk_finds_its_source() -> None:
    request = Request("GET", "/sourceConfig/", f"p=npm&writeKey={KEY}", BASIC)
    answer = tracking.collect(request, WORKSPACE, ORIGINS).response
    source = json.loads(answer.body)["source"]
    assert (answer.status, source["id"], source["enabled"], source["destinations"]) == (200, "website", True, [])
    stranger = Request("GET", "/sourceConfig/", "writeKey=nobody")
    assert tracking.collect(stranger, WORKSPACE, ORIGINS).response.status == 404


def preflight(path: str, asked: str) -> dict[str, str]:
    headers = {"origin": "https://a.example", "access-control-request-headers": asked}
    return dict(tracking.collect(Request("OPTIONS", path, headers=headers), WORKSPACE, ORIGINS).response.headers)


@pytest.mark.parametrize(
    ("path", "asked"),
    [
        ("/v1/t", "authorization"),
        ("/v1/t", "authorization,x-retry-count"),
        ("/v1/b", "authorization,content-type,x-api-key"),
        ("/v1/track", "anonymousid,authorization,content-type,sentat"),  # RudderStack
        ("/api/s/track", "content-type,x-write-key"),  # Jitsu
        ("/sourceConfig/", "authorization"),
    ],
)
def test_every_preflight_of_a_browser_sdk_passes(path: str, asked: str) -> None:
    answered = preflight(path, asked)
    assert answered["access-control-allow-origin"] == "https://a.example"
    assert set(asked.split(",")) <= set(answered["access-control-allow-headers"].split(", "))
    assert int(answered["access-control-max-age"]) > 0


def test_a_browser_may_read_when_to_come_back() -> None:
    request = Request("POST", "/v1/t", headers={"origin": "https://a.example"})
    headers: Any = with_cors(unavailable(), request, ORIGINS).headers
    assert headers["access-control-expose-headers"] == "retry-after"
    assert headers["retry-after"].isdigit()
