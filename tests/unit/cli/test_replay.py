"""Replay: what is selected, what it looks like, and that no crash loses any of it."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cli.errors import OperatorError, UsageError
from cli.operations import replay as replaying
from cli.operations.progress import Progress
from cli.operations.replay import Replay, Tally
from cli.operations.selection import LeftOut, NotAsked, Picked, RecentIds, Selection, as_replayed, pick
from cli.times import moment, window
from sluice.archive.reader import Archive, DamagedObjectError, Item, Window
from sluice.aws.s3 import S3Objects
from sluice.messages import pack as wire
from sluice.rate_limit import RateLimit
from tests.examples import RECEIVED_AT, TRACK, destination
from tests.twins import MemoryQueue
from tests.unit.cli.conftest import Installation, ids, partition

NOW = datetime(2026, 11, 24, 12, 0, 0, tzinfo=UTC)
WINDOW = Window(datetime(2026, 11, 23, tzinfo=UTC), datetime(2026, 11, 24, tzinfo=UTC))
EVERYTHING = Selection(WINDOW)
CRM = destination(names=("CRM", "Crm (Actions)"))


def archived(message_id: str = "m1", **changes: Any) -> dict[str, Any]:
    return {"sourceId": "website", **TRACK, "receivedAt": RECEIVED_AT, "messageId": message_id, **changes}


def line(message_id: str = "m1", **changes: Any) -> bytes:
    return json.dumps(archived(message_id, **changes)).encode()


def picked(document: bytes, selection: Selection = EVERYTHING) -> Picked | LeftOut | NotAsked | None:
    return pick(document, selection, CRM, RecentIds())


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("2026-11-23T20:00:00Z", "2026-11-23T20:00:00+00:00"),
        ("2026-11-23T20:00", "2026-11-23T20:00:00+00:00"),
        ("2026-11-23T21:00+01:00", "2026-11-23T20:00:00+00:00"),
        ("2026-11-23", "2026-11-23T00:00:00+00:00"),
        ("2h", "2026-11-24T10:00:00+00:00"),
        ("3d", "2026-11-21T12:00:00+00:00"),
        ("now", "2026-11-24T12:00:00+00:00"),
    ],
)
def test_times_as_one_types_them(text: str, seen: str) -> None:
    assert moment(text, NOW).isoformat() == seen


@pytest.mark.parametrize("text", ["", "yesterday", "3", "3 d", "-2h", "2026-13-01"])
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        moment(text, NOW)


def test_a_window_has_its_beginning_and_not_its_end() -> None:
    assert WINDOW.holds("2026-11-23T00:00:00.000Z")
    assert WINDOW.holds("2026-11-23T23:59:59.999Z")
    assert not WINDOW.holds("2026-11-24T00:00:00.000Z")
    assert not WINDOW.holds(None)
    with pytest.raises(ValueError, match="nothing between"):
        Window(WINDOW.end, WINDOW.start)
    with pytest.raises(UsageError, match="nothing between"):
        window("2026-11-24", "2026-11-23")


def test_only_what_is_asked_for_is_picked() -> None:
    by_name = Selection(WINDOW, names=frozenset({"Order Completed"}))
    by_type = Selection(WINDOW, types=frozenset({"identify"}))
    assert isinstance(picked(line(), by_name), Picked)
    assert picked(line(event="Other"), by_name) == NotAsked("Other")
    assert picked(line(), by_type) == NotAsked("Order Completed")
    assert isinstance(picked(line(type="identify"), by_type), Picked)
    assert picked(line(receivedAt="2026-11-24T00:00:00.000Z")) is None


def test_ids_and_times_stay_and_only_this_destination_is_meant() -> None:
    found = picked(line(integrations={"All": True, "Other": {"x": 1}}))
    assert isinstance(found, Picked)
    sent = json.loads(found.document)
    assert sent == {
        **{name: value for name, value in archived().items() if name != "sourceId"},
        "integrations": {"All": False, "CRM": True},
    }


@pytest.mark.parametrize(
    ("given", "sent"),
    [
        ({}, True),
        ({"CRM": {"list": 7}}, {"list": 7}),
        ({"All": False, "Crm (Actions)": {"list": 7}}, {"list": 7}),
        ({"CRM": True, "crm": {"x": 1}}, True),
        (None, True),
    ],
)
def test_the_options_that_an_event_has_for_the_destination_are_kept(given: Any, sent: Any) -> None:
    assert as_replayed(archived(integrations=given), CRM)["integrations"] == {"All": False, "CRM": sent}


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"integrations": {"CRM": False}}, "FILTERED_BY_INTEGRATIONS_OBJECT"),
        ({"integrations": {"All": False}}, "FILTERED_BY_INTEGRATIONS_OBJECT"),
        ({"_metadata": {"bundled": ["CRM"]}}, "MESSAGE_SENT_CLIENT_SIDE"),
    ],
)
def test_what_the_router_would_not_send_is_left_out(changes: dict[str, Any], reason: str) -> None:
    assert picked(line(**changes)) == LeftOut(reason)


@pytest.mark.parametrize("bad", [b"{", b"[]", b"null", b'{"sourceId":"website"}', b'"text"'])
def test_a_line_that_cannot_be_read_is_told_and_no_more(bad: bytes) -> None:
    assert picked(bad) == LeftOut("unreadable")


def test_a_repeat_is_left_out_while_it_is_remembered() -> None:
    known = RecentIds(most=3)
    assert [known.add("website", each) for each in "aabcadb"] == [True, False, True, True, False, True, False]
    assert known.add("server", "a"), "ids belong to their source"
    for number in range(6):
        known.add("website", f"later {number}")
    assert known.add("website", "a"), "memory is bounded"


def test_the_pace_is_kept_without_catching_up() -> None:
    now, slept = [0.0], []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        now[0] += seconds

    rate = RateLimit(100, 0.0, lambda: now[0], sleep)
    assert rate.at_once(500) == 100
    sent_at = []
    for idle in (0.0, 0.25, 3.0, 0.0):
        now[0] += idle
        rate.wait(count=100)
        sent_at.append(now[0])
    assert sent_at == [0.0, 1.0, 4.0, 5.0], "a second apart, also after a rest"
    assert slept == [0.75, 1.0]
    assert RateLimit(None).at_once(500) == 500


ITEMS = [Item("website", f"{partition(RECEIVED_AT)}{name}.gz", f"etag-{name}", 100) for name in ("a", "b", "c")]


@dataclass
class MemoryArchive:
    """Objects as lists of lines; `dies_at` ends everything when that many lines were read."""

    objects: dict[str, list[bytes]]
    dies_at: int = 10**9
    read: int = 0

    def lines(self, item: Item) -> Iterator[bytes]:
        for each in self.objects[item.key]:
            self.read += 1
            if self.read > self.dies_at:
                raise KeyboardInterrupt
            yield each


@dataclass
class DyingQueue(MemoryQueue):
    """The process dies in the nth send, before the queue has the messages or before it is told so."""

    dies_at: int = 10**9
    dies_before: bool = False
    sends: int = 0

    def send_many(self, bodies: Sequence[str], delay: int = 0) -> list[int]:
        self.sends += 1
        if self.sends == self.dies_at and self.dies_before:
            raise KeyboardInterrupt
        unsent = MemoryQueue.send_many(self, bodies, delay)
        if self.sends == self.dies_at:
            raise KeyboardInterrupt
        return unsent


def delivered(queue: MemoryQueue) -> list[str]:
    return [each for body in queue.bodies for each in ids(wire.load(body).documents)]


def run(archive: MemoryArchive, queue: MemoryQueue, state: Path, rate: float = 2) -> Tally:
    tally = Tally()
    pauses: list[float] = []
    with Progress(state, {"what": "test"}, {}) as progress:
        work = Replay(archive, EVERYTHING, CRM, queue, RateLimit(rate, sleep=lambda _: None), pauses.append)
        work.run(iter(ITEMS), progress, tally)
    return tally


def objects() -> dict[str, list[bytes]]:
    return {item.key: [line(f"{item.etag}-{number}") for number in range(7)] for item in ITEMS}


ALL_IDS = sorted(f"{item.etag}-{number}" for item in ITEMS for number in range(7))


def test_a_run_sends_everything_once_and_a_second_one_nothing(tmp_path: Path) -> None:
    queue = MemoryQueue()
    assert run(MemoryArchive(objects()), queue, tmp_path / "state").sent == {"Order Completed": 21}
    assert sorted(delivered(queue)) == ALL_IDS
    headers = [wire.load(body).header for body in queue.bodies]
    assert {(header.kind, header.destination, header.attempt) for header in headers} == {("delivery", "crm", 0)}
    assert all(header.count <= 2 for header in headers), "no more at once than a second allows"
    again = MemoryArchive(objects())
    assert run(again, queue, tmp_path / "state").sent == {}
    assert again.read == 0


@given(dies_at=st.integers(0, 25), sends=st.integers(1, 20), dies_before=st.booleans(), rate=st.integers(1, 9))
@settings(max_examples=150, deadline=None)
def test_a_crash_anywhere_repeats_at_most_one_send_and_loses_nothing(
    tmp_path_factory: pytest.TempPathFactory, dies_at: int, sends: int, dies_before: bool, rate: int
) -> None:
    state, queue = tmp_path_factory.mktemp("run") / "state", DyingQueue(dies_at=sends, dies_before=dies_before)
    deaths = 0
    try:
        run(MemoryArchive(objects(), dies_at), queue, state, rate)
    except KeyboardInterrupt:
        deaths = 1
    queue.dies_at = 10**9
    run(MemoryArchive(objects()), queue, state, rate)
    found = delivered(queue)
    assert sorted(set(found)) == ALL_IDS
    assert len(found) - len(ALL_IDS) <= deaths * rate


_NOTES = """
import sys
from pathlib import Path
from cli.operations.progress import Progress
from sluice.archive.reader import Item
with Progress(Path(sys.argv[1]), {"what": "test"}, {}) as progress:
    for number in range(1, 100_000):
        progress.reached(Item("website", "a.gz", "etag", 100), number)
        print(number, flush=True)
