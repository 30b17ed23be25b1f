"""Recover: the original bytes or repaired ones, and as often as one likes: each event arrives once."""

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest

from cli.errors import OperatorError, UsageError
from cli.operations.recover import Recovery, Tally
from cli.operations.repair import Run, Skipped, Wanted, again, change
from sluice.archive.reader import Item, Window
from sluice.edge.endpoints import pixel
from sluice.messages import envelope as wire
from sluice.messages import pack
from sluice.messages.envelope import Envelope
from sluice.router.events import open_envelope
from sluice.router.packs import ARCHIVE_EVENTS, ARCHIVE_REJECTED, Target
from sluice.router.router import Router, route
from tests import examples
from tests.twins import MemoryDedupeStore, MemoryIdempotencyStore, MemoryQueue

WINDOW = Window(datetime(2026, 11, 23, tzinfo=UTC), datetime(2026, 11, 24, tzinfo=UTC))
ITEM = Item("website", "rejected/source=website/day=2026-11-23/hour=20/x.gz", "etag", 1)
NAMELESS = {"type": "track", "userId": "u1", "messageId": "m1", "timestamp": "2026-11-23T20:40:47.000Z"}


class Pipeline:
    """The real router on twins: what is sent to the events queue, and what comes out at the archive."""

    def __init__(self) -> None:
        self.dedupe, self.store = MemoryDedupeStore(), MemoryIdempotencyStore()
        self.out: dict[Target, MemoryQueue] = {}
        self.events = MemoryQueue()

    def route(self) -> None:
        queues = lambda target: self.out.setdefault(target, MemoryQueue())  # noqa: E731
        while self.events.bodies:  # a copy of a message waits until the message is done
            bodies, self.events.bodies = self.events.bodies, []
            router = Router(
                workspace=examples.workspace(),
                store=self.store,
                dedupe=self.dedupe,
                queues=queues,
                spill=MemoryQueue(),
            )
            self.events.bodies = [bodies[index] for index in route(bodies, router).failed]

    def send(self, *envelopes: Envelope) -> None:
        self.events.bodies += [wire.dump(each) for each in envelopes]
        self.route()

    def archived(self, target: Target = ARCHIVE_EVENTS) -> list[dict[str, Any]]:
        bodies = self.out[target].bodies if target in self.out else []
        return [json.loads(each) for body in bodies for each in pack.load(body).documents]

    def rejected(self) -> list[dict[str, Any]]:
        return self.archived(ARCHIVE_REJECTED)

    def lines(self, _: Item) -> Iterator[bytes]:
        return iter([orjson.dumps(each) for each in self.rejected()])

    def recover(self, name: str, *changes: str, source: str | None = None, reasons: Sequence[str] = ()) -> Tally:
        """One run of the command, whose archive is what is rejected by now; and then the router's."""
        tally = Tally()
        run = Run(name, source, [change(each) for each in changes])
        Recovery(self, Wanted(WINDOW, frozenset(reasons)), run, self.events)(iter([ITEM]), tally)
        self.route()
        return tally


def test_a_repaired_event_passes_and_a_second_run_is_recognised() -> None:
    pipeline = Pipeline()
    pipeline.send(examples.envelope({"batch": [examples.TRACK, NAMELESS]}))
    assert pipeline.recover("run-1", "event=Fixed Name").sent == {("event_not_defined", "website"): 1}
    fixed = pipeline.archived()[-1]
    assert (fixed["event"], fixed["messageId"], fixed["sourceId"]) == ("Fixed Name", "m1", "website")
    assert (fixed["receivedAt"], fixed["timestamp"]) == (examples.RECEIVED_AT, "2026-11-23T20:40:47.000Z")
    pipeline.recover("run-2", "event=Fixed Name")
    assert [each["messageId"] for each in pipeline.archived()] == [examples.TRACK["messageId"], "m1"]


@pytest.mark.parametrize("copies", [1, 3])
def test_events_without_an_id_are_recovered_each_once(copies: int) -> None:
    event = {"type": "track", "event": "Beep"}
    pipeline = Pipeline()
    pipeline.send(examples.envelope({"batch": [event] * copies}))
    assert len(pipeline.rejected()) == copies
    for name in ("run-1", "run-2"):
        pipeline.recover(name, 'userId="u1"')
    assert len(pipeline.archived()) == len({each["messageId"] for each in pipeline.archived()}) == copies


