"""ClickHouse: what every warehouse does, and what is its own, on the real engine behind its HTTP interface."""

import gzip
import json
import random
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import partial
from typing import Any

import httpcore
import pytest
from pydantic import TypeAdapter, ValidationError

from catalogue.warehouses.clickhouse import statements
from catalogue.warehouses.clickhouse import warehouse as module
from catalogue.warehouses.clickhouse.client import Client
from catalogue.warehouses.clickhouse.columns import Column
from catalogue.warehouses.clickhouse.dialect import DIALECT
from catalogue.warehouses.clickhouse.errors import NotFoundError, error_of
from catalogue.warehouses.clickhouse.settings import Settings
from catalogue.warehouses.clickhouse.values import binary, parameter
from catalogue.warehouses.clickhouse.warehouse import ClickHouse, connect
from sluice.warehouses.batches import Batch
from sluice.warehouses.engines import http
from sluice.warehouses.names import identifier
from sluice.warehouses.settings import Secret
from sluice.warehouses.warehouse import (
    PassingError,
    RefusedError,
    StatementError,
    Target,
    UnavailableError,
    batch_of_events,
    load_file,
    schema_of,
)
from tests.clickhouse import PASSWORD, USER, Wire, emptied, opened
from tests.unit.warehouses import test_contract, test_faults
from tests.unit.warehouses.conftest import RECEIVED, WEB, identify, track
from tests.unit.warehouses.loader_twins import DeathError


@pytest.fixture
def url(clickhouse_url: str) -> str:
    """The address of a server without the databases of a test."""
    emptied(clickhouse_url, "web", "my_shop")
    return clickhouse_url


@pytest.fixture
def wire() -> Iterator[Wire]:
    found = Wire()
    yield found
    found.close()


type Open = Callable[..., ClickHouse]


@pytest.fixture
def another(url: str) -> Iterator[Open]:
    """Open the same warehouse once more."""
    with ExitStack() as stack:
        yield lambda *given, **options: stack.enter_context(opened(url, *given, **options))


@pytest.fixture
def warehouse(another: Open, wire: Wire) -> ClickHouse:
    return another(wire)


def load(warehouse: ClickHouse, file: str, *events: dict[str, Any], target: Target = WEB, **options: Any) -> Any:
    return load_file(warehouse, target, file, events, **options)


def asked(warehouse: ClickHouse, query: str) -> list[tuple[Any, ...]]:
    return warehouse.query(query)[1]


def counted(warehouse: ClickHouse, table: str) -> tuple[Any, ...]:
    """Return how many rows a table has, and how many ids: as anybody asks who knows nothing of FINAL."""
    (found,) = asked(warehouse, f"SELECT count(*), count(DISTINCT id) FROM web.{table}")
    return found


#: The cases of the contract, and those of its faults that need no process, with the fixture `warehouse` of this module.
globals().update({name: case for name, case in vars(test_contract).items() if name.startswith("test_")})
test_a_load_that_breaks_leaves_nothing_behind = test_faults.test_a_load_that_breaks_leaves_nothing_behind
test_a_file_of_very_many_tables_takes_several_transactions_and_dies_at_any_step = (
    test_faults.test_a_file_of_very_many_tables_takes_several_transactions_and_dies_at_any_step
)


@pytest.mark.parametrize(
    ("by_hand", "kept"), [("no json", {"": "no json"}), ("[1]", {"": [1]}), ('{"a": 1}', {"a": 1}), ("{", {"": "{"})]
)
def test_an_overflow_that_somebody_wrote_by_hand_stops_nothing_and_stays(
    warehouse: ClickHouse, by_hand: str, kept: dict[str, Any]
) -> None:
    """The contract's case in ClickHouse's SQL: `users` is a view, and what it shows is put in below it."""
    load(warehouse, "f1", identify(0, "u1", "11:00", **{f"p{number}": 1 for number in range(500)}))
    values = f"('u1', '2026-01-15 11:00:00', (now64(6, 'UTC'), '{by_hand}'))"
    warehouse.query(f"INSERT INTO web._sluice_users (id, received_at, _overflow) VALUES {values}")
    load(warehouse, "f2", identify(1, "u1", "12:00", plan="pro"))
    ((overflow,),) = asked(warehouse, "SELECT _overflow FROM web.users")
    assert json.loads(overflow) == {**kept, "plan": "pro"}


def test_a_source_may_be_called_like_what_an_engine_keeps_for_itself(warehouse: ClickHouse) -> None:
    for source in ("system", "default", "information-schema", "pg-stat"):
        schema = schema_of(source, warehouse.dialect)
        warehouse.query(f"DROP DATABASE IF EXISTS {schema}")
        assert load(warehouse, "f1", track(1), target=Target(["W"], schema)).rows["tracks"] == 1
        assert warehouse.describe(schema).keys() == {"tracks", "order_completed"}
        warehouse.query(f"DROP DATABASE {schema}")


# --- What is sent ---


