"""Delivery: an outcome per event, and only what failed goes on."""

import hashlib
import hmac
import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sluice.consumer import Consumed
from sluice.delivery.backoff import MAX_DELAY_SECONDS, PATIENCE, delay
from sluice.delivery.consumer import PackResult, Route, deliver_all
from sluice.delivery.plan import plan
from sluice.destinations.http import (
    LONGEST_ASKED,
    ForbiddenTargetError,
    Request,
    Response,
    UnreachableError,
    retry_after,
)
from sluice.destinations.outcome import Delivered, Discarded, Failed, Misconfigured, NotAttempted, Retry, by_status
from sluice.messages import pack as wire
from sluice.messages.idempotency import MessageKey
from sluice.messages.pack import Pack, PackHeader
from sluice.rate_limit import RateLimit
from sluice.spec.times import iso
from tests.destinations import deliveries, handled, kind, requests, subscribed
from tests.twins import MemoryIdempotencyStore, MemoryQueue, MemoryVendor

NOW = datetime(2026, 11, 23, 20, 40, 48, tzinfo=UTC)
WEBHOOK = kind("webhook")
SETTINGS = WEBHOOK.settings(url="https://crm.example.com/hook", shared_secret="s3cret")


def pack(*names: str, **header: Any) -> Pack:
    documents = tuple(json.dumps({"type": "track", "messageId": name}).encode() for name in names)
    return Pack(PackHeader(**{"kind": "delivery", "count": len(names), "destination": "crm", **header}), documents)


def names(documents: tuple[bytes, ...]) -> list[str]:
    return [json.loads(document)["messageId"] for document in documents]


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        *((status, Delivered(status)) for status in (200, 201, 202, 204)),
        *((status, Retry(str(status), status)) for status in (408, 423, 429, 500, 502, 503, 504, 599)),
        *((status, Misconfigured(str(status), status)) for status in (401, 403)),
        *((status, Discarded(str(status), status)) for status in (301, 307, 400, 404, 410, 413, 422, 501)),
    ],
)
def test_the_status_decides(status: int, outcome: object) -> None:
    assert by_status(Response(status)) == outcome


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("120", 120.0),
        (" 0 ", 0.0),
        ("1.5", 1.5),
        ("Mon, 23 Nov 2026 20:41:48 GMT", 60.0),
        ("Mon, 23 Nov 2026 20:00:00 GMT", 0.0),
        ("2026-11-23T20:41:48Z", 60.0),
        (str(int(NOW.timestamp()) + 60), 60.0),
        (str((int(NOW.timestamp()) + 60) * 1000), 60.0),
        (str((int(NOW.timestamp()) - 60) * 1000), 0.0),
        ("90s", 90.0),
        ("1m30s", 90.0),
        ("250ms", 0.25),
    ],
)
def test_retry_after_in_every_form(header: str, seconds: float) -> None:
    assert retry_after(Response(503, {"retry-after": header}), NOW) == seconds


@pytest.mark.parametrize("header", ["", "soon", "-5", "1.5.5", "²", "9" * 19, "99999999", "1" * 500])
def test_a_retry_after_that_says_nothing_is_ignored(header: str) -> None:
    assert retry_after(Response(503, {"retry-after": header}), NOW) is None


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"x-ratelimit-reset": str(int(NOW.timestamp()) + 30)}, 30.0),
        ({"x-ratelimit-reset": str(int(NOW.timestamp() - 30) * 1000)}, 0.0),
        ({"ratelimit-reset": "12"}, 12.0),
        ({"x-rate-limit-reset": "12", "retry-after": "5"}, 5.0),
        ({"x-ratelimit-reset": "tomorrow"}, None),
    ],
)
def test_without_a_retry_after_a_limit_that_begins_anew_says_when(
    headers: dict[str, str], seconds: float | None
) -> None:
    assert retry_after(Response(429, headers), NOW) == seconds


@pytest.mark.parametrize(
    ("status", "remaining", "seconds"), [(500, "4999", None), (502, None, None), (503, "0", 60.0), (429, "7", 60.0)]
)
def test_a_limit_that_begins_anew_counts_only_where_it_is_exhausted(
    status: int, remaining: str | None, seconds: float | None
) -> None:
    left = {"x-ratelimit-remaining": remaining} if remaining is not None else {}
    assert retry_after(Response(status, {"x-ratelimit-reset": "60", **left}), NOW) == seconds


