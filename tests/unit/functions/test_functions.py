"""Functions of users: their names and errors, and what becomes of an event whatever they do."""

import json
import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import pytest

from catalogue.destinations import destination_type
from catalogue.destinations.function.destination import Settings
from sluice.delivery.plan import plan
from sluice.delivery.send import send
from sluice.delivery.subscriptions import compiled
from sluice.destinations.outcome import Delivered, Discarded, NotAttempted, Outcome, Retry
from sluice.functions.insert import FILTERED_AT_FUNCTION, FUNCTION_FAILED, REFUSED_BY_FUNCTION, inserted
from sluice.functions.runner import Function, FunctionError, load
from sluice.functions.transport import transport_to
from sluice.functions.user_functions import UserFunctions
from sluice.workspace.settings import SettingsUnavailableError
from tests import examples
from tests.pages import ROOT

EVENT: dict[str, Any] = {**examples.TRACK, "properties": {"order_id": "o-1", "total": 12}}


def function(tmp_path: Path, code: str, settings: Mapping[str, Any] | None = None, seconds: float = 1.0) -> Function:
    file = tmp_path / f"f{len(list(tmp_path.iterdir()))}.py"
    file.write_text("from sluice.functions import *\n" + code)
    return Function(file.name, load(file), settings or {}, seconds, ["s3cret"])


def changed(tmp_path: Path, code: str, event: Mapping[str, Any] = EVENT, **options: Any) -> dict[str, Any] | Outcome:
    return inserted(function(tmp_path, code, **options))(json.loads(json.dumps(event)))


def test_an_event_is_changed_with_the_settings(tmp_path: Path) -> None:
    code = "def on_track(event, settings):\n    event['properties']['plan'] = settings['plan']\n    return event\n"
    found = changed(tmp_path, code, settings={"plan": "pro"})
    assert isinstance(found, dict)
    assert found["properties"] == {"order_id": "o-1", "total": 12, "plan": "pro"}


def test_a_missing_handler_passes_the_event_and_transform_takes_all_that_have_none(tmp_path: Path) -> None:
    assert changed(tmp_path, "def on_page(event, settings):\n    raise Drop\n") == EVENT
    both = (
        "def on_page(event, settings):\n    raise Drop\ndef transform(event, settings):\n    return {**event, 'x': 1}\n"
    )
    assert changed(tmp_path, both) == {**EVENT, "x": 1}


@pytest.mark.parametrize(
    ("body", "outcome"),
    [
        ("raise Drop", Discarded(FILTERED_AT_FUNCTION)),
        ("return None", Discarded(FILTERED_AT_FUNCTION)),
        ("raise Invalid('no id of ' + event['userId'])", Discarded(REFUSED_BY_FUNCTION, response="Invalid in f0.py")),
        ("raise NotSupported", Discarded(REFUSED_BY_FUNCTION, response="NotSupported in f0.py")),
        ("raise Retry('later', after=30)", Retry(FUNCTION_FAILED, after=30, response="Retry in f0.py")),
        ("return event['absent']", Retry(FUNCTION_FAILED, response="KeyError in f0.py, line 3")),
        ("raise SystemExit", Retry(FUNCTION_FAILED, response="SystemExit in f0.py, line 3")),
        ("raise KeyboardInterrupt", Retry(FUNCTION_FAILED, response="KeyboardInterrupt in f0.py, line 3")),
        ("raise BaseException(event)", Retry(FUNCTION_FAILED, response="BaseException in f0.py, line 3")),
        ("return 17", Retry(FUNCTION_FAILED, response="f0.py returned no event")),
        ("return [event, event]", Retry(FUNCTION_FAILED, response="f0.py returned no event")),
        ("return {**event, 'x': object()}", Retry(FUNCTION_FAILED, response="TypeError in f0.py")),
        ("return on_track(event, settings)", Retry(FUNCTION_FAILED, response="RecursionError in f0.py, line 3")),
    ],
)
def test_whatever_a_handler_does_the_event_has_a_clear_outcome(tmp_path: Path, body: str, outcome: Outcome) -> None:
    assert changed(tmp_path, f"def on_track(event, settings):\n    {body}\n") == outcome