def test_a_file_is_two_questions_about_it_one_about_ids_and_the_note_last(another: Open, wire: Wire) -> None:
    """Given tables that are there, no statement is sent too many."""
    warehouse = another(wire, dedupe_days=7)
    load(warehouse, "f1", track(1, "", total=1), identify(1, "u1", "12:00", plan="free"))
    del wire.sent[:], wire.parameters[:]
    load(warehouse, "f2", track(2, "", total=1), identify(2, "u1", "13:00", plan="pro"))
    window = "`received_at` >= toDateTime64('2026-01-08 12:00:00', 6, 'UTC')"
    since = window.replace("12:00", "13:00")
    assert wire.sent == [
        (
            "SELECT DISTINCT 0 AS n, file FROM `web`.`_sluice_loads` WHERE file IN (SELECT text FROM sent)"
            " UNION ALL SELECT DISTINCT 1 AS n, file FROM `web`.`_sluice_rejects` WHERE file IN (SELECT text FROM sent)"
        ),
        statements.DESCRIBED,
        (
            "SELECT DISTINCT 0 AS n, `id` FROM `web`.`tracks`"
            f" WHERE `id` IN (SELECT text FROM sent WHERE n = 0) AND {window} UNION ALL"
            " SELECT DISTINCT 1 AS n, `id` FROM `web`.`identifies`"
            f" WHERE `id` IN (SELECT text FROM sent WHERE n = 1) AND {since} UNION ALL"
            " SELECT DISTINCT 2 AS n, `id` FROM `web`.`_sluice_users`"
            " WHERE `id` IN (SELECT text FROM sent WHERE n = 2)"
        ),
        (
            "INSERT INTO `web`.`tracks`"
            " (`id`, `user_id`, `received_at`, `timestamp`, `context_ip`, `event`, `event_text`)"
            " FORMAT RowBinaryWithNamesAndTypes"
        ),
        "INSERT INTO `web`.`identifies` (`id`, `user_id`, `received_at`, `plan`) FORMAT RowBinaryWithNamesAndTypes",
        "INSERT INTO `web`.`_sluice_users` (`id`, `received_at`, `plan`) FORMAT RowBinaryWithNamesAndTypes",
        (
            "INSERT INTO `web`.`_sluice_rejects` (`table_name`, `row_id`, `column_name`, `value`, `reason`, `file`)"
            " FORMAT RowBinaryWithNamesAndTypes"
        ),
        "INSERT INTO `web`.`_sluice_loads` (`file`, `events`, `rejects`) FORMAT RowBinaryWithNamesAndTypes",
    ]
    assert {each["async_insert"] for each in wire.parameters[3:]} == {"0"}


def test_a_file_that_is_loaded_takes_one_question(warehouse: ClickHouse, wire: Wire) -> None:
    load(warehouse, "f1", track(1))
    del wire.sent[:]
    load(warehouse, "f1", track(1))
    assert len(wire.sent) == 1


def test_rows_lie_in_the_order_in_which_they_came_and_users_by_their_id(warehouse: ClickHouse) -> None:
    load(warehouse, "f1", track(1, total=1, score=0.5, is_new=True), identify(1, "u1", "12:00", age=3))
    tables = {
        name: (engine, key)
        for name, engine, key in asked(
            warehouse, "SELECT name, engine, sorting_key FROM system.tables WHERE database = 'web'"
        )
    }
    assert tables == {
        "_sluice_loads": ("ReplacingMergeTree", "file"),
        "_sluice_rejects": ("MergeTree", "file, table_name, column_name"),
        "_sluice_users": ("AggregatingMergeTree", "id"),
        "identifies": ("ReplacingMergeTree", "received_at, id"),
        "order_completed": ("ReplacingMergeTree", "received_at, id"),
        "tracks": ("ReplacingMergeTree", "received_at, id"),
        "users": ("View", ""),
    }
    types = dict(
        asked(warehouse, "SELECT name, type FROM system.columns WHERE database = 'web' AND table = 'order_completed'")
    )
    assert {name: types[name] for name in ("id", "received_at", "total", "score", "is_new", "timestamp", "event")} == {
        "id": "String", "received_at": "DateTime64(6, 'UTC')", "total": "Nullable(Int64)",
        "score": "Nullable(Float64)", "is_new": "Nullable(Bool)", "timestamp": "Nullable(DateTime64(6, 'UTC'))",
        "event": "Nullable(String)",
    }  # fmt: skip


def test_more_tables_than_a_question_takes_are_asked_for_in_several(warehouse: ClickHouse, wire: Wire) -> None:
    events = [track(at, f"Viewed {at}") for at in range(70)]
    load(warehouse, "f1", *events)
    del wire.sent[:]
    assert sum(load(warehouse, "f2", *events).rows.values()) == 0
    assert [each.count("UNION ALL") for each in wire.sent if "`id`" in each] == [49, 20]


# --- Once, whatever happens ---


