"""The edge: what is accepted, what is refused and how, and what is kept of what is refused."""

import base64
import gzip
import json
import zlib
from typing import Any

import pytest

from sluice.edge.acceptance import ATTEMPTS, Rations, accept
from sluice.edge.cors import parse_origins, with_cors
from sluice.edge.endpoints import pixel, tracking
from sluice.edge.request import Request, from_api_gateway
from sluice.edge.result import Result
from sluice.messages import envelope as wire
from sluice.messages.encoding import MAX_MESSAGE_BYTES
from tests import examples
from tests.examples import basic, get, post
from tests.twins import MemoryQueue

EVERY_ORIGIN = parse_origins("*")
WORKSPACE = examples.workspace()


def collect(request: Request) -> Result:
    return tracking.collect(request, WORKSPACE, EVERY_ORIGIN)


def body_of(collected: Result) -> dict[str, Any]:
    return dict(json.loads(collected.response.body))


@pytest.mark.parametrize(
    "call", ["identify", "track", "page", "screen", "group", "alias", "batch", "b", "import", "import/", "t"]
)
def test_success_is_exactly_what_sdks_need(call: str) -> None:
    collected = collect(post(f"/v1/{call}", {"batch": []} if call[0] in "bi" else examples.TRACK))
    assert (collected.response.status, body_of(collected)) == (200, {"success": True})
    assert collected.envelope is not None
    assert collected.envelope.source == "website"


def test_the_bytes_go_on_as_they_came() -> None:
    sent = b'{ "batch":[ {"event":"caf\\u00e9", "n":NaN} ] }\n'
    collected = collect(post("/v1/batch", sent))
    assert collected.envelope is not None
    assert collected.envelope.payload(1000) == sent


@pytest.mark.parametrize(
    ("path", "type_in_body", "expected"),
    [
        ("track", "page", "track"),
        ("t", None, "track"),
        ("t", "page", None),
        ("t", ["x"], "track"),
        ("batch", None, None),
    ],
)
def test_the_path_names_the_type_where_the_event_does_not(path: str, type_in_body: Any, expected: str | None) -> None:
    collected = collect(post(f"/v1/{path}", {"type": type_in_body}))
    assert collected.envelope is not None
    assert collected.envelope.type == expected


@pytest.mark.parametrize("path", ["/b", "/batch"])
def test_react_natives_bare_host_takes_batches(path: str) -> None:
    assert collect(post(path, {"batch": [examples.TRACK]})).response.status == 200


def test_header_names_count_in_any_case() -> None:
    """`sam local start-api` hands them over as the client wrote them."""
    http = {"method": "POST", "sourceIp": "203.0.113.7"}
    context = {"http": http, "requestId": "r", "timeEpoch": 0}
    request = from_api_gateway({"requestContext": context, "rawPath": "/v1/b", "headers": {"Authorization": "Basic x"}})
    assert request.headers == {"authorization": "Basic x"}


def events_of(size: int) -> dict[str, Any]:
    """Return a batch whose events have this many bytes, as analytics-ruby counts: with a comma for each."""
    empty = len(json.dumps({"p": ""}, separators=(",", ":"))) + 1
    count = size // 30_000
    sizes = [30_000] * (count - 1) + [size - 30_000 * (count - 1)]
    return {"batch": [{"p": "x" * (each - empty)} for each in sizes], "sentAt": "2026-01-15T12:00:00.000Z"}


def test_the_fullest_batch_of_an_sdk_that_counts_events_alone_is_taken() -> None:
    body = json.dumps(events_of(500 * 1024), separators=(",", ":")).encode()
    assert len(body) > 500 * 1024
    assert collect(post("/v1/batch", body)).response.status == 200


def test_the_fullest_batch_of_an_sdk_that_escapes_after_it_counted_is_taken() -> None:
    event = {**examples.TRACK, "properties": {"city": "\u0410" * 15_000}}
    body = json.dumps({"batch": [event] * 16}).encode()
    assert len(body) > 1_400_000
    collected = collect(post("/v1/batch", body))
    assert collected.response.status == 200
    assert collected.envelope is not None
    assert len(wire.dump(collected.envelope)) < MAX_MESSAGE_BYTES


def test_a_batch_that_is_too_large_by_any_measure_is_refused() -> None:
    body = json.dumps(events_of(500 * 1024 + 30_000), separators=(",", ":")).encode()
    assert body_of(collect(post("/v1/batch", body)))["code"] == "batch_too_large"


