"""The loader of a warehouse: what is on its list is loaded, each file once, wherever a loader dies."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from catalogue.warehouses.duckdb.warehouse import DuckDb
from sluice.archive.reader import Archive
from sluice.warehouses import listing
from sluice.warehouses.file_list import body_of
from sluice.warehouses.loader import Loader, Report, load
from sluice.warehouses.memory import Memory
from sluice.warehouses.warehouse import UnavailableError, Warehouse
from sluice.workspace.compiled import Warehouse as Configured
from tests.unit.warehouses.conftest import identify, thing, track
from tests.unit.warehouses.loader_twins import BucketTwin, Clock, DeathError, ListTwin, Steps, stepping

HOUR, DAY = 3600.0, 86_400.0


@dataclass
class World:
    """A warehouse in a file of DuckDB, and all that its loader is handed."""

    path: Path
    files: ListTwin = field(default_factory=ListTwin)
    bucket: BucketTwin = field(default_factory=BucketTwin)
    clock: Clock = field(default_factory=Clock)
    memory: Memory = field(default_factory=lambda: Memory({"web": Clock().at}))
    opened: list[bool] = field(default_factory=list)

    def configured(self, **given: Any) -> Configured:
        return Configured(**{"id": "main", "type": "duckdb", "names": ("main",), "settings": {}, **given})

    def connect(self, is_refreshed: bool) -> AbstractContextManager[Warehouse]:
        self.opened.append(is_refreshed)
        return DuckDb(self.path)

    def load(self, connect: Callable[[bool], Any] | None = None, **given: Any) -> Report:
        archive, clock = Archive(self.bucket), self.clock
        opens = connect or self.connect
        loader = Loader(self.configured(**given), self.files, archive, opens, clock.seconds_left, clock.now)
        return load(loader, self.memory)

    def arrives(self, name: str, *events: dict[str, Any], **given: Any) -> str:
        """A file comes into the archive, and S3's notice of it onto the list."""
        key = self.bucket.file(name, *events, **given)
        self.files.add([body_of(key)])
        return key

    def asked(self, query: str) -> list[tuple[Any, ...]]:
        with DuckDb(self.path) as engine:
            return engine.query(query)[1]


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path / "warehouse.duckdb")


def test_what_is_on_the_list_is_loaded_and_leaves_it(world: World) -> None:
    world.arrives("a", track(1, total=5), track(2, total=7))
    world.arrives("b", identify(1, "u1", "12:00", email="a@x"), source="server")
    found = world.load()
    assert (found.files, found.events, found.rows, str(found)) == (2, 3, 6, "2 files, 6 rows")
    assert world.asked("SELECT sum(total) FROM web.order_completed") == [(12,)]
    assert world.asked("SELECT email FROM server.users") == [("a@x",)]
    assert (world.files.entries, world.files.in_hand) == ([], {})


def test_with_nothing_to_load_the_warehouse_is_not_opened(world: World) -> None:
    world.bucket.file("a", track(1))
    assert str(world.load()) == "0 files, 0 rows"
    assert world.opened == []


def test_a_file_that_is_on_the_list_twice_or_was_loaded_before_is_loaded_once(world: World) -> None:
    key = world.arrives("a", track(1))
    world.files.add([body_of(key)])
    assert world.load().rows == 2
    world.files.add([body_of(key)])
    assert world.load().rows == 0
    assert world.asked("SELECT count(*) FROM web.tracks") == [(1,)]


def test_notices_of_s3_are_read_as_they_are(world: World) -> None:
    key = world.bucket.file("a", track(1))
    world.files.add([f'{{"key":"{key}","size":100,"etag":"0123","sequencer":"00617F08299329D189"}}'])
    assert world.load().files == 1


def test_files_that_no_notice_named_are_found_once_a_day(world: World) -> None:
    """Given a file of an hour long past, as a replay makes them, and one that is loaded: the first is loaded then."""
    world.arrives("a", track(1))
    world.load()
    world.bucket.file("late", track(2), at="2026-01-14T02")
    world.clock.at += DAY - 1
    assert world.load().files == 0
    world.clock.at += 1
    assert world.load().files == 1
    assert world.asked("SELECT count(*) FROM web.tracks") == [(2,)]
    assert world.memory.listed == {"web": world.clock.at}