@pytest.mark.parametrize(
    "body",
    [
        "while True: pass",
        "import time; time.sleep(60)",
        "import re; re.match(r'(a+)+$', 'a' * 40 + 'b')",
        "try:\n        while True: pass\n    except Exception: return event",
        "2 ** 2 ** 40",
    ],
)
def test_a_handler_without_end_is_ended(tmp_path: Path, body: str) -> None:
    found = changed(tmp_path, f"def on_track(event, settings):\n    {body}\n", seconds=0.1)
    assert isinstance(found, Retry)
    assert found.response is not None
    assert found.response.startswith("time is over in f0.py")


def test_the_next_event_has_its_whole_time(tmp_path: Path) -> None:
    code = "import time\ndef on_track(event, settings):\n    time.sleep(0.06)\n    return event\n"
    insert = inserted(function(tmp_path, code, seconds=0.1))
    assert [insert(dict(EVENT)) for _ in range(4)] == [EVENT] * 4


def test_a_child_that_a_handler_forks_does_not_go_on_with_our_work(tmp_path: Path) -> None:
    code = "import os\ndef on_track(event, settings):\n    os.fork()\n    return {**event, 'pid': os.getpid()}\n"
    found = changed(tmp_path, code)
    assert isinstance(found, dict)
    assert found["pid"] == os.getpid()