HEADERS = ("retry-after", "ratelimit-reset", "x-ratelimit-reset", "x-ratelimit-remaining")
VALUES = st.text(max_size=40) | st.integers().map(str) | st.floats().map(str) | st.datetimes().map(str)


@given(st.integers(100, 599), st.dictionaries(st.sampled_from(HEADERS), VALUES))
def test_no_header_of_a_vendor_breaks_anything(status: int, headers: dict[str, str]) -> None:
    after = retry_after(Response(status, headers), NOW)
    assert after is None or 0 <= after <= LONGEST_ASKED


def test_the_webhook_gets_the_bytes_and_can_check_who_sent_them() -> None:
    text = '{"type":"track", "messageId":"m1","name":"Núñez"}'.encode()
    (request,) = requests({}, WEBHOOK, SETTINGS, text=text)
    assert (request.url, request.body) == ("https://crm.example.com/hook", text)
    assert request.headers["x-signature"] == hmac.new(b"s3cret", text, hashlib.sha1).hexdigest()
    assert request.headers["x-sluice-signature"] == "sha256=" + hmac.new(b"s3cret", text, "sha256").hexdigest()


@pytest.mark.parametrize(
    ("message_id", "key"),
    [
        ("m1", '"m1"'),
        ('node-next-1-a"b', f'"{hashlib.sha256(b'node-next-1-a"b').hexdigest()}"'),
        ("ä", f'"{hashlib.sha256("ä".encode()).hexdigest()}"'),
    ],
)
def test_the_webhook_can_recognise_a_repeat_by_its_key(message_id: str, key: str) -> None:
    (request,) = requests({"type": "track", "messageId": message_id}, WEBHOOK, SETTINGS)
    assert request.headers["idempotency-key"] == key


def test_a_secret_is_in_no_representation() -> None:
    assert "s3cret" not in repr(SETTINGS)
    assert "s3cret" not in repr(requests({"type": "track", "name": "s3cret"}, WEBHOOK, SETTINGS))


NO_ADDRESSES = (
    "http://crm.example.com/", "crm.example.com", "ftp://crm.example.com/", "https://", "https://[::1", "https://x:99999/",
    "https://crm.example.com/café", "https://crm.example.com/a b", "https://crm.example.com/\r\nx: y",
)  # fmt: skip


@pytest.mark.parametrize("url", NO_ADDRESSES)
def test_an_address_that_is_none_is_found_when_the_workspace_is_built(url: str) -> None:
    with pytest.raises(ValueError, match=r"address|https"):
        WEBHOOK.settings(url=url)


@pytest.mark.parametrize("url", NO_ADDRESSES)
def test_an_address_of_an_event_that_is_none_discards_the_event(url: str) -> None:
    action = {"action": "send", "trigger": "all", "mapping": {"url": {"@path": "$.to"}}}
    (settled,) = plan([json.dumps({"to": url}).encode()], subscribed(WEBHOOK, action), SETTINGS).settled
    assert isinstance(settled[2], Discarded)
    assert settled[2].reason == "INVALID_SETTINGS"


def test_a_header_that_cannot_be_sent_is_found_when_built_and_discards_an_event_that_brings_it() -> None:
    with pytest.raises(ValueError, match="cannot be sent"):
        WEBHOOK.settings(url="https://crm.example.com/", headers={"x-name": "Núñez"})
    action = {"action": "send", "trigger": "all", "mapping": {"headers": {"x-name": {"@path": "$.name"}}}}
    for name in ("Núñez", "a\r\nx-admin: yes"):
        (settled,) = plan([json.dumps({"name": name}).encode()], subscribed(WEBHOOK, action), SETTINGS).settled
        assert isinstance(settled[2], Discarded)
    (request,) = requests({"name": 12.0}, WEBHOOK, SETTINGS, action)
    assert request.headers["x-name"] == "12"


def test_each_event_has_its_own_outcome() -> None:
    def answer(request: Request) -> Response:
        match json.loads(request.body)["messageId"]:
            case "gone":
                return Response(404)
            case "busy":
                return Response(503, {"retry-after": "7"}, b"sorry")
            case "silent":
                raise UnreachableError("ETIMEDOUT")
            case "inside":
                raise ForbiddenTargetError("no")
            case "odd":
                raise ZeroDivisionError
        return Response(200)

    documents = pack("good", "gone", "busy", "silent", "inside", "odd").documents
    outcomes = deliveries(documents, WEBHOOK, SETTINGS, MemoryVendor(answer))
    assert outcomes == [
        Delivered(200),
        Discarded("404", 404),
        Retry("503", 503, 7.0, "sorry"),
        Retry("ETIMEDOUT", response="ETIMEDOUT"),
        Misconfigured("INVALID_SETTINGS", response="no"),
        Failed("INTERNAL", response="ZeroDivisionError"),
    ]


def test_without_time_nothing_is_begun() -> None:
    vendor = MemoryVendor()
    outcomes = deliveries(pack("a", "b").documents, WEBHOOK, SETTINGS, vendor, has_time=lambda: False)
    assert (outcomes, vendor.requests) == ([NotAttempted(), NotAttempted()], [])


def test_a_rate_is_kept_by_waiting_and_what_would_wait_too_long_goes_back() -> None:
    clock, slept = [100.0], list[float]()

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        clock[0] += seconds

    pace = RateLimit(0.5, now=lambda: clock[0], sleep=sleep)
    outcomes = deliveries(pack(*"abcdef").documents, WEBHOOK, SETTINGS, MemoryVendor(), rate=pace, concurrency=1)
    assert outcomes == [Delivered(200)] * 6
    assert sum(slept) == pytest.approx(9.0), "six at one in two seconds, less the second that was saved up"

    hurried = RateLimit(0.01, now=lambda: clock[0], sleep=sleep)
    outcomes = deliveries(pack("a", "b").documents, WEBHOOK, SETTINGS, MemoryVendor(), rate=hurried, concurrency=1)
    assert outcomes[0] == Delivered(200)
    assert isinstance(outcomes[1], NotAttempted)
    assert outcomes[1].after == pytest.approx(99.0)


def test_the_wait_grows_and_is_spread() -> None:
    assert [delay(attempt, None, lambda: 1.0) for attempt in (0, 1, 2, 3, 50)] == [4, 8, 16, 32, 900]
    assert delay(5, None, lambda: 0.0) == 1.0
    assert delay(0, 30.0, lambda: 0.5) == 30.0


def route(vendor: MemoryVendor) -> Route[Any]:
    return Route(subscribed(WEBHOOK), lambda _: SETTINGS, vendor, MemoryQueue(), MemoryQueue())


def test_a_message_is_done_when_its_failures_are_on_the_queue() -> None:
    to = route(MemoryVendor(lambda _: Response(503)))
    found = handled(pack("a", "b"), to, clock=lambda: NOW)
    assert isinstance(to.queue, MemoryQueue)
    assert names(wire.load(to.queue.bodies[0]).documents) == ["a", "b"]
    assert to.queue.delays[0] > 0
    assert len(found.outcomes) == 2


def test_either_queue_stands_in_for_the_other_so_that_nothing_is_sent_twice() -> None:
    to = route(MemoryVendor(lambda _: Response(503)))
    assert isinstance(to.queue, MemoryQueue)
    assert isinstance(to.dead_letters, MemoryQueue)
    to.queue.refuse = lambda _: True
    handled(pack("a"), to, clock=lambda: NOW)
    assert names(wire.load(to.dead_letters.bodies[0]).documents) == ["a"]
    to.queue.refuse, to.dead_letters.refuse = (lambda _: False), (lambda _: True)
    handled(pack("b", first_attempt_at=iso(NOW - PATIENCE)), to, clock=lambda: NOW)
    assert names(wire.load(to.queue.bodies[0]).documents) == ["b"]


def test_a_message_that_comes_too_early_is_put_back_untouched() -> None:
    vendor = MemoryVendor()
    to = route(vendor)
    early = pack("a", not_before=iso(NOW + timedelta(hours=2)))
    handled(early, to, clock=lambda: NOW)
    assert isinstance(to.queue, MemoryQueue)
    (again,) = map(wire.load, to.queue.bodies)
    assert again == replace(early, header=replace(early.header, id=again.header.id))
    assert again.header.id != early.header.id, "or it would be taken for the one that is completed"
    assert (to.queue.delays, vendor.requests) == ([MAX_DELAY_SECONDS], [])


def test_each_message_is_handled_by_itself_and_once() -> None:
    vendor, store, told = MemoryVendor(), MemoryIdempotencyStore(), list[PackResult]()
    to = route(vendor)
    bodies = [wire.dump(pack("a")), "garbage", wire.dump(pack("b"))]
    batch = deliver_all(bodies, store, to, told.extend, clock=lambda: NOW)
    assert (batch.failed, list(batch.unreadable), len(told)) == ({}, [1], 2)

    again = deliver_all(bodies, store, to, told.extend, clock=lambda: NOW)
    assert (again.repeats, len(told), len(vendor.requests)) == (2, 2, 2)


#: Takes several events in a request.
TOGETHER = subscribed(WEBHOOK, {"action": "send", "mapping": {"enable_batching": True}})


@dataclass
class Noting(MemoryIdempotencyStore):
    """Notes how many keys were completed at the same time."""

    notes: list[int] = field(default_factory=list)

    def complete(self, keys: Sequence[MessageKey]) -> None:
        self.notes.append(len(keys))
        super().complete(keys)


def noted(to: Route[Any], *packs: Pack) -> tuple[list[int], Consumed]:
    store = Noting()
    return store.notes, deliver_all([wire.dump(each) for each in packs], store, to, lambda _: None, clock=lambda: NOW)


def test_packs_that_come_together_share_requests_and_each_is_settled_by_itself() -> None:
    vendor = MemoryVendor(lambda _: Response(503))
    to = replace(route(vendor), subscriptions=TOGETHER)
    notes, batch = noted(to, pack("a", "b"), pack("c", attempt=3), pack("d"))
    (request,) = vendor.requests
    assert [each["messageId"] for each in json.loads(request.body)] == ["a", "b", "c", "d"]
    assert (notes, batch.failed) == ([3], {})
    assert isinstance(to.queue, MemoryQueue)
    back = [wire.load(body) for body in to.queue.bodies]
    assert [(names(each.documents), each.header.attempt) for each in back] == [(["a", "b"], 1), (["c"], 4), (["d"], 1)]


def test_a_pack_that_breaks_our_code_is_given_back_and_the_others_are_delivered() -> None:
    vendor = MemoryVendor()
    broken = Pack(PackHeader(kind="delivery", count=1, destination="crm"), (b"{broken",))
    notes, batch = noted(replace(route(vendor), subscriptions=TOGETHER), pack("a"), broken, pack("b"))
    assert (batch.failed, [type(each) for each in batch.faults]) == ({1: "JSONDecodeError"}, [orjson.JSONDecodeError])
    assert (len(vendor.requests), sum(notes)) == (1, 2)


@pytest.mark.parametrize(
    "changes", [{"concurrency": 1}, {"rate": RateLimit(1000.0)}], ids=["many requests", "a rate to be kept"]
)
def test_what_takes_long_is_noted_pack_by_pack(changes: dict[str, Any]) -> None:
    to = replace(route(MemoryVendor()), **changes)
    notes, _ = noted(to, pack("a", "b"), pack("c"))
    assert notes == [1, 1]


def test_a_message_whose_failures_no_queue_takes_is_given_back_and_not_done() -> None:
    to, store = route(MemoryVendor(lambda _: Response(503))), MemoryIdempotencyStore()
    assert isinstance(to.queue, MemoryQueue)
    assert isinstance(to.dead_letters, MemoryQueue)
    to.queue.refuse = to.dead_letters.refuse = lambda _: True
    batch = deliver_all([wire.dump(pack("a"))], store, to, lambda _: None, clock=lambda: NOW)
    assert (batch.failed, store.done) == ({0: "queue not available"}, set())