def test_files_of_objects_are_loaded_by_notice_and_found_by_listing_as_those_of_events_are(world: World) -> None:
    """Given the memory of a loader from before there were objects, those of two months are found when it lists."""
    world.arrives("a", track(1))
    world.arrives("b", thing("plans", "p1", price=5), area="objects")
    world.bucket.file("late", thing("plans", "p2", price=7), at="2025-11-20T00", area="objects")
    world.bucket.file("other", thing("plans", "p1", price=9), area="objects", source="server")
    assert str(world.load()) == "2 files, 3 rows"
    world.clock.at += DAY
    assert world.load().files == 2
    assert world.asked("SELECT id, price FROM web.plans ORDER BY id") == [("p1", 5), ("p2", 7)]
    assert world.asked("SELECT id, price FROM server.plans") == [("p1", 9)]
    at = world.clock.at
    assert world.memory.listed == {"web": at, "objects/web": at, "objects/server": at}
    world.bucket.file("later", thing("plans", "p1", "13:00", price=6), area="objects")
    world.clock.at += DAY - 1
    assert world.load().files == 0
    world.clock.at += 1
    assert world.load(sources=("server",)).files == 0
    assert world.load().files == 1
    assert world.asked("SELECT price FROM web.plans WHERE id = 'p1'") == [(6,)]


def test_a_new_warehouse_gets_the_archive_of_two_months(world: World) -> None:
    world.memory = Memory()
    world.bucket.file("old", track(1), at="2025-11-20T00")
    world.bucket.file("older", track(2), at="2025-11-10T00")
    assert world.load().files == 1


def test_a_listing_that_runs_out_of_time_goes_on_where_it_was(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listing, "_TOGETHER", 20)
    world.memory = Memory()
    for day in (1, 2, 3):
        for number in range(20):
            world.bucket.file(f"f{number:03}", track(1), at=f"2026-01-0{day}T00")
    world.clock = Clock(left=125.0, takes=3.0)
    assert world.load().files == 0
    assert world.memory.listed["web"] < world.clock.at - 10 * DAY
    assert 0 < len(world.files.entries) < 60
    world.clock = Clock()
    world.load()
    assert world.asked("SELECT count(*) FROM web._sluice_loads") == [(60,)]


def test_a_source_that_is_enabled_again_gets_what_came_in_between_and_a_collection_does_not(world: World) -> None:
    """W12"""
    world.arrives("a", track(1), at="2026-01-15T12")
    world.load(collections=("tracks",))
    world.clock.at += 10 * DAY
    world.arrives("b", track(2), at="2026-01-25T12")
    world.load(sources=())
    assert world.files.entries == []
    world.clock.at += 10 * DAY
    world.arrives("c", track(3), at="2026-02-04T12")
    world.load()
    assert world.asked("SELECT id FROM web.order_completed ORDER BY 1") == [("m1",), ("m2",), ("m3",)]
    assert world.asked("SELECT id FROM web.tracks ORDER BY 1") == [("m2",), ("m3",)]


def test_a_loader_stops_two_minutes_early_and_the_next_one_goes_on(world: World) -> None:
    for number in range(5):
        world.arrives(f"f{number}", track(number))
    world.clock = Clock(left=124.0, takes=1.0)
    found = world.load()
    assert 0 < found.files < 5
    assert str(found).endswith("more are waiting")
    assert world.files.in_hand == {}
    world.clock = Clock()
    assert world.load().files == 5 - found.files


def test_credentials_that_are_refused_are_read_anew_and_then_nothing_is_taken(world: World) -> None:
    def refuses(is_refreshed: bool) -> Any:
        world.opened.append(is_refreshed)
        raise UnavailableError("Postgres refuses the user, the password or the database", is_refused=True)

    world.arrives("a", track(1))
    found = world.load(refuses)
    assert (world.opened, found.is_refused) == ([False, True], True)
    assert (world.files.takes, len(world.files.entries)) == ({}, 1)
    assert world.load().files == 1


def test_a_password_that_was_changed_is_noticed(world: World) -> None:
    def refuses_the_old(is_refreshed: bool) -> Any:
        if not is_refreshed:
            raise UnavailableError("no", is_refused=True)
        return world.connect(is_refreshed)

    world.arrives("a", track(1))
    assert world.load(refuses_the_old).files == 1


def test_an_engine_that_is_away_in_the_middle_is_no_fault_of_the_file(world: World) -> None:
    """Given a session that is refused between two files, both wait, and neither has failed."""

    @contextmanager
    def connect(_: bool) -> Iterator[Any]:
        with DuckDb(world.path) as engine:

            def put(*_: Any) -> None:
                raise UnavailableError("the session is over", is_refused=True)

            names = ("dialect", "events_at_once", "transaction", "loaded", "describe", "change", "note")
            yield SimpleNamespace(**{name: getattr(engine, name) for name in names}, put=put)

    for number in range(3):
        world.arrives(f"f{number}", track(number))
    found = world.load(connect)
    assert (found.is_refused, found.failed, len(world.files.entries)) == (True, 0, 3)
    assert world.load().files == 3