@pytest.mark.parametrize("content_type", ["application/json", "text/plain", "application/x-www-form-urlencoded", None])
@pytest.mark.parametrize("encoding", ["gzip", None])
def test_what_a_body_is_does_not_depend_on_what_it_says_it_is(content_type: str | None, encoding: str | None) -> None:
    headers = {**basic("wk_website"), "content-type": content_type or "", "content-encoding": encoding or ""}
    packed = gzip.compress(json.dumps({"batch": [examples.TRACK]}).encode())
    collected = collect(post("/v1/batch", packed, headers=headers))
    assert collected.envelope is not None
    assert json.loads(collected.envelope.payload(10_000)) == {"batch": [examples.TRACK]}


MASKED = {"writeKey": "wk_website:***", "batch": [{"writeKey": "wk_website:***"}]}


@pytest.mark.parametrize(
    ("headers", "body", "source"),
    [
        (basic("wk_website"), {}, "website"),
        ({"authorization": "Basic " + base64.b64encode(b"wk_server").decode()}, {}, "server"),  # without the colon
        ({"x-write-key": "wk_server"}, MASKED, "server"),
        ({}, {"writeKey": "wk_website"}, "website"),
        ({}, {"batch": [{}, {"writeKey": "wk_server"}]}, "server"),
        (basic("wk_website"), {"writeKey": "wk_server"}, "website"),
        ({"authorization": "Basic %%%"}, {"writeKey": "wk_website"}, "website"),
        ({"authorization": "Bearer token"}, {"writeKey": "wk_server"}, "server"),
        (basic("nobody"), {}, None),
    ],
)
def test_the_write_key_may_be_anywhere(headers: dict[str, str], body: Any, source: str | None) -> None:
    collected = collect(post("/v1/batch", body, headers=headers))
    assert collected.response.status == 200
    assert collected.envelope is not None
    assert collected.envelope.source == source


def test_an_unknown_key_is_answered_as_segment_does_and_kept_for_who_looks_for_it() -> None:
    collected = collect(post("/v1/track", examples.TRACK, headers=basic("wk_of_an_old_app")))
    assert collected.response.status == 200
    assert collected.is_limited
    assert collected.envelope is not None
    assert collected.envelope.write_key == "wk_of_an_old_app"


def test_a_known_key_stays_out_of_the_queue() -> None:
    assert "wk_website" not in wire.dump(collect(post("/v1/track", examples.TRACK)).envelope or examples.envelope({}))


@pytest.mark.parametrize(
    ("request_", "status", "code"),
    [
        (post("/v1/track", b'{"event": '), 400, "invalid_json"),
        (post("/v1/track", b"\xff\xfe\xfd"), 400, "invalid_json"),
        (post("/v1/track", b"[1]"), 400, "invalid_json"),
        (post("/v1/track", b""), 400, "invalid_json"),
        (post("/v1/batch", b"\x1f\x8bbroken"), 400, "invalid_encoding"),
        (post("/v1/batch", zlib.compress(b" " * 30_000_000, wbits=31)), 400, "invalid_encoding"),
        (post("/v1/track", {}, headers={}), 400, "missing_write_key"),
        (post("/v1/track", {"writeKey": ""}, headers={}), 400, "missing_write_key"),
        (post("/v1/track", {"pad": "x" * 33_000}), 400, "event_too_large"),
        (post("/v1/batch", {"pad": "x" * 600_000}), 400, "batch_too_large"),
        (post("/v1/nothing", {}), 404, "not_found"),
        (post("/", {}), 404, "not_found"),
        (get("/v1/track"), 405, "method_not_allowed"),
    ],
)
def test_a_refusal_is_an_object_that_every_sdk_can_read(request_: Request, status: int, code: str) -> None:
    collected = collect(request_)
    assert collected.response.status == status
    assert body_of(collected).keys() == {"success", "code", "message"}
    assert (body_of(collected)["success"], body_of(collected)["code"], collected.code) == (False, code, code)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b'{"event": ', "bad_request"),
        (b"\xff\xfe", "bad_request"),
        (b'{"pad":"' + b"x" * 33_000 + b'"}', "event_too_large"),
    ],
)
def test_what_is_refused_is_kept_with_its_reason(body: bytes, reason: str) -> None:
    envelope = collect(post("/v1/track", body)).envelope
    assert envelope is not None
    assert (envelope.refused, envelope.payload(100_000)) == (reason, body)


def test_what_cannot_be_carried_is_refused_and_not_kept() -> None:
    collected = collect(post("/v1/batch", {"pad": "x" * 800_000}))
    assert (collected.response.status, collected.envelope) == (400, None)


def test_telemetry_of_sdks_is_answered_and_not_an_event() -> None:
    assert collect(post("/v1/m", b"anything", headers={})) == collect(get("/health"))


