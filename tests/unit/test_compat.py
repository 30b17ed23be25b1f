"""The comparison of the compatibility suite: it must see what is wrong, or its zeros say nothing."""

from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest
import yaml

from checks.compat.comparison import Found, Verdict, judge
from checks.compat.faults import FAULTS
from checks.compat.fields import Window, differences
from checks.compat.proxy import Upload, contents
from checks.compat.rows import ROWS, Row
from checks.compat.run import Run, Told
from checks.compat.script import MAIN, fault_calls, main_calls, mark_of
from checks.compat.system import workspace_of
from checks.compat.table import events_table, faults_table
from checks.compat.values import is_same, without_nulls
from sluice.messages.encoding import gzip
from sluice.spec.normalisation import Arrival, Normalised, normalise
from sluice.workspace.models import Workspace

NOW = datetime(2026, 11, 23, 20, 40, 48, 123000, UTC)
WINDOW = Window(NOW - timedelta(seconds=20), NOW + timedelta(seconds=20))
SERVER = next(row for row in ROWS if row.id == "python")
BROWSER = next(row for row in ROWS if row.id == "web")


def archived(call: dict[str, Any], row: Row, number: int = 0) -> dict[str, Any]:
    """What the library makes of a call that an SDK sent as it was given."""
    raw = orjson.loads(orjson.dumps(_plain(call, row)))
    sent = {"timestamp": NOW.isoformat(), **raw, "messageId": f"id-{number}"}
    arrival = Arrival(name="r", received=NOW, source_type=row.source, ip="127.0.0.1", sent=NOW)
    done = normalise(sent, arrival, number)
    assert isinstance(done, Normalised)
    return {"sourceId": row.id, **done.event}


def _plain(value: Any, row: Row) -> Any:
    match value:
        case {"$date": text}:
            return text
        case {"$number": _}:
            return None
        case {"$int": digits}:
            return int(digits) if row.exact_integers else int(float(digits))
        case str():
            return value.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
        case dict():
            return {key: _plain(item, row) for key, item in value.items()}
        case list():
            return [_plain(item, row) for item in value]
    return value


def run_of(row: Row) -> tuple[Run, list[dict[str, Any]]]:
    calls = main_calls(row)
    events = [archived(call, row, number) for number, call in enumerate(calls)]
    told = [Told(f"id-{number}", None) for number in range(len(calls))]
    return Run(row, MAIN, calls, told, []), events


def found(events: list[dict[str, Any]], rejected: list[dict[str, Any]] | None = None) -> Found:
    delivered = [
        {name: value for name, value in event.items() if name != "sourceId"}
        for event in events
        if event["integrations"].get("Webhook") is not False
    ]
    return Found(events, rejected or [], delivered)


def verdict(run: Run, what: Found) -> Verdict:
    return judge([run], what, WINDOW)[0]


@pytest.mark.parametrize("row", [row for row in ROWS if not row.clicks], ids=lambda row: row.id)
def test_every_row_has_a_script_of_its_own(row: Row) -> None:
    calls = main_calls(row)
    marks = [mark_of(call) for call in calls]
    assert len({*marks}) == len(marks) and None not in marks
    assert sum(call["type"] == "track" for call in calls) > 100
    kinds = {"identify", "track", "page", "screen", "group", "alias"}
    assert {call["type"] for call in calls} == kinds - row.calls_missing
    assert not row.fields_missing & {name for call in calls for name in call}


def test_the_workspace_of_the_rows_is_valid() -> None:
    Workspace.model_validate(yaml.safe_load(workspace_of(ROWS, "http://127.0.0.1:1/hook")))


@pytest.mark.parametrize("row", [SERVER, BROWSER], ids=lambda row: row.id)
def test_nothing_is_wrong_where_everything_arrived(row: Row) -> None:
    run, events = run_of(row)
    result = verdict(run, found(events))
    assert result.problems == []
    assert (result.sent, result.archived, result.delivered) == (len(events), len(events), len(events) - 1)
    assert (result.lost, result.duplicated, result.wrong, result.rejected) == (0, 0, 0, 0)


def test_a_page_that_sends_by_itself_is_known_by_the_types_of_its_events() -> None:
    row = next(row for row in ROWS if row.clicks)
    calls = main_calls(row)
    events = [archived({"anonymousId": "made", **call}, row, number) for number, call in enumerate(calls)]
    run = Run(row, MAIN, calls, [Told(None, None)] * len(calls), [])
    assert verdict(run, found(events)).problems == []
    assert verdict(run, found(events[:-1])).lost == 2
    assert verdict(run, found([*events, {**events[0], "messageId": "id-9"}])).duplicated == 2


def test_what_is_missing_is_lost_once_from_the_archive_and_once_from_the_webhook() -> None:
    run, events = run_of(SERVER)
    assert verdict(run, found(events[1:])).lost == 2
    whole = found(events)
    assert verdict(run, Found(events, [], whole.delivered[1:])).lost == 1


def test_what_is_there_twice_is_a_duplicate() -> None:
    run, events = run_of(SERVER)
    assert verdict(run, found([*events, events[3]])).duplicated == 2