"""


def test_what_was_noted_before_a_process_is_killed_is_known_to_the_next(tmp_path: Path) -> None:
    """Given a process that notes line after line, when it is killed in the middle, no note that it made is lost."""
    command = [sys.executable, "-c", _NOTES, str(tmp_path / "state")]
    environment = {"PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if int(line) == 50:
                process.kill()
        noted = int(line)
    with Progress(tmp_path / "state", {"what": "test"}, {}) as progress:
        assert (progress.lines_of(Item("website", "a.gz", "etag", 100)) or 0) >= noted >= 50


def test_an_object_that_came_late_is_sent_by_the_next_run(tmp_path: Path) -> None:
    queue, known = MemoryQueue(), objects()
    late = known.pop(ITEMS[0].key)
    run(MemoryArchive({**known, ITEMS[0].key: []}), queue, tmp_path / "state")
    changed = Item("website", ITEMS[0].key, "another etag", 100)
    with Progress(tmp_path / "state", {"what": "test"}, {}) as progress:
        work = Replay(MemoryArchive({**known, changed.key: late}), EVERYTHING, CRM, queue, RateLimit(None))
        work.run(iter([changed, *ITEMS[1:]]), progress, Tally())
    assert sorted(delivered(queue)) == ALL_IDS


def test_the_state_of_another_run_is_refused(tmp_path: Path) -> None:
    state = tmp_path / "state"
    with (
        Progress(state, {"destination": "crm"}, {"from": "a"}),
        pytest.raises(OperatorError, match="another run is using"),
    ):
        Progress(state, {"destination": "crm"}, {})
    with pytest.raises(OperatorError, match="belongs to another run"):
        Progress(state, {"destination": "billing"}, {})
    with Progress(state, {"destination": "crm"}, {"from": "b"}) as progress:
        assert progress.facts == {"from": "a"}, "what three days ago was when it began"
    (tmp_path / "other").write_text("not ours\n")
    with pytest.raises(OperatorError, match="no state"):
        Progress(tmp_path / "other", {}, {})


def test_a_queue_that_refuses_is_tried_again_and_then_told(tmp_path: Path) -> None:
    queue = MemoryQueue(refuse=lambda offered: offered <= 2)
    run(MemoryArchive(objects()), queue, tmp_path / "state")
    assert sorted(delivered(queue)) == ALL_IDS
    with pytest.raises(OperatorError, match="run the same command again"):
        run(MemoryArchive(objects()), MemoryQueue(refuse=lambda _: True), tmp_path / "other")


def test_a_dry_run_counts_as_the_run_does() -> None:
    archive = MemoryArchive({ITEMS[0].key: [line("a"), line("a"), line("b", event="E"), line("c", type="page"), b"{"]})
    tally = replaying.count(archive, iter(ITEMS[:1]), EVERYTHING, CRM)
    assert tally.sent == {"Order Completed": 1, "E": 1, "page": 1}
    assert tally.left_out == {"repeated in the archive": 1, "unreadable": 1}


def test_names_are_counted_in_bounded_memory() -> None:
    tally = Tally()
    for number in range(5000):
        tally.count(Picked(f"Viewed {number}", b""))
    assert len(tally.sent) <= 1001
    assert tally.sent.total() == 5000


def test_the_archive_finds_the_hours_of_a_window_and_no_others(place: Installation) -> None:
    hours = ("2026-11-22T23", "2026-11-23T00", "2026-11-23T09", "2026-11-23T23", "2026-11-24T00")
    keys = [place.put(f"{partition(hour)}x.gz", archived(hour)) for hour in hours]
    place.put(partition(hours[1], "server") + "x.gz", archived())
    place.put(partition(hours[1], "website", "rejected") + "x.gz", archived())
    archive = Archive(S3Objects(place.s3, place.bucket()))
    assert archive.sources("events") == ["server", "website"]
    found = list(archive.items("events", "website", WINDOW))
    assert [item.key for item in found] == keys[1:4]
    assert all(item.etag and item.size for item in found)
    assert [json.loads(each)["messageId"] for each in archive.lines(found[0])] == [hours[1]]


def test_many_pages_of_objects_are_found(place: Installation) -> None:
    for number in range(1003):
        place.s3.put_object(Bucket=place.bucket_name, Key=f"{partition(RECEIVED_AT)}{number:04}.gz", Body=b"")
    assert len(list(Archive(S3Objects(place.s3, place.bucket())).items("events", "website", WINDOW))) == 1003


def test_a_damaged_object_is_named(place: Installation) -> None:
    key = partition(RECEIVED_AT) + "x.gz"
    place.s3.put_object(Bucket=place.bucket_name, Key=key, Body=b"\x1f\x8bnot gzip at all")
    archive = Archive(S3Objects(place.s3, place.bucket()))
    with pytest.raises(DamagedObjectError, match="damaged"):
        list(archive.lines(next(archive.items("events", "website", WINDOW))))