@pytest.mark.parametrize("is_after", [False, True])
def test_a_loader_that_dies_at_any_request_leaves_what_the_next_one_completes(
    another: Open, wire: Wire, *, is_after: bool
) -> None:
    """Given a death before or after every request in turn, and a loader that begins again, all is there, once.

    Two files are loaded so. Tables, columns, repeats, users and rejects are among what is half done.
    """
    first = [track(at, total=at) for at in range(5)] + [identify(at, f"u{at % 2}", "12:00", age=at) for at in range(4)]
    nameless: dict[str, Any] = {"total": 0.5, "note": "new", "": "no name"}
    second = [*first[3:], track(9, **nameless), identify(9, "u1", "13:00", plan="pro")]
    deaths = 0
    for file, events in (("f1", first), ("f2", second)):
        for number in range(1, 40):
            left = [number]

            def dies(_: str, left: list[int] = left) -> None:
                left[0] -= 1
                if left[0] == 0:
                    raise DeathError

            wire.before, wire.after = (lambda _: None, dies) if is_after else (dies, lambda _: None)
            try:
                load(another(wire), file, *events)
            except DeathError:
                deaths += 1
            else:
                break
    assert deaths > 12
    warehouse = another()
    assert load(warehouse, "f2", *second).rows == {}
    assert [counted(warehouse, table) for table in ("tracks", "order_completed", "identifies")] == [
        (6, 6), (6, 6), (5, 5),
    ]  # fmt: skip
    assert asked(warehouse, "SELECT sum(total) FROM web.order_completed") == [(10.5,)]
    users = [("u0", 2, None), ("u1", 3, "pro")]
    assert asked(warehouse, "SELECT id, age, plan FROM web.users ORDER BY id") == users
    assert asked(warehouse, "SELECT file, events FROM web._sluice_loads ORDER BY file") == [("f1", 9), ("f2", 8)]
    assert asked(warehouse, "SELECT row_id, reason FROM web._sluice_rejects") == [("m9", "name")]


def test_what_tells_of_rejects_is_made_again_if_somebody_drops_it(warehouse: ClickHouse) -> None:
    load(warehouse, "f1", track(1))
    warehouse.query("DROP TABLE web._sluice_rejects")
    assert warehouse.loaded("web", ["f1"]) == {"f1"}
    nameless: dict[str, Any] = {"": 1}
    assert load(warehouse, "f2", track(2, **nameless)).rejects == 1
    assert asked(warehouse, "SELECT row_id FROM web._sluice_rejects") == [("m2",)]


def lost(what: str, times: int = 1) -> Callable[[str], None]:
    """Return what loses the requests or answers of some statements."""
    left = [times]

    def loses(sql: str) -> None:
        if what in sql and left[0] > 0:
            left[0] -= 1
            raise httpcore.ReadError

    return loses


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("table", ["order_completed", "_sluice_users", "_sluice_rejects", "_sluice_loads"])
def test_a_connection_that_is_lost_while_rows_are_put_in_puts_them_in_once(
    warehouse: ClickHouse, wire: Wire, table: str, when: str
) -> None:
    """Given a request, or its answer, that is lost, the same block is sent again by the same id."""
    setattr(wire, when, lost(f"INSERT INTO `web`.`{table}`"))
    nameless: dict[str, Any] = {"": 1}
    load(warehouse, "f1", track(1, total=1), track(2, **nameless), identify(1, "u1", "12:00", plan="pro"))
    first, again = (each for each in wire.parameters if f"`{table}`" in each.get("query", "") and "query_id" in each)
    assert first == again
    assert [counted(warehouse, each) for each in ("tracks", "order_completed", "users")] == [(2, 2), (2, 2), (1, 1)]
    assert asked(warehouse, "SELECT count(*) FROM web._sluice_rejects") == [(1,)]
    assert asked(warehouse, "SELECT count(*) FROM web._sluice_loads") == [(1,)]


def test_a_block_that_is_still_being_put_in_is_waited_for(url: str, wire: Wire) -> None:
    """Given a request that is at work on the server, the next one with its id waits until it has ended."""
    pauses: list[float] = []

    def sleep(seconds: float) -> None:
        pauses.append(seconds)
        time.sleep(0.2)

    client = Client(wire, url, USER, PASSWORD, sleep)
    at_work = threading.Thread(target=lambda: client._posted({"query_id": "q1"}, b"SELECT sleep(0.7)"))
    at_work.start()
    time.sleep(0.2)
    assert client._posted({"query_id": "q1", "default_format": "TabSeparated"}, b"SELECT 1") == b"1\n"
    at_work.join()
    assert 1 <= len(pauses) <= 4


def test_a_server_that_stays_away_has_the_file_come_again(warehouse: ClickHouse, wire: Wire) -> None:
    wire.after = lost("INSERT INTO `web`.`order_completed`", times=http.ATTEMPTS)
    with pytest.raises(PassingError, match="ClickHouse cannot be reached: ReadError"):
        load(warehouse, "f1", track(1))
    assert asked(warehouse, "SELECT count(*) FROM web._sluice_loads") == [(0,)]
    assert load(warehouse, "f1", track(1), track(2)).rows == {"tracks": 1, "order_completed": 1}
    assert counted(warehouse, "order_completed") == (2, 2)