def test_a_delivery_to_a_destination_that_the_caller_excluded_is_one_too_many() -> None:
    run, events = run_of(SERVER)
    whole = found(events)
    excluded = next(event for event in events if event["integrations"].get("Webhook") is False)
    assert verdict(run, Found(events, [], [*whole.delivered, excluded])).duplicated == 1


def test_a_delivery_that_differs_from_the_archive_is_wrong() -> None:
    run, events = run_of(SERVER)
    whole = found(events)
    whole.delivered[0]["version"] = 1  # type: ignore[index]
    result = verdict(run, whole)
    assert result.wrong == 1 and "delivered otherwise than archived: version" in result.problems[0]


def test_rejected_events_and_those_that_no_call_made_are_told() -> None:
    run, events = run_of(SERVER)
    stranger = {**events[0], "properties": {}}
    result = verdict(run, found([*events, stranger], [{"sourceId": "python", "reason": "bad_request"}]))
    assert (result.rejected, result.wrong) == (1, 1)
    assert verdict(run, found(events, [{"sourceId": "node", "reason": "bad_request"}])).rejected == 0


def _set(name: str, value: Any) -> Callable[[dict[str, Any]], None]:
    def change(event: dict[str, Any]) -> None:
        *path, last = name.split(".")
        for step in path:
            event = event[step]
        event[last] = value

    return change


def _without(name: str) -> Callable[[dict[str, Any]], None]:
    def change(event: dict[str, Any]) -> None:
        *path, last = name.split(".")
        for step in path:
            event = event[step]
        del event[last]

    return change


CALL: dict[str, Any] = {
    "type": "track",
    "userId": "u",
    "anonymousId": "a",
    "event": "Ordered",
    "properties": {"call": "python/main/0", "zero": 0, "nothing": None, "beyond": {"$int": "9007199254740993"}},
    "context": {"app": {"name": "Shop"}},
    "integrations": {"All": True, "Salesforce": False},
    "timestamp": "2024-02-29T12:34:56.789Z",
}


@pytest.mark.parametrize(
    ("field", "change"),
    [
        ("type", _set("type", "page")),
        ("userId", _set("userId", "v")),
        ("anonymousId", _without("anonymousId")),
        ("event", _set("event", "ordered")),
        ("sourceId", _set("sourceId", "node")),
        ("channel", _set("channel", "client")),
        ("version", _without("version")),
        ("messageId", _set("messageId", "id-1")),
        ("properties.zero", _set("properties.zero", False)),
        ("properties.zero", _without("properties.zero")),
        ("properties.nothing", _without("properties.nothing")),
        ("properties.beyond", _set("properties.beyond", 9007199254740992)),
        ("properties.more", _set("properties.more", 1)),
        ("properties", _set("properties", None)),
        ("context.app", _set("context.app", {})),
        ("context.ip", _set("context.ip", "127.0.0.1")),
        ("integrations.Salesforce", _set("integrations.Salesforce", True)),
        ("integrations", _without("integrations")),
        ("originalTimestamp", _set("originalTimestamp", "2024-02-29T12:34:56.788Z")),
        ("timestamp", _set("timestamp", "2024-02-29T12:34:57.789Z")),
        ("timestamp", _without("timestamp")),
        ("receivedAt", _set("receivedAt", "2026-11-22T20:40:48.123Z")),
        ("sentAt", _without("sentAt")),
    ],
)
def test_each_field_is_compared(field: str, change: Callable[[dict[str, Any]], None]) -> None:
    event, told = archived(CALL, SERVER), Told("id-0", None)
    assert differences(SERVER, CALL, told, event, WINDOW) == []
    changed = deepcopy(event)
    change(changed)
    assert field in {each.field for each in differences(SERVER, CALL, told, changed, WINDOW)}


def test_the_address_is_that_of_a_device_unless_the_caller_says_another() -> None:
    call = {name: value for name, value in CALL.items() if name != "context"}
    event, told = archived(call, BROWSER), Told(None, None)
    assert event["context"]["ip"] == "127.0.0.1" and differences(BROWSER, call, told, event, WINDOW) == []
    call["context"] = {"ip": "203.0.113.7"}
    assert [each.field for each in differences(BROWSER, call, told, event, WINDOW)] == ["context.ip"] * 2


@pytest.mark.parametrize(
    ("given", "got", "same"),
    [
        (0, 0, True),
        (0, 0.0, True),
        (0, False, False),
        (None, None, True),
        ("", None, False),
        ({"$date": "2023-12-31T23:59:59.500Z"}, "2024-01-01T00:59:59.5+01:00", True),
        ({"$date": "2023-12-31T23:59:59.500Z"}, "2023-12-31T23:59:59.501Z", False),
        ({"$number": "NaN"}, None, True),
        ({"$number": "NaN"}, "NaN", False),
        ("half \ud83d", "half \ufffd", True),
        ({"a": 1}, {"a": 1, "b": 2}, False),
        ([1, 2], [2, 1], False),
        ([1], {"0": 1}, False),
    ],
)
def test_values(given: Any, got: Any, *, same: bool) -> None:
    assert is_same(given, got, exact_integers=True) is same