def test_what_it_prints_is_bounded_and_shows_no_secret(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code = "def on_track(event, settings):\n    print('token', settings['token'], 'x' * 100_000)\n    return event\n"
    changed(tmp_path, code, settings={"token": "s3cret"})
    printed = capsys.readouterr()
    assert "s3cret" not in printed.out + printed.err
    assert len(printed.out) + len(printed.err) < 10_000


def test_settings_that_one_event_changes_are_whole_for_the_next(tmp_path: Path) -> None:
    code = "def on_track(event, settings):\n    event['plan'] = settings.pop('plan')\n    return event\n"
    insert = inserted(function(tmp_path, code, settings={"plan": "pro"}))
    assert [insert(dict(EVENT)) for _ in range(2)] == [{**EVENT, "plan": "pro"}] * 2


@pytest.mark.parametrize("code", ["def on_track(", "import absent_module", "raise SystemExit", "1 / 0"])
def test_a_function_that_cannot_be_loaded_is_told_without_its_text(tmp_path: Path, code: str) -> None:
    (tmp_path / "broken.py").write_text(code)
    with pytest.raises(FunctionError, match=r"while broken\.py is loaded"):
        load(tmp_path / "broken.py")
    with pytest.raises(FunctionError, match=r"there is no function absent\.py"):
        load(tmp_path / "absent.py")


# ---- in a delivery ----

FUNCTION = destination_type("function")


def delivered(found: Function, *events: Mapping[str, Any], timeout: float = 1.0) -> list[Outcome]:
    settings = Settings(file=found.name, timeout=timeout)
    preset = [{"id": "run", "action": "run", "trigger": "all", "mapping": {"event": {"@path": "$."}}}]
    planned = plan([orjson.dumps(each) for each in events], compiled(FUNCTION.actions, preset), settings)
    assert not planned.settled
    return send(planned.tasks, settings, transport_to(lambda: found), concurrency=1)


def test_each_event_of_a_destination_function_has_its_own_outcome(tmp_path: Path) -> None:
    code = (
        "def on_track(event, settings):\n"
        "    if event['n'] == 1: raise Invalid\n"
        "    if event['n'] == 2: raise Retry(after=9)\n"
        "    if event['n'] == 3: 1 / 0\n"
    )
    found = delivered(function(tmp_path, code), *({**EVENT, "n": number} for number in range(4)), examples.PAGE)
    assert found == [
        Delivered(200),
        Discarded(REFUSED_BY_FUNCTION, response="Invalid in f0.py"),
        Retry(FUNCTION_FAILED, after=9, response="Retry in f0.py"),
        Retry(FUNCTION_FAILED, response="ZeroDivisionError in f0.py, line 5"),
        Discarded(REFUSED_BY_FUNCTION, response="NotSupported in f0.py"),
    ]


def test_a_batch_has_a_result_for_each_event_as_at_segment(tmp_path: Path) -> None:
    code = (
        "def on_batch(events, settings):\n"
        "    return [{'status': status} for status in (200, 400, 200, 500, 500, 200)]\n"
    )
    found = delivered(function(tmp_path, code), *[EVENT] * 6)
    assert [type(each).__name__ for each in found] == [
        "Delivered", "Discarded", "Delivered", "Retry", "Retry", "Delivered",
    ]  # fmt: skip


@pytest.mark.parametrize("returned", ["[]", "17", "[{'status': 'good'}] * 2", "[{}] * 2", "['x'] * 2"])
def test_a_batch_that_returns_nonsense_is_tried_again(tmp_path: Path, returned: str) -> None:
    found = delivered(function(tmp_path, f"def on_batch(events, settings):\n    return {returned}\n"), EVENT, EVENT)
    assert all(isinstance(each, Retry) and each.reason == FUNCTION_FAILED for each in found)


def test_no_more_events_share_a_call_than_its_time_has_room_for() -> None:
    slow, fast = Settings(file="f.py", timeout=5), Settings(file="f.py", timeout=0.5)
    sizes = []
    for settings in (slow, fast):
        preset = [{"id": "run", "action": "run", "trigger": "all", "mapping": {"event": {"@path": "$."}}}]
        (task,) = plan([orjson.dumps(EVENT)], compiled(FUNCTION.actions, preset), settings).tasks
        sizes.append(task.item.max_items)
    assert sizes == [5, 20]


def test_an_insert_comes_before_the_mapping_and_costs_its_neighbours_nothing(tmp_path: Path) -> None:
    code = (
        "def on_track(event, settings):\n"
        "    if event['userId'] == 'bad': raise Invalid\n"
        "    return {**event, 'userId': 'new'}\n"
    )
    insert = inserted(function(tmp_path, code))
    webhook = destination_type("webhook")
    preset = [{"id": "send", "action": "send", "trigger": "all", "mapping": {"data": {"id": {"@path": "$.userId"}}}}]
    settings = webhook.settings(url="https://a.example/")
    documents = [orjson.dumps({**EVENT, "userId": user}) for user in ("a", "bad", "b")]
    planned = plan(documents, compiled(webhook.actions, preset), settings, insert=insert)
    assert [(task.document, task.body) for task in planned.tasks] == [(0, b'{"id":"new"}'), (2, b'{"id":"new"}')]
    assert [(index, type(outcome).__name__) for index, _, outcome in planned.settled] == [(1, "Discarded")]
    late = plan(documents, compiled(webhook.actions, preset), settings, insert=insert, has_time=lambda: False)
    assert [outcome for _, _, outcome in late.settled] == [NotAttempted()] * 3


def test_a_destination_whose_function_cannot_be_loaded_waits(tmp_path: Path) -> None:
    configured = replace(examples.destination(), insert={"file": "absent.py", "timeout": 1, "settings": {}})
    functions = UserFunctions(configured, tmp_path, set(), lambda given, _: dict(given))
    with pytest.raises(SettingsUnavailableError, match=r"there is no function absent\.py"):
        functions.load(None, is_refreshed=False)
    assert not isinstance(functions.insert(dict(EVENT)), dict)


def test_the_insert_of_the_examples() -> None:
    insert = inserted(Function("clean_up.py", load(ROOT / "examples/functions/clean_up.py"), {"plan": "pro"}))
    assert insert({"type": "track", "event": "Internal Test"}) == Discarded(FILTERED_AT_FUNCTION)
    assert insert({"type": "track", "event": "Paid"}) == {
        "type": "track",
        "event": "Paid",
        "properties": {"plan": "pro"},
    }
    found = insert({"type": "identify", "traits": {"email": " Jo@Example.com"}})
    assert isinstance(found, dict)
    assert list(found["traits"]) == ["email_sha256"]


def test_the_destination_of_the_examples() -> None:
    found = Function(
        "to_crm.py", load(ROOT / "examples/functions/to_crm.py"), {"url": "https://127.0.0.1", "token": "t"}
    )
    good, bad = delivered(found, EVENT, {**EVENT, "properties": {}})
    assert isinstance(good, Retry), "its address is this machine's, which no function reaches"
    assert bad == Discarded(REFUSED_BY_FUNCTION, response="Invalid in to_crm.py")
