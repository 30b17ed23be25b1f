"""A tool's webhooks, objects, enrichment and a function of the user, through the whole local system."""

import hashlib
import hmac
import json
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from local.own import Running, local_system
from tests.examples import basic
from tests.receiver import Receiver
from tests.system.conftest import eventually
from tests.unit.sources.test_stripe import PAID

WORKSPACE = """
sources:
  - {{id: website, type: browser, write_keys: [wk_website]}}
  - {{id: billing, type: stripe, settings: {{secret: "${{secret:/sluice/billing/hook}}"}}}}
enrichment: {{campaign: true, bots: true}}
destinations:
  - id: receiver
    type: webhook
    settings: {{url: "{url}/hook"}}
    filters: [{{if: context.enrichment.bot.name != null, do: drop}}]
    insert: {{file: plan.py, settings: {{plan: pro}}}}
"""
FUNCTION = """
from sluice.functions import Drop

def on_track(event, settings):
    if event["event"] == "Internal":
        raise Drop
    event["properties"]["plan"] = settings["plan"]
    return event
"""
SECRET = "whsec_test"


@pytest.fixture(scope="module")
def receiver() -> Iterator[Receiver]:
    with Receiver() as found:
        yield found


@pytest.fixture(scope="module")
def system(receiver: Receiver, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("system")
    (folder / "functions").mkdir()
    (folder / "functions/plan.py").write_text(FUNCTION)
    (folder / "state").mkdir()
    (folder / "state/secrets.json").write_text(json.dumps({"/sluice/billing/hook": SECRET}))
    with local_system(folder, WORKSPACE.format(url=receiver.url)) as running:
        yield running


def send(url: str, body: bytes, headers: dict[str, str]) -> int:
    try:
        with urllib.request.urlopen(urllib.request.Request(url, body, headers), timeout=20) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        with error:
            return error.code


def hook(system: Running, sent: dict[str, Any], secret: str = SECRET) -> int:
    body, now = json.dumps(sent).encode(), int(time.time())
    made = hmac.new(secret.encode(), f"{now}.".encode() + body, hashlib.sha256).hexdigest()
    return send(f"{system.url}/v1/sources/billing/hook", body, {"stripe-signature": f"t={now},v1={made}"})


def delivered(receiver: Receiver) -> dict[str, dict[str, Any]]:
    return {each["messageId"]: each for each in (json.loads(one.body) for one in receiver.received)}


def test_a_hook_that_stripe_repeats_is_one_event_and_one_by_somebody_else_is_none(
    system: Running, receiver: Receiver
) -> None:
    assert [hook(system, PAID), hook(system, PAID), hook(system, {**PAID, "id": "evt_x"}, "another")] == [200, 200, 401]
    found = eventually(lambda: delivered(receiver), lambda seen: "billing:evt_1Q" in seen)
    assert found["billing:evt_1Q"]["userId"] == "u-42"
    assert found["billing:evt_1Q"]["properties"]["plan"] == "pro", "the function was there before the destination"
    archived = eventually(lambda: list(system.archived()), lambda seen: bool(seen))
    assert [each["messageId"] for each in archived if each["sourceId"] == "billing"] == ["billing:evt_1Q"]


def test_a_visit_is_enriched_a_bot_is_dropped_and_so_is_what_the_function_drops(
    system: Running, receiver: Receiver
) -> None:
    page = {"url": "https://shop.example.com/?utm_source=news&utm_campaign=spring"}
    events: list[dict[str, Any]] = [
        {
            "type": "track",
            "event": "Visited",
            "messageId": "visit",
            "context": {"page": page, "userAgent": "Mozilla/5.0"},
        },
        {"type": "track", "event": "Visited", "messageId": "bot", "context": {"userAgent": "Googlebot/2.1"}},
        {"type": "track", "event": "Internal", "messageId": "internal"},
        {"type": "track", "event": "Visited", "messageId": "last"},
    ]
    body = json.dumps({"batch": [{"userId": "u1", **each} for each in events]}).encode()
    assert send(f"{system.url}/v1/batch", body, basic("wk_website")) == 200
    found = eventually(lambda: delivered(receiver), lambda seen: {"visit", "last"} <= seen.keys())
    assert found["visit"]["context"]["campaign"] == {"source": "news", "name": "spring"}
    assert {"bot", "internal"} & found.keys() == set()
    archived = eventually(
        lambda: {each["messageId"]: each for each in system.archived()}, lambda seen: {"bot", "internal"} <= seen.keys()
    )
    assert archived["bot"]["context"]["enrichment"]["bot"] == {"name": "Googlebot"}


def test_an_object_is_archived_apart_from_events(system: Running) -> None:
    room = {"collection": "rooms", "objects": [{"id": "r1", "properties": {"name": "Beach", "price": 5}}]}
    assert send(f"{system.url}/v1/set", json.dumps(room).encode(), basic("wk_website")) == 200
    assert all("messageId" in each for each in system.archived())


def test_a_function_that_is_changed_is_taken_up(system: Running, receiver: Receiver, tmp_path: Path) -> None:  # noqa: ARG001
    function = system.state.parent / "functions/plan.py"
    function.write_text(FUNCTION.replace('settings["plan"]', '"enterprise"'))

    def again() -> str:
        body = json.dumps({"userId": "u1", "event": "Tried", "messageId": f"try-{time.time()}"}).encode()
        send(f"{system.url}/v1/track", body, basic("wk_website"))
        time.sleep(1)
        plans = [
            each["properties"].get("plan") for each in delivered(receiver).values() if each.get("event") == "Tried"
        ]
        return str(plans[-1]) if plans else ""

    assert eventually(again, lambda plan: plan == "enterprise", seconds=30) == "enterprise"
