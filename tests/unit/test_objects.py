"""The Object API: its contract, and that each object ends in the archive or among the rejected."""

import gzip
import json
from typing import Any

import pytest

from sluice.edge.cors import parse_origins
from sluice.edge.endpoints import tracking
from sluice.edge.result import Result
from sluice.messages import envelope as envelopes
from sluice.router.events import OpenedRequest, open_envelope
from tests import examples

ROOM = {"id": "2561341", "properties": {"name": "Charming Beach Room", "price": 54.5, "is_open": True, "owner": None}}
CALL: dict[str, Any] = {"collection": "rooms", "objects": [ROOM]}


def collect(path: str, body: Any, **changes: Any) -> Result:
    return tracking.collect(examples.post(path, body, **changes), examples.workspace(), parse_origins("*"))


def opened(result: Result) -> OpenedRequest:
    assert result.envelope is not None
    return open_envelope(envelopes.load(envelopes.dump(result.envelope)), examples.workspace())


def test_an_object_goes_to_the_archive_with_its_source_and_its_time() -> None:
    result = collect("/v1/set", CALL)
    assert (result.response.status, json.loads(result.response.body)) == (200, {"success": True})
    (document,) = opened(result).objects
    assert json.loads(document) == {
        "sourceId": "website", "receivedAt": examples.RECEIVED_AT, "collection": "rooms", "id": "2561341",
        "properties": ROOM["properties"],
    }  # fmt: skip
    assert opened(result).events == []


def test_ten_objects_are_one_call_and_a_number_may_be_an_id() -> None:
    result = collect("/v1/set", {**CALL, "objects": [{**ROOM, "id": number} for number in range(1, 11)]})
    assert [json.loads(each)["id"] for each in opened(result).objects] == [str(number) for number in range(1, 11)]


@pytest.mark.parametrize(
    ("call", "said"),
    [
        ({"objects": [ROOM]}, "`collection`"),
        ({**CALL, "collection": "Rooms"}, "`collection`"),
        ({**CALL, "collection": "_rooms"}, "`collection`"),
        ({**CALL, "collection": "rooms_"}, "`collection`"),
        ({**CALL, "collection": "r" * 101}, "`collection`"),
        ({**CALL, "objects": []}, "1 to 10"),
        ({**CALL, "objects": [ROOM] * 11}, "1 to 10"),
        ({**CALL, "objects": [{"properties": {}}]}, "`id`"),
        ({**CALL, "objects": [{"id": True, "properties": {}}]}, "`id`"),
        ({**CALL, "objects": [{"id": "x" * 101, "properties": {}}]}, "`id`"),
        ({**CALL, "objects": [{"id": "1", "properties": []}]}, "`properties`"),
        ({**CALL, "objects": [{"id": "1", "properties": {"tags": ["a"]}}]}, "`tags` is a list or an object"),
        (
            {**CALL, "objects": [ROOM, {"id": "1", "properties": {"a": {"b": 1}}}]},
            "objects.1: `a` is a list or an object",
        ),
        ({**CALL, "objects": [{"id": "1", "properties": {"a": "x" * 32_769}}]}, "more than 32768 bytes"),
        ([CALL], "not a JSON object"),
    ],
)
def test_a_malformed_call_is_400_and_says_why(call: Any, said: str) -> None:
    result = collect("/v1/set", call)
    assert (result.response.status, result.envelope) == (400, None)
    assert said in json.loads(result.response.body)["message"]


def test_without_a_source_nothing_is_taken() -> None:
    result = collect("/v1/set", CALL, headers=examples.basic("wk_nobody"))
    assert (result.response.status, result.envelope) == (401, None)


def test_the_bulk_form_takes_lines_of_json() -> None:
    started = collect("/v0/start", b"")
    sync = json.loads(started.response.body)["sync_id"]
    assert started.response.status == 201
    lines = b"\n".join(
        json.dumps({"collection": "rooms", **ROOM, "id": f"r{number}"}).encode() for number in range(500)
    )
    uploaded = collect(f"/v0/upload/{sync}", gzip.compress(lines))
    assert (uploaded.response.status, set(json.loads(uploaded.response.body))) == (201, {"part_id"})
    assert len(opened(uploaded).objects) == 500
    assert collect(f"/v0/finish/{sync}", b"").response.status == 202


def test_a_line_that_is_none_costs_the_others_nothing() -> None:
    lines = b'{"collection":"rooms","id":"1","properties":{}}\nnonsense\n{"id":"2"}\n\n'
    found = opened(collect("/v0/upload/s1", lines))
    assert [json.loads(each)["id"] for each in found.objects] == ["1"]
    rejected = [json.loads(each.document) for each in found.rejections]
    assert [(each["reason"], each["kind"]) for each in rejected] == [("object_not_valid", "object")] * 2
    assert json.loads(rejected[0]["original"]) == {"collection": None, "objects": ["nonsense"]}


def test_what_no_message_holds_is_413() -> None:
    import random

    noise = random.Random(1).randbytes(1_000_000).hex().encode()  # noqa: S311 - repeatable, not secret
    assert collect("/v0/upload/s1", noise).response.status == 413


def test_other_methods_are_told() -> None:
    assert collect("/v1/set", CALL).response.status == 200
    request = examples.get("/v1/set")
    assert tracking.collect(request, examples.workspace(), parse_origins("*")).response.status == 405