def test_integers_beyond_two_to_the_53_are_doubles_where_the_language_has_no_others() -> None:
    given = {"$int": "9007199254740993"}
    assert is_same(given, 9007199254740992, exact_integers=False)
    assert not is_same(given, 9007199254740992, exact_integers=True)


def test_nulls_are_left_out_of_objects_and_stay_in_lists() -> None:
    given = {"a": None, "b": {"c": None, "d": [None]}, "e": {"$number": "NaN"}, "f": {"$int": "1"}}
    assert without_nulls(given) == {"b": {"d": [None]}, "f": {"$int": "1"}}


def upload(at: float, *ids: str, status: int = 200, faulted: bool = False) -> Upload:
    """`id-2` is the message id of the third call."""
    marks = frozenset(f"python/{status}/{name.removeprefix('id-')}" for name in ids)
    return Upload(at, frozenset(ids), marks, status, faulted)


def faulty(name: str, uploads: list[Upload], row: Row = SERVER) -> Run:
    fault = next(each for each in FAULTS if each.name == name)
    calls = fault_calls(row, name)
    return Run(row, name, calls, [Told(f"id-{number}", None) for number in range(len(calls))], [], fault, uploads)


def test_a_retry_is_the_same_events_again() -> None:
    tried = [upload(1.0, "a", "b", status=503, faulted=True), upload(3.0, "c"), upload(6.5, "a", "b")]
    run = faulty("503", tried)
    result = verdict(run, found([archived(call, SERVER, number) for number, call in enumerate(run.calls)]))
    assert (result.attempts, result.delays, result.problems) == (2, [5.5], [])


def test_to_come_back_sooner_than_told_is_a_problem_where_the_client_is_known_to_wait() -> None:
    tried = [upload(1.0, "id-0", status=503, faulted=True), upload(3.0, "id-0", "id-1", "id-2")]
    for row, problems in ((SERVER, 1), (replace(SERVER, waits=frozenset()), 0)):
        run = faulty("503", tried, row)
        events = [archived(call, SERVER, number) for number, call in enumerate(run.calls)]
        assert len(verdict(run, found(events)).problems) == problems


def test_not_to_try_again_is_a_problem_unless_the_row_says_so() -> None:
    tried = [upload(1.0, "id-0", status=503, faulted=True), upload(3.0, "id-1", "id-2")]
    row = replace(SERVER, gives_up=frozenset({"503"}))
    for each, problems in ((SERVER, 3), (row, 0)):
        run = faulty("503", tried, each)
        events = [archived(call, SERVER, number) for number, call in enumerate(run.calls)]
        assert len(verdict(run, found(events[1:])).problems) == problems


def test_after_a_400_nothing_is_tried_again_and_what_it_held_is_given_up() -> None:
    once = faulty("400", [upload(1.0, "id-0", status=400, faulted=True), upload(2.0, "id-1", "id-2")])
    events = [archived(call, SERVER, number) for number, call in enumerate(once.calls)]
    result = verdict(once, found(events[1:]))
    assert (result.given_up, result.lost, result.problems) == (1, 0, [])
    more_is_missing = verdict(once, found(events[2:]))
    assert (more_is_missing.given_up, more_is_missing.lost) == (1, 2)
    twice = faulty("400", [*once.uploads, upload(4.0, "id-0")])
    assert verdict(twice, found(events)).problems == ["python/400: tried 2 times instead of once"]


def test_what_was_let_in_may_not_be_missing_only_because_the_answer_was_lost() -> None:
    row = replace(SERVER, gives_up=frozenset({"answer lost"}))
    run = faulty("answer lost", [upload(1.0, "id-0", status=0, faulted=True), upload(2.0, "id-1", "id-2")], row)
    events = [archived(call, SERVER, number) for number, call in enumerate(run.calls)]
    assert verdict(run, found(events)).problems == []
    assert verdict(run, found(events[1:])).lost == 2


def test_message_ids_and_marks_are_found_in_every_form_of_body() -> None:
    batch = orjson.dumps({"batch": [{"messageId": "a"}, {"messageId": "b"}, {}]})
    nothing: frozenset[str] = frozenset()
    assert contents(batch) == contents(gzip(batch)) == (frozenset({"a", "b"}), nothing)
    one = b'{"messageId":"a","properties":{"call":"python/503/0"}}'
    assert contents(one) == (frozenset({"a"}), frozenset({"python/503/0"}))
    assert contents(b"not JSON") == contents(b"[]") == (nothing, nothing)


def test_the_tables_have_a_line_per_row() -> None:
    run, events = run_of(SERVER)
    runs = [run, *(faulty(fault.name, [upload(1.0, "id-0", faulted=True)]) for fault in FAULTS)]
    verdicts = judge(runs, found(events), WINDOW)
    assert events_table(verdicts).row_count == faults_table(verdicts).row_count == 1
