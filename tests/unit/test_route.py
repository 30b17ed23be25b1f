"""The router: everything that comes in goes on, once, and failures touch only what failed."""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pytest

from sluice.consumer import Consumed
from sluice.messages import envelope as wire
from sluice.messages import pack as packs
from sluice.messages.encoding import to_text
from sluice.messages.envelope import Envelope
from sluice.router.decisions import allows
from sluice.router.packs import ARCHIVE_EVENTS, MAX_DELIVERIES, Target, delivery
from sluice.router.router import LAST_START_SECONDS, PART_BYTES, Routed, Router, route
from sluice.router.subscribers import RoutedEvent
from sluice.spec.reasons import Reason
from sluice.workspace.compiled import Workspace
from tests import examples
from tests.twins import MemoryDedupeStore, MemoryIdempotencyStore, MemoryQueue


@dataclass
class Found:
    """What came of a batch, and of its parts."""

    batch: Consumed
    parts: list[Routed]

    @property
    def failed(self) -> dict[int, str]:
        return self.batch.failed

    @property
    def events(self) -> list[RoutedEvent]:
        return [event for part in self.parts for event in part.events]

    @property
    def duplicates(self) -> list[RoutedEvent]:
        return [event for part in self.parts for event in part.duplicates]

    @property
    def filtered(self) -> Counter[tuple[str, Reason]]:
        return sum((part.filtered for part in self.parts), Counter())


class Routing:
    """A router with its queues and what it remembers."""

    def __init__(self, workspace: Workspace | None = None) -> None:
        self.workspace = workspace or examples.workspace()
        self.dedupe = MemoryDedupeStore()
        self.store = MemoryIdempotencyStore()
        self.queues: dict[Target, MemoryQueue] = {}
        self.spill = MemoryQueue()

    def queue(self, target: Target) -> MemoryQueue:
        return self.queues.setdefault(ARCHIVE_EVENTS if target.destination is None else target, MemoryQueue())

    def __call__(self, *envelopes: Envelope, **more: Any) -> Found:
        return self.route([wire.dump(each) for each in envelopes], **more)

    def route(self, bodies: Sequence[str], part_bytes: int = PART_BYTES, **more: Any) -> Found:
        router = Router(
            workspace=self.workspace,
            store=self.store,
            dedupe=self.dedupe,
            queues=self.queue,
            spill=self.spill,
            part_bytes=part_bytes,
        )
        parts: list[Routed] = []
        return Found(route(bodies, router, parts.append, **more), parts)

    def documents(self, kind: str, destination: str | None = None) -> list[dict[str, Any]]:
        queue = self.queues.get(ARCHIVE_EVENTS if destination is None else delivery(destination), MemoryQueue())
        read = [packs.load(body) for body in queue.bodies]
        return [json.loads(line) for pack in read if pack.header.kind == kind for line in pack.documents]


def test_every_call_reaches_the_archive_and_the_destination() -> None:
    routing = Routing()
    routed = routing(examples.envelope(examples.batch(*examples.ALL_CALLS)))
    archived = routing.documents("events")
    assert [each["type"] for each in archived] == [each["type"] for each in examples.ALL_CALLS]
    assert {each["sourceId"] for each in archived} == {"website"}
    assert [each["messageId"] for each in routing.documents("delivery", "crm")] == [
        each["messageId"] for each in archived
    ]
    assert routed.failed == {}


def test_a_bad_event_costs_the_others_nothing_and_is_kept_as_it_was_sent() -> None:
    routing = Routing()
    text = '{"batch":[' + json.dumps(examples.TRACK) + ',{"type":"track" , "userId":"u"}]}'
    routing(examples.envelope(text, kind="batch"))
    assert len(routing.documents("events")) == 1
    (rejected,) = routing.documents("rejected")
    assert rejected["reason"] == "event_not_defined"
    assert rejected["original"] == '{"type":"track" , "userId":"u"}'
    assert (rejected["sourceId"], rejected["receivedAt"], rejected["requestId"]) == (
        "website",
        examples.RECEIVED_AT,
        "req-1",
    )