@contextmanager
def asked_already(warehouse: ClickHouse, file: str, *events: dict[str, Any]) -> Iterator[None]:
    """Load a file whose rows are put in at the end, after all was asked at the beginning."""
    with warehouse.transaction():
        warehouse.loaded("web", [file])
        batch = batch_of_events(events, WEB, warehouse.dialect, warehouse.describe("web"))
        warehouse.change("web", batch)
        warehouse.put("web", batch)
        warehouse.note("web", file, len(events), batch.rejects)
        yield


@pytest.mark.parametrize("is_new", [True, False])
def test_two_loaders_at_once_put_in_one_file_once(another: Open, warehouse: ClickHouse, *, is_new: bool) -> None:
    """Given two that both asked which ids are there before either put in a row, no row is there twice.

    So it is with tables that are there, and with those that both make.
    """
    if not is_new:
        load(warehouse, "f0", track(0, total=0), identify(0, "u0", "11:00"))
    events = [track(1, total=1), track(2, total=2), identify(1, "u1", "12:00", plan="pro")]
    other = another()
    with asked_already(other, "f1", *events):
        load(warehouse, "f1", *events)
    before = 0 if is_new else 1
    assert [counted(warehouse, each)[0] - before for each in ("tracks", "identifies", "users")] == [2, 1, 1]
    assert asked(warehouse, "SELECT sum(total) FROM web.order_completed") == [(3,)]
    assert asked(warehouse, "SELECT count(DISTINCT file) FROM web._sluice_loads WHERE file = 'f1'") == [(1,)]


def test_two_loaders_at_once_may_leave_one_event_of_two_files_twice_and_final_leaves_it_out(
    another: Open, warehouse: ClickHouse
) -> None:
    """Given an event in two files, and two loaders that do not see each other, ClickHouse itself makes it one."""
    other = another()
    with asked_already(other, "f1", track(1, total=1), track(2, total=2)):
        load(warehouse, "f2", track(2, total=2), track(3, total=3))
    assert counted(warehouse, "tracks") == (4, 3)
    assert asked(warehouse, "SELECT count(*), sum(total) FROM web.order_completed FINAL") == [(3, 6)]
    warehouse.query("OPTIMIZE TABLE web.tracks FINAL")
    assert counted(warehouse, "tracks") == (3, 3)


def test_of_two_loaders_that_make_a_column_otherwise_the_second_puts_in_nothing_and_comes_again(
    another: Open, warehouse: ClickHouse
) -> None:
    """Given rows that were written for another type than the column has by now, none of their bytes is misread."""
    other = another()
    with (
        pytest.raises(StatementError, match="ClickHouse: 117 INCORRECT_DATA"),
        asked_already(other, "f1", track(1, "Bought", total="twelve", n=0.5)),
    ):
        load(warehouse, "f2", track(2, "Bought", total=12, n=3))
    assert asked(warehouse, "SELECT id, total, n FROM web.bought") == [("m2", 12, 3)]
    assert load(other, "f1", track(1, "Bought", total="twelve", n=0.5)).rejects == 1
    assert asked(warehouse, "SELECT id, total, n FROM web.bought ORDER BY id") == [("m1", None, 0.5), ("m2", 12, 3)]
    assert counted(warehouse, "tracks") == (2, 2)


def test_two_loaders_at_once_lose_no_trait(another: Open, warehouse: ClickHouse) -> None:
    load(warehouse, "f0", identify(0, "u1", "11:00", plan="free", email="a@x", seats=1))
    other = another()
    with asked_already(other, "f1", identify(1, "u1", "13:00", plan="pro")):
        load(warehouse, "f2", identify(2, "u1", "12:00", email="b@x", plan="old"))
    assert asked(warehouse, "SELECT id, plan, email, seats FROM web.users") == [("u1", "pro", "b@x", 1)]


def test_rows_that_somebody_deleted_come_again_when_their_file_is_repeated(warehouse: ClickHouse) -> None:
    """Given a block whose token the table remembers, a repeated file puts it in all the same."""
    events = [track(1), track(2), identify(1, "u1", "12:00", plan="pro")]
    load(warehouse, "f1", *events)
    for table in ("tracks", "_sluice_users"):
        warehouse.query(f"DELETE FROM web.{table} WHERE true")
    again = load(warehouse, "f1", *events, is_repeated=True)
    assert again.rows == {"tracks": 2, "order_completed": 0, "identifies": 0, "users": 1}
    assert counted(warehouse, "tracks") == (2, 2)
    assert asked(warehouse, "SELECT plan FROM web.users") == [("pro",)]
    assert asked(warehouse, "SELECT file, events FROM web._sluice_loads") == [("f1", 3)]


@pytest.mark.parametrize(("days", "copies"), [(3, 2), (10, 1), (None, 1)])
def test_rows_before_the_window_are_not_looked_through(another: Open, days: int | None, copies: int) -> None:
    """Given an event that comes again after ten days, it is there twice if only three are looked through."""
    warehouse = another(dedupe_days=days)

    def received(number: int, day: int) -> dict[str, Any]:
        return {**track(number), "receivedAt": f"2026-01-{day:02}T12:00:00.000Z"}

    load(warehouse, "f1", received(1, 10), received(2, 10), identify(1, "u1", "12:00", plan="free"))
    load(warehouse, "f2", received(1, 12), received(3, 12))
    load(warehouse, "f3", received(2, 20), received(4, 20), {**identify(2, "u1", "12:00"), "receivedAt": "2026-04-15"})
    assert counted(warehouse, "tracks") == (3 + copies, 4)
    assert asked(warehouse, "SELECT plan FROM web.users") == [("free",)]


