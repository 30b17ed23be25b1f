"""Pausing: a destination that refuses our credentials is asked seldom, and nothing is worn out by that."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from sluice.delivery.consumer import Route
from sluice.destinations.http import Request, Response
from sluice.destinations.outcome import Delivered, Misconfigured, NotAttempted, Retry
from sluice.messages import pack as wire
from sluice.messages.pack import Pack, PackHeader
from sluice.workspace.settings import SettingsUnavailableError
from tests.destinations import handled, kind, subscribed
from tests.twins import MemoryQueue, MemoryVendor

NOW = datetime(2026, 11, 23, 20, 40, 48, tzinfo=UTC)
WEBHOOK = kind("webhook")


def settings(is_refreshed: bool) -> Any:  # noqa: ARG001
    return WEBHOOK.settings(url="https://crm.example.com/hook")


def route(vendor: MemoryVendor, **more: Any) -> Route[Any]:
    return Route(
        subscribed(WEBHOOK), more.pop("settings", settings), vendor, MemoryQueue(), MemoryQueue(), concurrency=1
    )


def pack(*names: str) -> Pack:
    documents = tuple(json.dumps({"type": "track", "messageId": name}).encode() for name in names)
    return Pack(PackHeader(kind="delivery", count=len(names), destination="crm"), documents)


def back(to: Route[Any]) -> list[Pack]:
    assert isinstance(to.queue, MemoryQueue)
    return [wire.load(body) for body in to.queue.bodies]


def name(request: Request) -> str:
    return str(json.loads(request.body)["messageId"])


def test_one_refusal_is_enough_and_the_others_are_not_sent() -> None:
    vendor = MemoryVendor(lambda _: Response(401, body=b"bad token"))
    to = route(vendor)
    found = handled(pack("a", "b", "c"), to, clock=lambda: NOW)
    assert len(vendor.requests) == 1
    assert found.paused == Misconfigured("401", 401, "bad token")
    (waiting,) = back(to)
    assert (waiting.header.count, waiting.header.attempt) == (3, 0)


def test_while_it_is_paused_nothing_is_sent_and_it_is_said_once() -> None:
    vendor = MemoryVendor(lambda _: Response(403))
    to = route(vendor)
    handled(pack("a"), to, clock=lambda: NOW)
    found = handled(pack("b", "c"), to, clock=lambda: NOW + timedelta(seconds=59))
    assert (len(vendor.requests), found.paused) == (1, None)
    assert [each.header.count for each in back(to)] == [1, 2]


def test_after_the_pause_few_events_are_tried_before_all_are() -> None:
    vendor = MemoryVendor(lambda _: Response(401))
    to = route(vendor)
    handled(pack("a"), to, clock=lambda: NOW)
    handled(pack(*"bcdefgh"), to, clock=lambda: NOW + timedelta(minutes=2))
    assert len(vendor.requests) == 4, "one, and then three"

    vendor.answer = lambda _: Response(200)
    found = handled(pack(*"bcdefgh"), to, clock=lambda: NOW + timedelta(hours=1))
    assert found.outcomes == [Delivered(200)] * 7
    assert to.breaker.reason is None


def test_an_event_that_is_refused_beside_others_that_are_not_is_the_trouble_itself() -> None:
    vendor = MemoryVendor(lambda request: Response(403 if name(request) == "bad" else 200))
    to = route(vendor)
    found = handled(pack("a", "bad", "b"), to, clock=lambda: NOW)
    assert to.breaker.reason is None
    assert [type(outcome) for outcome in found.outcomes] == [Delivered, Retry, NotAttempted]
    (again,) = [each for each in back(to) if each.header.attempt == 1]
    assert json.loads(again.documents[0])["messageId"] == "bad"


def test_a_secret_that_cannot_be_read_pauses_too_and_is_read_anew_until_it_can() -> None:
    asked: list[bool] = []

    def unreadable(is_refreshed: bool) -> Any:
        asked.append(is_refreshed)
        if len(asked) < 3:
            raise SettingsUnavailableError("the secret /sluice/crm/key cannot be read")
        return settings(is_refreshed)

    vendor = MemoryVendor()
    to = route(vendor, settings=unreadable)
    found = handled(pack("a", "b"), to, clock=lambda: NOW)
    assert found.paused == Misconfigured("INVALID_SETTINGS", response="the secret /sluice/crm/key cannot be read")
    for minutes in (2, 10, 60):
        found = handled(pack("a", "b"), to, clock=lambda at=NOW + timedelta(minutes=minutes): at)  # type: ignore[misc]
    assert found.outcomes == [Delivered(200)] * 2
    assert asked[:2] == [False, True]