@pytest.mark.parametrize(
    ("envelope", "reason"),
    [
        (examples.envelope("{", kind="call", refused="bad_request"), "bad_request"),
        (examples.envelope({"no": "batch"}, kind="batch"), "bad_request"),
        (examples.envelope(examples.batch()), "empty_batch"),
        (examples.envelope(examples.TRACK, source="app"), "source_disabled"),
        (examples.envelope(examples.TRACK, source=None, write_key="nobody"), "unknown_source"),
        (examples.envelope(examples.TRACK, source="removed-since"), "unknown_source"),
        (examples.envelope("data=%%%", kind="pixel"), "bad_request"),
    ],
)
def test_a_request_that_cannot_be_used_is_rejected_whole(envelope: Envelope, reason: str) -> None:
    routing = Routing()
    routed = routing(envelope)
    (rejected,) = routing.documents("rejected")
    assert (rejected["reason"], rejected["original"]) == (reason, envelope.text)
    assert (routed.events, routed.failed) == ([], {})


def test_pixels_and_links_are_events_like_any_other() -> None:
    routing = Routing()
    routing(examples.envelope("userId=u1&event=Opened&writeKey=wk_website", kind="pixel", type="track"))
    routing(
        examples.envelope("ajs_uid=u1&ajs_trait_plan=pro&ajs_event=Clicked", kind="querystring", request_id="req-2")
    )
    assert [each["type"] for each in routing.documents("events")] == ["track", "identify", "track"]
    assert not [each for each in routing.documents("events") if "writeKey" in each]


def test_a_clients_retry_is_recognised_and_the_same_message_again_is_not() -> None:
    routing = Routing()
    first = examples.envelope(examples.TRACK)
    retry = examples.envelope(examples.TRACK, request_id="req-2")
    assert len(routing(first).events) == 1
    assert len(routing(retry).duplicates) == 1
    assert len(routing(first).events) == 0, "SQS delivers again what is done"
    routing.store.done.clear()
    assert len(routing(first).events) == 1, "SQS delivers again after a crash: it must pass"
    assert [each["messageId"] for each in routing.documents("events")] == [examples.TRACK["messageId"]] * 2


def test_a_copy_of_a_message_waits_and_then_passes_by() -> None:
    routing = Routing()
    request = examples.envelope({**examples.TRACK, "messageId": None})
    first = routing(request, request)
    assert (len(first.events), first.failed) == (1, {1: "a copy is being worked on"})
    again = routing(request)
    assert (again.events, again.batch.repeats, again.failed) == ([], 1, {})


def test_without_the_idempotency_store_nothing_is_sent_and_everything_comes_again() -> None:
    routing = Routing()
    routing.store.down = True
    assert routing(examples.envelope(examples.TRACK)).failed == {0: "idempotency store not available"}
    assert routing.documents("events") == []


def test_a_message_that_is_given_back_is_not_done() -> None:
    routing = Routing()
    routing.queue(ARCHIVE_EVENTS).refuse = routing.spill.refuse = lambda _: True
    assert routing(examples.envelope(examples.TRACK)).failed
    assert routing.store.done == set()


def test_an_order_that_is_sent_three_times_is_one_event_whatever_its_timestamps_say() -> None:
    order = {**examples.TRACK, "messageId": "order-42"}
    stamps = ["2026-11-23T20:40:00.000Z", "2026-11-23T20:40:04.000Z", "2026-11-23T20:40:30.000Z", None]
    routing = Routing()
    routed = [
        routing(examples.envelope({**order, "timestamp": stamp}, request_id=f"request-{number}"))
        for number, stamp in enumerate(stamps)
    ]
    assert [(len(each.events), len(each.duplicates)) for each in routed] == [(1, 0), (0, 1), (0, 1), (0, 1)]