# --- Users and accounts ---


@pytest.mark.parametrize("is_merged", [False, True])
def test_each_trait_is_the_latest_whether_clickhouse_has_merged_rows_or_not(
    warehouse: ClickHouse, *, is_merged: bool
) -> None:
    """Given traits in no order, in one file and in several, an older one fills what is empty, each by itself."""
    load(warehouse, "f1", identify(1, "u1", "12:00", plan="free"), identify(2, "u1", "14:00", email="a@x"))
    load(warehouse, "f2", identify(3, "u1", "13:00", plan="pro", email="old@x"), identify(4, "u2", "13:00", age=3))
    load(warehouse, "f3", identify(5, "u1", "11:00", plan="trial", city="Rome"), identify(6, "u2", "12:00", age=0.5))
    if is_merged:
        warehouse.query("OPTIMIZE TABLE web._sluice_users FINAL")
    query = "SELECT id, received_at, plan, email, city, age FROM web.users ORDER BY id"
    day = datetime(2026, 1, 15, tzinfo=UTC)
    assert asked(warehouse, query) == [
        ("u1", day.replace(hour=14), "pro", "a@x", "Rome", None),
        ("u2", day.replace(hour=13), None, None, None, 3.0),
    ]
    assert warehouse.describe("web")["users"] == {
        "id": "varchar", "received_at": "timestamp", "plan": "varchar", "email": "varchar", "age": "float",
        "city": "varchar",
    }  # fmt: skip


def test_a_view_that_somebody_dropped_is_made_again_with_all_that_is_below_it(warehouse: ClickHouse) -> None:
    load(warehouse, "f1", identify(1, "u1", "12:00", plan="free", age=3))
    warehouse.query("DROP VIEW web.users")
    load(warehouse, "f2", identify(2, "u1", "13:00", plan="pro"))
    assert asked(warehouse, "SELECT id, plan, age FROM web.users") == [("u1", "pro", 3)]


def test_groups_are_accounts(warehouse: ClickHouse) -> None:
    def group(number: int, **traits: Any) -> dict[str, Any]:
        common = {"type": "group", "messageId": f"g{number}", "receivedAt": RECEIVED, "userId": "u1"}
        return {**common, "groupId": "acme", "traits": traits}

    load(warehouse, "f1", group(1, plan="free"), group(2, seats=3))
    assert asked(warehouse, "SELECT id, plan, seats FROM web.accounts") == [("acme", "free", 3)]
    assert asked(warehouse, "SELECT group_id FROM web.groups ORDER BY id") == [("acme",), ("acme",)]


# --- What is in the rows ---


def test_numbers_times_and_truths_are_there_as_they_were(warehouse: ClickHouse) -> None:
    """Given the ends of numbers, and a thousand at random, each comes back to the last bit."""
    rng = random.Random(1)  # noqa: S311 - no secret
    floats = [each for each in (struct.unpack("<d", rng.randbytes(8))[0] for _ in range(1000)) if each - each == 0]
    given: dict[str, Any] = {
        "least": -(2**63), "most": 2**63 - 1, "huge": 1.7e308, "tiny": 5e-324, "third": 1 / 3, "zero": 0.0,
        "yes": True, "nay": False, "first": "1900-01-01T00:00:00Z", "last": "2299-12-31T23:59:59.999999Z",
        "local": "2026-01-15T12:00:00.123+02:00",
    }  # fmt: skip
    load(warehouse, "f1", track(0, **given), *(track(at, "Measured", n=each) for at, each in enumerate(floats)))
    (row,) = asked(warehouse, f"SELECT {', '.join(given)} FROM web.order_completed")
    assert list(row[:8]) == list(given.values())[:8]
    assert [type(each) for each in row[:8]] == [int, int, float, float, float, float, bool, bool]
    assert row[8:] == (
        datetime(1900, 1, 1, tzinfo=UTC),
        datetime(2299, 12, 31, 23, 59, 59, 999999, UTC),
        datetime(2026, 1, 15, 10, 0, 0, 123000, UTC),
    )
    bits = asked(warehouse, "SELECT id, reinterpretAsUInt64(assumeNotNull(n)) FROM web.measured")
    assert {key: struct.pack("<Q", number) for key, number in bits} == {
        f"m{at}": struct.pack("<d", each) for at, each in enumerate(floats)
    }