def test_a_send_that_is_told_as_failed_but_arrived_is_one_event() -> None:
    pipeline = Pipeline()
    pipeline.send(examples.envelope({"batch": [NAMELESS]}))
    queue = MemoryQueue(refuse=lambda offered: offered == 1)
    arrived: list[str] = []

    class Swallowing(MemoryQueue):
        def send_many(self, bodies: Sequence[str], delay: int = 0) -> list[int]:
            arrived.extend(bodies)
            return queue.send_many(bodies, delay)

    run = Run("run-1", None, [change("event=E")])
    Recovery(pipeline, Wanted(WINDOW), run, Swallowing(), pause=lambda _: None)(iter([ITEM]), Tally())
    assert len(arrived) == 2
    pipeline.events.bodies += arrived
    pipeline.route()
    assert len(pipeline.archived()) == 1


def test_the_same_message_again_after_a_crash_passes_the_router_as_its_own() -> None:
    pipeline = Pipeline()
    pipeline.send(examples.envelope({"batch": [NAMELESS]}))
    record = pipeline.rejected()[0]
    envelope = again(record, "place", Run("run-1", None, [change("event=E")]))
    assert isinstance(envelope, Envelope)
    pipeline.send(envelope)
    pipeline.store.done.clear()
    pipeline.send(envelope)
    assert len(pipeline.archived()) == 2, "a crash of the router must not lose it"


def test_what_is_rejected_once_more_is_not_recovered_as_another() -> None:
    pipeline = Pipeline()
    pipeline.send(examples.envelope({"batch": [{"type": "track", "userId": "u1"}, ["no object"]]}))
    for number in range(4):
        tally = pipeline.recover(f"run-{number}", 'userId="u1"')
        assert tally.sent == {("event_not_defined", "website"): 1}
    assert sum(each["reason"] == "event_not_defined" for each in pipeline.rejected()) == 2
    assert pipeline.recover("run-5", "event=At last").sent.total() == 1
    assert [each["event"] for each in pipeline.archived()] == ["At last"]


def test_the_original_bytes_are_sent_where_nothing_has_to_change() -> None:
    text = '{ "userId":"u1",  "messageId": "m1", "type":"track","event":7 }'
    record = {**rejected(examples.envelope({})), "kind": "batch", "original": text, "path": "/v1/batch"}
    envelope = again(record, "place", Run("run"))
    assert isinstance(envelope, Envelope)
    assert (envelope.kind, envelope.type, envelope.text) == ("call", None, text)


def rejected(*envelopes: Envelope) -> dict[str, Any]:
    pipeline = Pipeline()
    pipeline.send(*envelopes)
    return pipeline.rejected()[0]


def test_a_whole_batch_of_a_source_that_was_unknown_comes_back_to_the_one_named() -> None:
    pipeline = Pipeline()
    batch = {"batch": [examples.TRACK, {"type": "track", "userId": "u", "event": "Unnamed"}], "sentAt": "2026-11-23"}
    pipeline.send(examples.envelope(batch, source=None, write_key="wk_new"))
    tally = pipeline.recover("run-0")
    assert tally.skipped == {"of an unknown source; say which with --as-source": 1}
    for name in ("run-1", "run-2"):
        pipeline.recover(name, source="website")
    assert [each["event"] for each in pipeline.archived()] == ["Order Completed", "Unnamed"]
    assert {each["sourceId"] for each in pipeline.archived()} == {"website"}


def test_an_event_of_a_batch_comes_back_with_what_the_batch_said_for_all() -> None:
    around = {
        "integrations": {"CRM": False},
        "context": {"library": {"name": "go"}},
        "sentAt": "2026-11-23T20:40:48.000Z",
    }
    record = rejected(examples.envelope({"batch": [NAMELESS], **around}, user_agent="agent/1"))
    envelope = again(record, "place", Run("run", changes=[change("event=Fixed")]))
    assert isinstance(envelope, Envelope)
    (event,) = (each.fields for each in open_envelope(envelope, examples.workspace()).events)
    assert (event["event"], event["integrations"]) == ("Fixed", {"CRM": False})
    assert event["context"] == {"library": {"name": "go"}, "ip": "203.0.113.7"}
    assert event["timestamp"] == "2026-11-23T20:40:47.500Z", "corrected for the client's clock, as it would have been"