def test_duplicates_within_one_batch_are_recognised() -> None:
    routed = Routing()(examples.envelope(examples.batch(examples.TRACK, examples.TRACK)))
    assert (len(routed.events), len(routed.duplicates)) == (1, 1)


def test_large_requests_are_worked_on_one_after_the_other_and_duplicates_among_them_are_recognised() -> None:
    routing = Routing()
    request = examples.batch(examples.TRACK, examples.PAGE)
    routed = routing(*(examples.envelope(request, request_id=f"req-{n}") for n in range(3)), part_bytes=1)
    assert [(len(each.events), len(each.duplicates)) for each in routed.parts] == [(2, 0), (0, 2), (0, 2)]
    assert len(routing.documents("events")) == 2
    assert len(routing.store.done) == 3


def test_what_there_is_no_time_for_is_given_back_and_only_that() -> None:
    routing = Routing()
    requests = [examples.envelope({**each, "messageId": None}, request_id=each["type"]) for each in examples.ALL_CALLS]
    left = iter([30, LAST_START_SECONDS + 1, *[LAST_START_SECONDS] * len(requests)])
    routed = routing(*requests, part_bytes=1, seconds_left=lambda: next(left))
    assert routed.failed == dict.fromkeys(range(2, len(requests)), "out of time")
    assert [each["type"] for each in routing.documents("events")] == ["track", "identify"]
    assert {name for _, name in routing.store.done} == {"track", "identify"}


def test_something_is_done_however_little_time_there_is() -> None:
    routed = Routing()(examples.envelope(examples.TRACK), seconds_left=lambda: LAST_START_SECONDS / 2)
    assert (len(routed.events), routed.failed) == (1, {})


def test_the_same_id_of_another_source_is_another_event() -> None:
    routing = Routing()
    routing(examples.envelope(examples.TRACK))
    assert len(routing(examples.envelope(examples.TRACK, source="server", request_id="req-2")).events) == 1


def test_events_without_an_id_are_never_merged() -> None:
    event = {"type": "track", "event": "E", "userId": "u"}
    assert len(Routing()(examples.envelope(examples.batch(event, event))).events) == 2


def test_without_dedupe_nothing_is_sent_and_everything_comes_again() -> None:
    routing = Routing()
    routing.dedupe.down = True
    nameless = examples.envelope({**examples.TRACK, "messageId": None}, request_id="req-2")
    routed = routing(examples.envelope(examples.TRACK), nameless)
    assert list(routed.failed) == [0]
    assert len(routing.documents("events")) == 1


def test_a_message_that_is_not_ours_fails_alone() -> None:
    routing = Routing()
    bodies = ["garbage", wire.dump(examples.envelope(examples.TRACK))]
    routed = routing.route(bodies)
    assert (list(routed.batch.unreadable), routed.failed) == ([0], {})
    assert len(routing.documents("events")) == 1


def test_a_pack_that_its_queue_does_not_take_waits_alone_and_repeats_nothing() -> None:
    routing = Routing()
    crm = routing.queue(delivery("crm"))
    crm.refuse = lambda _: True
    assert routing(examples.envelope(examples.TRACK)).failed == {}
    assert (len(routing.spill.bodies), len(routing.documents("events")), crm.bodies) == (1, 1, [])
    crm.refuse = lambda _: False
    routed = routing.route(routing.spill.bodies)
    assert (routed.failed, crm.bodies) == ({}, routing.spill.bodies)
    assert len(routing.documents("events")) == 1


def test_where_no_queue_takes_anything_the_messages_are_given_back() -> None:
    only_server = examples.destination(sources=("server",))
    routing = Routing(examples.workspace(only_server))
    routing.queue(delivery("crm")).refuse = routing.spill.refuse = lambda _: True
    server = examples.envelope(examples.PAGE, source="server", request_id="req-2")
    assert list(routing(examples.envelope(examples.TRACK), server).failed) == [1]