def test_a_moment_that_clickhouse_does_not_have_is_a_reject_by_its_range(warehouse: ClickHouse) -> None:
    moments = ["1899-12-31T23:59:59.999999Z", "2300-01-01T00:00:00Z", "0001-01-01T00:00:00Z", "9999-12-31T00:00:00Z"]
    found = load(warehouse, "f1", *(track(at, due=each, n=1) for at, each in enumerate(moments)))
    assert found.rows["order_completed"] == 4
    assert asked(warehouse, "SELECT count(*), count(due), count(n) FROM web.order_completed") == [(4, 0, 4)]
    assert asked(warehouse, "SELECT column_name, row_id, reason, value FROM web._sluice_rejects ORDER BY row_id") == [
        ("due", "m0", "range", "1899-12-31T23:59:59.999999+00:00"),
        ("due", "m1", "range", "2300-01-01T00:00:00+00:00"),
        ("due", "m2", "range", "0001-01-01T00:00:00+00:00"),
        ("due", "m3", "range", "9999-12-31T00:00:00+00:00"),
    ]
    assert asked(warehouse, "SELECT rejects FROM web._sluice_loads") == [(4,)]


def test_an_event_that_was_received_at_no_moment_of_clickhouses_is_of_1970(warehouse: ClickHouse) -> None:
    """The time is part of the key, and so cannot be null; no event of the archive is without one."""
    load(warehouse, "f1", {**track(1), "receivedAt": "2300-01-01T00:00:00Z"}, track(2))
    assert asked(warehouse, "SELECT received_at FROM web.tracks WHERE id = 'm1'") == [
        (datetime(1970, 1, 1, tzinfo=UTC),)
    ]
    assert load(warehouse, "f2", {**track(1), "receivedAt": "2300-01-01T00:00:00Z"}).rows["tracks"] == 0