def test_a_pixel_without_an_event_name_is_repaired() -> None:
    pipeline = Pipeline()
    request = examples.get("/v1/pixel/track", "writeKey=wk_website&userId=u1&properties.a=1")
    collected = pixel.collect(request, examples.workspace())
    assert collected.envelope is not None
    pipeline.send(collected.envelope)
    for name in ("run-1", "run-2"):
        pipeline.recover(name, "event=Email Opened")
    (event,) = pipeline.archived()
    assert (event["type"], event["event"], event["properties"]) == ("track", "Email Opened", {"a": "1"})


def test_a_link_comes_back_with_all_its_events_once() -> None:
    pipeline = Pipeline()
    pipeline.send(
        examples.envelope("ajs_uid=u1&ajs_event=Clicked", kind="querystring", path="/v1/q/x", refused="automated")
    )
    for name in ("run-1", "run-2"):
        assert pipeline.recover(name).sent.total() == 1
    assert [each["type"] for each in pipeline.archived()] == ["identify", "track"]


def test_set_applies_to_single_events_alone() -> None:
    pipeline = Pipeline()
    pipeline.send(examples.envelope({"batch": []}), examples.envelope("{", kind="call", request_id="req-2"))
    assert pipeline.recover("run", "event=E").skipped == {"not a single event, so that --set does not apply": 2}


def test_only_the_reasons_and_times_asked_for() -> None:
    pipeline = Pipeline()
    pipeline.send(examples.envelope({"batch": [NAMELESS, {"type": "track", "event": "E"}]}))
    assert pipeline.recover("run", reasons=["no_user_anon_id"]).sent == {("no_user_anon_id", "website"): 1}
    assert not Wanted(Window(WINDOW.end, datetime(2027, 1, 1, tzinfo=UTC))).takes(pipeline.rejected()[0])


@pytest.mark.parametrize("encoding", ["base64", "gzip+base64", "unknown"])
def test_a_record_that_cannot_be_read_is_told(encoding: str) -> None:
    record = {**rejected(examples.envelope({"batch": []})), "original": "#", "encoding": encoding}
    assert again(record, "place", Run("run")) == Skipped("not a record of ours")


def test_what_was_not_utf8_comes_back_byte_for_byte() -> None:
    record = {**rejected(examples.envelope({"batch": []})), "original": "//4=", "encoding": "base64"}
    envelope = again(record, "place", Run("run"))
    assert isinstance(envelope, Envelope)
    assert envelope.payload(10) == b"\xff\xfe"


def test_a_queue_that_refuses_is_told() -> None:
    pipeline = Pipeline()
    pipeline.send(examples.envelope({"batch": [NAMELESS]}))
    refusing = MemoryQueue(refuse=lambda _: True)
    with pytest.raises(OperatorError, match="it repeats nothing"):
        Recovery(pipeline, Wanted(WINDOW), Run("run"), refusing, pause=lambda _: None)(iter([ITEM]), Tally())


@pytest.mark.parametrize(
    ("text", "parsed"),
    [
        ("event=Fixed Name", (("event",), "Fixed Name")),
        ("properties.total=42", (("properties", "total"), 42)),
        ('userId="42"', (("userId",), "42")),
        ("properties={}", (("properties",), {})),
        ("event=a=b", (("event",), "a=b")),
    ],
)
def test_changes_as_one_types_them(text: str, parsed: Any) -> None:
    assert change(text) == parsed


@pytest.mark.parametrize("text", ["event", "=x", "a..b=1"])
def test_a_change_that_sets_nothing_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        change(text)


def test_a_hook_comes_back_as_the_vendor_sent_it_with_its_headers() -> None:
    record = {
        "sourceId": "shop", "receivedAt": examples.RECEIVED_AT, "reason": "hook_not_understood", "kind": "hook",
        "path": "/v1/sources/shop/hook", "requestId": "r-1", "original": '{"id":1}',
        "headers": {"x_shopify_topic": "orders/paid"},
    }  # fmt: skip
    envelope = again(record, "place", Run("run"))
    assert isinstance(envelope, Envelope)
    assert (envelope.kind, envelope.source, envelope.text) == ("hook", "shop", '{"id":1}')
    assert envelope.headers == {"x_shopify_topic": "orders/paid"}
    assert isinstance(again(record, "place", Run("run", changes=[change("id=2")])), Skipped)