def test_a_damaged_file_is_given_up_with_its_reason_and_the_others_are_loaded(world: World) -> None:
    damaged = world.arrives("a", track(1))
    world.bucket.kept[damaged] = world.bucket.kept[damaged][:-9]
    world.arrives("b", track(2))
    gone = world.arrives("c", track(3))
    del world.bucket.kept[gone]
    world.files.add(["no JSON", '{"key": 1}', '{"key": "events/../secrets"}', "[]"])
    found = world.load()
    assert (found.files, found.given_up, found.failed) == (1, 5, 0)
    assert [reason for _, reason in world.files.dead][1:] == ["no JSON", *["no file of the archive"] * 3]
    assert world.files.entries == []


def broken(world: World, breaks: Callable[[str], bool]) -> Callable[[bool], Any]:
    """Return a way to a warehouse that fails at the note of some files."""

    @contextmanager
    def connect(is_refreshed: bool) -> Iterator[Any]:
        with DuckDb(world.path) as engine:
            world.opened.append(is_refreshed)

            def note(schema: str, file: str, *rest: Any) -> None:
                if breaks(file):
                    raise OSError("No space left on device")
                engine.note(schema, file, *rest)

            names = ("dialect", "events_at_once", "transaction", "loaded", "describe", "change", "put")
            yield SimpleNamespace(**{name: getattr(engine, name) for name in names}, note=note)

    return connect


def test_a_file_that_fails_comes_again_and_does_not_stop_the_others(world: World) -> None:
    for number in range(12):
        world.arrives(f"f{number}", track(number))
    found = world.load(broken(world, lambda file: "/f3." in file))
    assert (found.files, found.failed) == (11, 1)
    assert len(world.opened) == 2
    world.files.time_passes()
    assert world.load().files == 1
    assert world.asked("SELECT count(*), count(DISTINCT id) FROM web.tracks") == [(12, 12)]


def test_a_warehouse_that_takes_nothing_is_left_alone_after_three_files(world: World) -> None:
    for number in range(12):
        world.arrives(f"f{number}", track(number))
    found = world.load(broken(world, lambda _: True))
    assert (found.files, found.failed, len(world.opened)) == (0, 3, 3)
    assert len(world.files.entries) + len(world.files.in_hand) == 12


def test_a_file_that_fails_for_days_is_given_up_for_somebody_to_look_at(world: World) -> None:
    world.arrives("a", track(1))
    for _ in range(20):
        world.files.time_passes()
        found = world.load(broken(world, lambda _: True))
    assert (found.given_up, world.files.entries, world.files.in_hand) == (1, [], {})
    assert world.files.dead[0][1] == "OSError"


def stepped(world: World, steps: Steps) -> Report:
    """Load in a world each of whose calls is a step."""

    @contextmanager
    def connect(_: bool) -> Iterator[Any]:
        with DuckDb(world.path) as engine:
            yield stepping(engine, steps)

    files = SimpleNamespace(
        **{name: steps(getattr(world.files, name)) for name in ("add", "take", "remove", "give_back", "give_up")},
        waiting=world.files.waiting,
    )
    return load(
        Loader(world.configured(), files, Archive(world.bucket), connect, world.clock.seconds_left, world.clock.now),
        world.memory,
    )


def test_a_loader_that_dies_at_any_step_loses_nothing_and_repeats_nothing(tmp_path: Path) -> None:
    """Given three files, one of which no notice named, and a death after each call in turn; then another loader.

    A death before a call is one after the call before it.
    """

    def world_of(name: str) -> World:
        world = World(tmp_path / f"{name}.duckdb", memory=Memory())
        world.arrives("a", track(1, total=1), identify(1, "u1", "12:00", plan="free"))
        world.arrives("b", track(2, total=2.5), track(1, total=1), identify(2, "u1", "13:00", plan="pro"))
        world.bucket.file("c", track(3, total=3))
        return world

    whole = world_of("whole")
    steps = Steps()
    stepped(whole, steps)
    assert steps.taken > 25
    for number in range(steps.taken):
        world = world_of(str(number))
        with pytest.raises(DeathError):
            stepped(world, Steps(number, is_after=True))
        world.files.time_passes()
        world.load()
        assert world.asked("SELECT count(*), count(DISTINCT id), sum(total) FROM web.order_completed") == [(3, 3, 6.5)]
        assert world.asked("SELECT id, plan FROM web.users") == [("u1", "pro")]
        assert world.asked("SELECT count(*) FROM web._sluice_loads") == [(3,)]
        assert (world.files.entries, world.files.in_hand) == ([], {})