def test_a_column_that_widens_in_the_midst_of_a_file_has_all_its_numbers(
    another: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Given blocks of two events, rows that wait as integers are there before their column is one of floats."""
    monkeypatch.setattr(ClickHouse, "events_at_once", 2)
    warehouse = another()
    events = [
        track(1, n=1), track(2, n=2), track(3, n=0.5), track(1, n=9), identify(1, "u1", "12:00", n=1, m=1),
        identify(2, "u1", "13:00", n=2.5), identify(3, "u2", "12:00", n=3), identify(1, "u1", "12:00"),
    ]  # fmt: skip
    assert load(warehouse, "f1", *events).rows == {"tracks": 3, "order_completed": 3, "identifies": 3, "users": 2}
    assert asked(warehouse, "SELECT n FROM web.order_completed ORDER BY id") == [(1.0,), (2.0,), (0.5,)]
    assert asked(warehouse, "SELECT id, n, m FROM web.users ORDER BY id") == [("u1", 2.5, 1), ("u2", 3.0, None)]


def test_every_name_that_there_is_can_be_asked_for_as_it_is(warehouse: ClickHouse) -> None:
    """Given each word of SQL and of ClickHouse, and names of its own columns, none needs a quote or means another."""
    keywords = asked(warehouse, "SELECT lower(arrayJoin(splitByChar(' ', keyword))) FROM system.keywords")
    own = {"part", "table", "partition_id", "sample_factor", "row_exists", "block_number", "2fa", "kept", "value", "at"}
    names = sorted({word for (word,) in keywords} | DIALECT.reserved | own)
    assert len(names) > 400
    for number, some in enumerate((names[:350], names[350:])):
        properties = {each: 7 for each in some if each not in ("id", "event", "timestamp")}
        load(warehouse, f"f{number}", {**track(number), "properties": properties})
        wanted = ", ".join(identifier(each, DIALECT) for each in properties)
        (row,) = asked(warehouse, f"SELECT {wanted} FROM web.order_completed WHERE id = 'm{number}'")
        assert set(row) == {7}
    for name in ("all", "top", "nan", "true", "not"):
        load(warehouse, name, track(1, name))
        assert asked(warehouse, f"SELECT _{name}.id FROM web._{name}") == [("m1",)]
    assert len(identifier("n" * 400, DIALECT)) == 127


# --- What somebody does by hand ---


def test_a_column_of_another_type_takes_nothing_and_each_value_is_noted(warehouse: ClickHouse) -> None:
    """Given tables that somebody changed, texts of few values are filled, and no file fails."""
    load(warehouse, "f1", track(1, coupon="A"))
    alter = "ALTER TABLE web.order_completed"
    for column in ("total Decimal(18, 3)", "day Nullable(Date)", "small Nullable(Int8)", "seats Int64 DEFAULT 5"):
        warehouse.query(f"{alter} ADD COLUMN {column}")
    warehouse.query(f"{alter} MODIFY COLUMN coupon LowCardinality(Nullable(String))")
    warehouse.query(f"{alter} ADD COLUMN plan LowCardinality(String)")
    warehouse.query(f"{alter} ADD COLUMN hour Int64 MATERIALIZED toHour(received_at), ADD COLUMN who String ALIAS id")
    given = {"total": 5, "day": "2026-01-15", "small": 300, "coupon": "B", "seats": 2, "plan": "pro", "hour": 1}
    found = load(warehouse, "f2", {**track(2), "properties": given}, track(3, seats=1, who="me"))
    assert found.rows["order_completed"] == 2
    query = "SELECT total, day, small, coupon, plan, seats FROM web.order_completed WHERE id = 'm2'"
    assert asked(warehouse, query) == [(Decimal(0), None, None, "B", "pro", 2)]
    assert asked(warehouse, "SELECT column_name, value, reason, file FROM web._sluice_rejects ORDER BY 1") == [
        ("day", "2026-01-15", "type", "f2"), ("hour", "1", "type", "f2"), ("small", "300", "type", "f2"),
        ("total", "5", "type", "f2"), ("who", "me", "type", "f2"),
    ]  # fmt: skip
    assert asked(warehouse, "SELECT hour, who FROM web.order_completed WHERE id = 'm2'") == [(12, "m2")]


# --- Whom it lets in, and what it says ---


def test_connecting_finds_out_whether_one_is_let_in(url: str) -> None:
    with connect(Settings(url, USER, Secret(PASSWORD))) as warehouse:
        assert load(warehouse, "f1", track(1)).rows["tracks"] == 1
    with pytest.raises(UnavailableError, match=r"^ClickHouse: 516 AUTHENTICATION_FAILED$") as refused:
        connect(Settings(url, USER, Secret("s3cret")))
    assert refused.value.is_refused


def test_a_server_that_is_not_there_refuses_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    pauses: list[float] = []
    monkeypatch.setattr(module, "Client", partial(Client, sleep=pauses.append))
    with pytest.raises(UnavailableError, match="cannot be reached: ConnectError") as away:
        connect(Settings("http://127.0.0.1:1", USER, Secret(PASSWORD)))
    assert not away.value.is_refused
    assert pauses == [1.0, 2.0, 4.0, 8.0]


GRANT = (
    "loader: Not enough privileges. To execute this query, it's necessary to have the grant CREATE DATABASE ON web.*"
)


@pytest.mark.parametrize(
    ("status", "code", "text", "kind", "said"),
    [
        (403, "497", f"Code: 497. DB::Exception: {GRANT}. (ACCESS_DENIED) (version 26.3.1.1 (official build))",
         RefusedError, f"ClickHouse: 497 ACCESS_DENIED: {GRANT}."),
        (401, "", "", RefusedError, "ClickHouse: HTTP 401"),
        (500, "252", "Code: 252. DB::Exception: Too many parts (300). (TOO_MANY_PARTS) (version 26.3.1.1)",
         PassingError, "ClickHouse: 252 TOO_MANY_PARTS"),
        (500, "241", "Code: 241. DB::Exception: would use 9 GiB: (MEMORY_LIMIT_EXCEEDED)", UnavailableError,
         "ClickHouse: 241 MEMORY_LIMIT_EXCEEDED"),
        (502, "", "<html>s3cret</html>", PassingError, "ClickHouse: HTTP 502"),
        (404, "60", ("Code: 60. DB::Exception: Unknown table expression identifier 'web.x' in scope SELECT 's3cret'."
         " (UNKNOWN_TABLE)"), NotFoundError, "ClickHouse: 60 UNKNOWN_TABLE"),
        (400, "27", "Code: 27. DB::Exception: Cannot parse input: 's3cret' (s3cret)", StatementError, "ClickHouse: 27"),
        (200, "1001", "Code: 1001. (STD_EXCEPTION)", StatementError, "ClickHouse: 1001 STD_EXCEPTION"),
        (302, "", "", StatementError, "ClickHouse: HTTP 302"),
    ],
)  # fmt: skip
def test_an_error_is_told_by_its_code_and_without_what_it_quotes(
    status: int, code: str, text: str, kind: type[Exception], said: str
) -> None:
    error = error_of(status, code, text)
    assert (type(error), str(error)) == (kind, said)


def test_a_value_in_a_statement_is_not_in_what_is_told(warehouse: ClickHouse) -> None:
    load(warehouse, "f1", track(1))
    with pytest.raises(StatementError, match=r"^ClickHouse: 62 SYNTAX_ERROR$"):
        warehouse.query("SELEC 's3cret'")
    with pytest.raises(NotFoundError, match=r"^ClickHouse: 60 UNKNOWN_TABLE$"):
        warehouse.query("SELECT 's3cret' FROM web.nowhere")


def test_an_answer_that_is_too_long_or_none_is_not_read(warehouse: ClickHouse, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "MAX_ANSWER", 1000)
    with pytest.raises(StatementError, match="the answer is too long"):
        warehouse.query("SELECT repeat('x', 2000)")
    for text in ("SELECT 1 FORMAT TabSeparated", "SELECT 1 FORMAT JSON", "SELECT 'x' FORMAT JSONEachRow"):
        with pytest.raises(UnavailableError, match="answers something else than JSON"):
            warehouse.query(text)


def test_answers_have_pythons_types(warehouse: ClickHouse) -> None:
    query = (
        "SELECT toInt64(-9223372036854775808) AS a, toUInt64(18446744073709551615) AS b, nan AS c,"
        " toDecimal64(1.5, 2) AS d, toDate('2026-01-15') AS e, toDateTime('2026-01-15 12:00:00', 'UTC') AS f,"
        " CAST(NULL AS Nullable(Bool)) AS g, true AS h, [1, 2] AS i, 'text' AS j, toLowCardinality('few') AS k"
    )
    columns, ((*row,),) = warehouse.query(query)
    assert columns == list("abcdefghijk")
    assert str(row.pop(2)) == "nan"
    assert row == [
        -(2**63), 2**64 - 1, Decimal("1.5"), date(2026, 1, 15), datetime(2026, 1, 15, 12, tzinfo=UTC), None, True,
        [1, 2], "text", "few",
    ]  # fmt: skip
    assert warehouse.query("DROP TABLE IF EXISTS nowhere") == ([], [])


def test_what_is_asked_about_may_have_anything_in_it(warehouse: ClickHouse) -> None:
    """Given ids and files with the marks of forms, of parameters and of SQL, each is found again."""
    ids = ["\r\n--sluice--\r\n", "--sluice-", "'", "\\", "\t\n", "", "名前", "x" * 70_000, "{file:String}", "`"]
    events = [{**track(at), "messageId": each} for at, each in enumerate(ids)]
    file = "events/source=web/a'b\\c\td\ne%20f?g&h.gz"
    assert load(warehouse, file, *events).rows["tracks"] == len(ids)
    assert load(warehouse, "f2", *events).rows["tracks"] == 0
    assert load(warehouse, file, *events, is_repeated=True).rows["tracks"] == 0
    assert asked(warehouse, "SELECT count(*) FROM web._sluice_loads") == [(2,)]
    assert warehouse.loaded("web", [file, "other"]) == {file}
    assert parameter("a\\b\tc\nd") == "a\\\\b\\tc\\nd"


def test_files_are_looked_for_however_many_there_are_and_nothing_is_made_for_that(warehouse: ClickHouse) -> None:
    names = [f"events/source=web/{'x' * 100}/{at}.gz" for at in range(20_000)]
    assert warehouse.loaded("web", names) == set()
    assert asked(warehouse, "SELECT count(*) FROM system.databases WHERE name = 'web'") == [(0,)]
    load(warehouse, names[7], track(1))
    assert warehouse.loaded("web", names) == {names[7]}


def test_nothing_is_changed_outside_of_a_transaction(warehouse: ClickHouse) -> None:
    with pytest.raises(RuntimeError, match="in a transaction"):
        warehouse.change("web", Batch())


def test_a_transaction_in_which_nothing_is_done_asks_nothing(warehouse: ClickHouse, wire: Wire) -> None:
    with warehouse.transaction():
        pass
    assert wire.sent == []


def test_a_name_that_would_end_its_backticks_is_no_part_of_a_statement() -> None:
    with pytest.raises(ValueError, match="quotation mark"):
        statements.insert("web", "t", ["a` = 1; --"])


def test_a_row_of_nothing_is_as_many_bytes_as_it_has_columns() -> None:
    """Given columns that can be null and those that cannot, what is not there is the null of each, or nothing."""
    columns = {"id": Column("varchar", "plain"), "at": Column("timestamp", "plain"), "n": Column("integer")}
    packed = binary({**columns, "t": Column("varchar", "timed"), "b": Column("boolean", "plain")}, [{"id": "x" * 200}])
    head, _, row = gzip.decompress(packed).partition(b"\x04Bool")
    assert head.startswith(b"\x05\x02id\x02at\x01n\x01t\x01b\x06String\x14DateTime64(6, 'UTC')\x0fNullable(Int64)")
    assert row == b"\xc8\x01" + b"x" * 200 + bytes(8) + b"\1" + bytes(8) + b"\1" + b"\0"


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"url": "http://clickhouse.example.com:8123"}, "`url` must be like"),
        ({"url": "https://loader:pw@example.com"}, "`url` must be like"),
        ({"url": "https://example.com/?query=SELECT"}, "`url` must be like"),
        ({"url": "https://example.com/path"}, "`url` must be like"),
        ({"url": "https://exa\nmple.com"}, "`url` must be like"),
        ({"url": "https://example.com:port"}, "`url` must be like"),
        ({"url": "https:// example.com"}, "`url` must be like"),
        ({"url": "example.com:8443"}, "`url` must be like"),
        ({"url": "ftp://127.0.0.1"}, "`url` must be like"),
        ({"url": "https://"}, "`url` must be like"),
        ({"user": ""}, "`user` must be a name"),
        ({"user": "a:b"}, "`user` must be a name"),
        ({"dedupe_days": 0}, "`dedupe_days` must be 1 at least"),
        ({"database": "x"}, "Unexpected keyword argument"),
    ],
)
def test_settings_that_do_not_go_together_are_told(settings: dict[str, Any], said: str) -> None:
    given = {"url": "https://example.com:8443/", "user": "loader", "password": "${secret:/sluice/clickhouse/password}"}
    assert TypeAdapter(Settings).validate_python({**given, "dedupe_days": None})
    for here in ("http://127.0.0.1:8123", "http://[::1]:8123/", "http://localhost"):
        assert TypeAdapter(Settings).validate_python({**given, "url": here})
    with pytest.raises(ValidationError, match=said):
        TypeAdapter(Settings).validate_python({**given, **settings})