def test_a_browser_may_send_what_its_sdk_sends() -> None:
    headers = {
        "origin": "https://shop.example",
        "access-control-request-headers": "authorization,x-retry-count,x-api-key,a b",
    }
    answer = tracking.collect(Request("OPTIONS", "/v1/t", headers=headers), WORKSPACE, EVERY_ORIGIN).response
    assert answer.status == 204
    assert answer.headers["access-control-allow-origin"] == "https://shop.example"
    assert answer.headers["access-control-allow-credentials"] == "true"
    allowed = answer.headers["access-control-allow-headers"].split(", ")
    assert {"authorization", "content-type", "x-retry-count", "x-api-key"} <= set(allowed)
    assert "a b" not in allowed


@pytest.mark.parametrize(
    ("origin", "readable"), [("https://a.example", True), ("https://b.example", False), (None, False)]
)
def test_only_listed_origins_may_read(origin: str | None, readable: bool) -> None:
    request = get("/v1/t", headers={"origin": origin} if origin else {})
    answer = with_cors(collect(request).response, request, parse_origins("https://a.example, https://c.example/"))
    assert ("access-control-allow-origin" in answer.headers) is readable


def test_the_answer_waits_for_the_queue() -> None:
    queue = MemoryQueue()
    accept(collect(post("/v1/track", examples.TRACK)), queue, Rations(WORKSPACE))
    assert wire.load(queue.bodies[0]).payload(10_000) == json.dumps(examples.TRACK).encode()


def test_a_passing_fault_is_not_the_clients_business() -> None:
    queue = MemoryQueue(refuse=lambda number: number < ATTEMPTS)
    accepted = accept(collect(post("/v1/track", examples.TRACK)), queue, Rations(WORKSPACE), pause=lambda _: None)
    assert accepted.response.status == 200
    assert wire.load(queue.bodies[0]).request_id == "req-1"


def test_without_the_queue_the_client_is_asked_to_come_back() -> None:
    queue = MemoryQueue(refuse=lambda _: True)
    answer = accept(
        collect(post("/v1/track", examples.TRACK)), queue, Rations(WORKSPACE), pause=lambda _: None
    ).response
    assert answer.status == 503
    assert int(answer.headers["retry-after"]) > 0


def test_an_image_is_an_image_even_without_the_queue() -> None:
    collected = pixel.collect(get("/v1/pixel/page", "userId=u&writeKey=wk_website"), WORKSPACE)
    accepted = accept(collected, MemoryQueue(refuse=lambda _: True), Rations(WORKSPACE), pause=lambda _: None)
    assert (accepted.response.status, accepted.code) == (200, "queue_unavailable")


def test_a_stranger_cannot_fill_the_archive() -> None:
    now = [0.0]
    queue, rations = MemoryQueue(), Rations(WORKSPACE, now=lambda: now[0])
    strange = collect(post("/v1/track", examples.TRACK, headers=basic("nobody")))
    answers = [accept(strange, queue, rations).response.status for _ in range(100)]
    assert answers == [200] * 100
    assert len(queue.bodies) == 10
    now[0] = 1.0
    accept(strange, queue, rations)
    assert len(queue.bodies) == 11


def test_a_request_of_api_gateway_is_read_with_all_that_the_edge_knows() -> None:
    event = {
        "rawPath": "/v1/batch",
        "rawQueryString": "a=1",
        "headers": {"host": "x"},
        "cookies": ["a=1", "b=2=3"],
        "body": base64.b64encode(b"\x1f\x8b").decode(),
        "isBase64Encoded": True,
        "requestContext": {
            "http": {"method": "POST", "sourceIp": "203.0.113.7"},
            "requestId": "JKJaXmPLvHcESHA=",
            "timeEpoch": examples.RECEIVED_MS,
        },
    }
    request = from_api_gateway(event)
    assert request == Request(
        "POST",
        "/v1/batch",
        "a=1",
        {"host": "x"},
        {"a": "1", "b": "2=3"},
        b"\x1f\x8b",
        "203.0.113.7",
        "JKJaXmPLvHcESHA=",
        examples.RECEIVED_MS,
    )


@pytest.mark.parametrize(
    ("path", "query", "headers"),
    [
        ("/beacon/v1/batch", "writeKey=wk_website", {}),  # RudderStack's web SDK, leaving a page
        ("/api/s/track", "", {"x-write-key": "wk_website"}),  # Jitsu
        ("/api/s/s2s/track", "", {"x-write-key": "wk_website:secret"}),  # Jitsu on servers, its key in two parts
    ],
)
def test_other_sdks_find_their_paths(path: str, query: str, headers: dict[str, str]) -> None:
    body = {"batch": [examples.TRACK]} if "batch" in path else {**examples.TRACK, "writeKey": "wk_website:***"}
    collected = collect(post(path, body, query=query, headers=headers))
    assert collected.response.status == 200
    assert collected.envelope is not None
    assert collected.envelope.source == "website"