def test_a_rejection_is_kept_once_and_what_was_repaired_may_come_again() -> None:
    routing = Routing()
    bad = {"type": "track", "userId": "u", "messageId": "m"}
    routing(examples.envelope(bad))
    routing(examples.envelope(bad, request_id="req-2"))
    assert len(routing.documents("rejected")) == 1
    repaired = examples.envelope({**bad, "event": "E"}, request_id="req-3")
    assert len(routing(repaired).events) == 1


def test_destinations_get_what_they_want_and_what_the_event_allows() -> None:
    routing = Routing(
        examples.workspace(
            examples.destination(),
            examples.destination(id="off", enabled=False),
            examples.destination(id="others", sources=("server",)),
        )
    )
    blocked = {**examples.PAGE, "integrations": {"All": False}}
    routing(examples.envelope(examples.batch(examples.TRACK, blocked)))
    assert len(routing.documents("events")) == 2
    assert [each["type"] for each in routing.documents("delivery", "crm")] == ["track"]
    assert {target.destination for target in routing.queues} == {None, "crm"}


@pytest.mark.parametrize(
    ("metadata", "reason"),
    [
        ({"bundled": ["Segment.io", "CRM"], "unbundled": []}, "MESSAGE_SENT_CLIENT_SIDE"),
        ({"bundled": ["Segment.io"], "unbundled": ["CRM"]}, None),
        ({"bundled": "CRM"}, None),
        (["CRM"], None),
        (None, None),
    ],
)
def test_what_the_browser_has_sent_by_itself_is_not_sent_again(metadata: Any, reason: str | None) -> None:
    routing = Routing()
    routed = routing(examples.envelope({**examples.TRACK, "_metadata": metadata}))
    assert dict(routed.filtered) == ({("crm", reason): 1} if reason else {})
    assert len(routing.documents("delivery", "crm")) == (0 if reason else 1)


@pytest.mark.parametrize(
    ("integrations", "delivered"),
    [
        ({}, True),
        ({"All": True, "D": False}, False),
        ({"All": False}, False),
        ({"All": False, "D": True}, True),
        ({"All": False, "D": {"x": 1}}, True),
        ({"d": False}, True),
        ({"All": False, "d": True}, False),
    ],
)
def test_the_integrations_object(integrations: dict[str, Any], delivered: bool) -> None:
    assert allows(integrations, ("D", "D (Actions)")) is delivered


def test_an_id_that_a_request_has_twice_passes_once() -> None:
    """Also when the request is delivered again, and when another brought the id before."""
    twice = examples.envelope(examples.batch(examples.TRACK, examples.TRACK), request_id="twice")
    routing = Routing()
    for _ in range(2):
        routed = routing(twice)
        assert (len(routed.events), len(routed.duplicates)) == (1, 1)
        routing.store.done.clear()
    routed = routing(examples.envelope(examples.batch(examples.TRACK), request_id="again"), twice)
    assert ([each.request for each in routed.events], len(routed.duplicates)) == (["twice"], 2)


def test_packs_are_filled_and_stay_below_what_sqs_takes() -> None:
    routing = Routing()
    events = [{**examples.TRACK, "messageId": f"m{n}", "properties": {"pad": "x" * 900}} for n in range(400)]
    text, encoding = to_text(json.dumps(examples.batch(*events)).encode())
    routing(examples.envelope(text, kind="batch", encoding=encoding))
    assert 1 < len(routing.queue(ARCHIVE_EVENTS).bodies) < 10
    counts = [packs.load(body).header.count for body in routing.queue(delivery("crm")).bodies]
    assert counts == [MAX_DELIVERIES] * 4
    assert [each["messageId"] for each in routing.documents("events")] == [f"m{n}" for n in range(400)]
