"""BigQuery by its REST API: all that every warehouse does, and what is BigQuery's own."""

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cache
from typing import Any

import httpcore
import pytest
from pydantic import TypeAdapter, ValidationError

from catalogue.warehouses.bigquery import jobs as jobs_module
from catalogue.warehouses.bigquery import questions, statements, values
from catalogue.warehouses.bigquery import warehouse as module
from catalogue.warehouses.bigquery.access_token import key_of
from catalogue.warehouses.bigquery.datasets import Datasets
from catalogue.warehouses.bigquery.dialect import DIALECT
from catalogue.warehouses.bigquery.errors import ConflictError
from catalogue.warehouses.bigquery.jobs import Jobs
from catalogue.warehouses.bigquery.rest import Rest
from catalogue.warehouses.bigquery.settings import Settings
from catalogue.warehouses.bigquery.warehouse import BigQuery, connect
from sluice.warehouses.batches import Batch, TableBatch
from sluice.warehouses.column_types import ColumnType
from sluice.warehouses.engines import http
from sluice.warehouses.names import identifier
from sluice.warehouses.settings import Secret
from sluice.warehouses.warehouse import RefusedError, StatementError, Target, UnavailableError, load_file
from tests.unit.warehouses import test_contract, test_faults
from tests.unit.warehouses.bigquery_twin import (
    LOCATION,
    MAX_SCRIPT,
    PROJECT,
    FaultError,
    Twin,
    credentials,
)
from tests.unit.warehouses.conftest import WEB, identify, track


@pytest.fixture
def twin() -> Twin:
    return Twin()


class Clock:
    """A clock that stands still but for those who sleep."""

    def __init__(self) -> None:
        self.now, self.slept = 1_800_000_000.0, list[float]()

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds

    def time(self) -> float:
        return self.now


#: The check of a key takes a while.
known_key = cache(key_of)


def opened(twin: Twin, clock: Clock | None = None, key: str = "", **options: Any) -> BigQuery:
    clock = clock or Clock()
    settings = Settings(PROJECT, LOCATION, Secret(key or credentials()), **options)
    api = Rest(twin, known_key(settings.credentials), clock.sleep, clock.time)
    jobs = Jobs(api, PROJECT, LOCATION, clock.sleep, clock.time)
    return BigQuery(twin, jobs, Datasets(api, jobs, settings), settings.dedupe_days)


@pytest.fixture
def warehouse(twin: Twin) -> BigQuery:
    return opened(twin)


def load(warehouse: BigQuery, file: str, *events: dict[str, Any], target: Target = WEB, **options: Any) -> Any:
    return load_file(warehouse, target, file, events, **options)


def asked(warehouse: BigQuery, query: str) -> list[tuple[Any, ...]]:
    return warehouse.query(query)[1]


#: The cases of the contract, and those of its faults that need no process, with the fixture `warehouse` of this module.
globals().update({name: case for name, case in vars(test_contract).items() if name.startswith("test_")})
test_a_load_that_breaks_leaves_nothing_behind = test_faults.test_a_load_that_breaks_leaves_nothing_behind
test_a_file_of_very_many_tables_takes_several_transactions_and_dies_at_any_step = (
    test_faults.test_a_file_of_very_many_tables_takes_several_transactions_and_dies_at_any_step
)


# --- What is sent ---


def plain(sql: str) -> str:
    """Return a statement without what differs each time."""
    return re.sub(r"[0-9a-f]{32}", "*", sql).replace(f"`{PROJECT}`.", "")


def test_a_file_is_one_script_that_takes_its_turn_first(twin: Twin, warehouse: BigQuery) -> None:
    """Given tables that are there, no call is made too many, and each statement is BigQuery's to the letter."""
    load(warehouse, "f1", track(1, "", total=1), identify(1, "u1", "12:00", plan="free"))
    del twin.sent[:], twin.calls[:], twin.parameters[:]
    load(warehouse, "f2", track(2, "", total=1), identify(2, "u1", "13:00", plan="pro"))
    staged = "`_sluice_staging`.`staged_*`"
    described, there, script = map(plain, twin.sent[1:])
    assert plain(twin.sent[0]) == "SELECT file FROM `web`.`_sluice_loads` WHERE file IN UNNEST(@files)"
    assert described == (
        "SELECT table_name, LOWER(column_name), data_type FROM `web`.INFORMATION_SCHEMA.COLUMNS"
        " WHERE NOT STARTS_WITH(table_name, '_sluice_') ORDER BY table_name, ordinal_position"
    )
    assert there == (
        "SELECT 0 AS n, `id` FROM `web`.`tracks` WHERE `id` IN UNNEST(@ids0) AND `received_at` >= @since0"
        " UNION ALL SELECT 1 AS n, `id` FROM `web`.`identifies`"
        " WHERE `id` IN UNNEST(@ids1) AND `received_at` >= @since1"
        " UNION ALL SELECT 2 AS n, `id` FROM `web`.`users` WHERE `id` IN UNNEST(@ids2)"
    )
    assert script == (
        "BEGIN TRANSACTION;\n"  # noqa: S608 - as it is sent
        "UPDATE `web`.`_sluice_turn` SET turn = @turn WHERE turn = @before;\n"
        "IF @@row_count != 1 THEN RAISE USING MESSAGE = 'another loader was faster'; END IF;\n"
        "INSERT INTO `web`.`tracks` (`id`, `user_id`, `received_at`, `timestamp`, `context_ip`, `event`, `event_text`)"
        f" SELECT c0, c1, c2, c3, c4, c5, c6 FROM {staged};\n"
        "INSERT INTO `web`.`identifies` (`id`, `user_id`, `received_at`, `plan`)"
        f" SELECT c0, c1, c2, c3 FROM {staged};\n"
        f"MERGE INTO `web`.`users` AS _kept USING {staged} AS _staged ON _kept.`id` = _staged.c0 WHEN MATCHED THEN"
        " UPDATE SET `plan` = IF(_staged.c1 >= _kept.`received_at`, COALESCE(_staged.c2, _kept.`plan`),"
        " COALESCE(_kept.`plan`, _staged.c2)), `received_at` = GREATEST(_kept.`received_at`, _staged.c1)"
        " WHEN NOT MATCHED THEN INSERT (`id`, `received_at`, `plan`) VALUES (_staged.c0, _staged.c1, _staged.c2);\n"
        "INSERT INTO `web`.`_sluice_rejects` (`table_name`, `row_id`, `column_name`, `value`, `reason`, `file`)"
        f" SELECT c0, c1, c2, c3, c4, c5 FROM {staged};\n"
        "INSERT INTO `web`.`_sluice_loads` (file, events, rejects, loaded_at)"
        " VALUES (@file, @events, @rejects, CURRENT_TIMESTAMP());\n"
        "COMMIT TRANSACTION;"
    )
    asking = ["insert", "results"]
    staging = ["upload"] * 4
    assert twin.calls == ["data", *asking, *asking, *asking, *staging, *["job"] * 4, "insert", "job"]
    assert twin.parameters[3]["before"] != twin.parameters[3]["turn"]
    assert {name: value for name, value in twin.parameters[3].items() if name not in ("before", "turn")} == {
        "file": "f2", "events": 2, "rejects": 1,
    }  # fmt: skip


def test_a_file_that_is_loaded_takes_three_calls_and_changes_nothing(twin: Twin, warehouse: BigQuery) -> None:
    load(warehouse, "f1", track(1))
    del twin.calls[:]
    load(warehouse, "f1", track(1))
    assert twin.calls == ["data", "insert", "results"]


def test_rows_lie_by_the_day_on_which_they_came_and_by_their_id_but_users_by_their_id(twin: Twin) -> None:
    load(opened(twin), "f1", identify(1, "u1", "12:00", age=3, score=0.5, is_new=True))
    assert twin.layouts == {
        '"web"."identifies"': 'PARTITION BY TIMESTAMP_TRUNC("received_at", DAY) CLUSTER BY "id"',
        '"web"."users"': 'CLUSTER BY "id"',
    }
    (made,) = [each for each in twin.sent if "`users`" in each and each.startswith("CREATE")]
    assert plain(made).split("\n")[1] == (
        "CREATE TABLE IF NOT EXISTS `web`.`users` (`id` STRING, `received_at` TIMESTAMP, `age` INT64, `score` FLOAT64,"
        " `is_new` BOOL) CLUSTER BY `id`;"
    )


def test_staged_rows_are_in_a_dataset_of_their_own_that_is_not_shown_and_go_by_themselves(twin: Twin) -> None:
    load(opened(twin, dataset_prefix="segment_"), "f1", track(1))
    assert twin.datasets.keys() == {"segment_web", "_segment_sluice_staging"}
    assert twin.datasets["_segment_sluice_staging"]["defaultTableExpirationMs"] == "21600000"
    assert "defaultTableExpirationMs" not in twin.datasets["segment_web"]
    assert asked(opened(twin), "SELECT count(*) FROM segment_web.tracks") == [(1,)]


def test_columns_come_all_at_once_and_widen_one_by_one_in_place(twin: Twin, warehouse: BigQuery) -> None:
    load(warehouse, "f1", track(1, total=3, tax=1), track(2))
    load(warehouse, "f2", track(3, total=3.5, tax=0.5, note="new", more=1))
    table = "ALTER TABLE `web`.`order_completed`"
    (altered,) = [plain(each) for each in twin.sent if each.startswith("ALTER")]
    assert altered == (
        f"{table} ADD COLUMN IF NOT EXISTS `note` STRING, ADD COLUMN IF NOT EXISTS `more` INT64;\n"
        f"{table} ALTER COLUMN `tax` SET DATA TYPE FLOAT64;\n"
        f"{table} ALTER COLUMN `total` SET DATA TYPE FLOAT64;"
    )
    found = asked(warehouse, "SELECT total, tax, note, more FROM web.order_completed ORDER BY id")
    assert found == [(3.0, 1.0, None, None), (None, None, None, None), (3.5, 0.5, "new", 1)]


def test_a_column_that_comes_and_widens_in_one_file_is_made_wide(twin: Twin, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(BigQuery, "events_at_once", 1)
    warehouse = opened(twin)
    load(warehouse, "f1", track(1, total=3), track(2, total=3.5))
    assert not [each for each in twin.sent if "SET DATA TYPE" in each]
    assert asked(warehouse, "SELECT total FROM web.order_completed ORDER BY id") == [(3.0,), (3.5,)]


def test_what_comes_again_in_another_block_of_a_file_is_there_once(twin: Twin, monkeypatch: pytest.MonkeyPatch) -> None:
    """Given blocks of two events, rows that wait are known, and users are merged as if they were there."""
    monkeypatch.setattr(BigQuery, "events_at_once", 2)
    events = [
        identify(1, "u1", "12:00", plan="free", age=1), track(1), track(1), track(2), track(2),
        identify(2, "u1", "11:00", plan="old", email="a@x"), identify(3, "u1", "13:00", age=2),
    ]  # fmt: skip
    warehouse = opened(twin)
    found = load(warehouse, "f1", *events)
    assert found.rows == {"identifies": 3, "users": 1, "tracks": 2, "order_completed": 2}
    assert asked(warehouse, "SELECT plan, age, email FROM web.users") == [("free", 2, "a@x")]
    assert asked(warehouse, "SELECT count(*) FROM web.tracks") == [(2,)]


def test_a_file_of_more_tables_than_a_transaction_takes_is_several_and_the_last_notes_it(twin: Twin) -> None:
    warehouse = opened(twin)
    load(warehouse, "f1", *(track(at, f"Viewed {at}") for at in range(94)))
    scripts = [each for each in twin.sent if each.startswith("BEGIN")]
    assert [each.count("INSERT INTO") for each in scripts] == [90, 6]
    assert ["_sluice_loads" in each for each in scripts] == [False, True]
    assert asked(warehouse, "SELECT count(*) FROM web.viewed_93") == [(1,)]


def test_names_as_long_as_can_be_stay_below_the_longest_script(twin: Twin, warehouse: BigQuery) -> None:
    """Given a file of twelve tables of 350 columns with names of 300 bytes, and as many traits, each script fits."""

    def named(value: Any) -> dict[str, Any]:
        return {"n" * 296 + f"{at:04}": value for at in range(350)}

    load(warehouse, "f1", *(track(at, f"Event {at}", **named(at)) for at in range(12)))
    load(warehouse, "u1", identify(1, "u1", "12:00", **named("old")))
    load(warehouse, "u2", identify(2, "u1", "13:00", **named("new")))
    assert MAX_SCRIPT // 2 < max(map(len, twin.sent)) <= MAX_SCRIPT
    assert [sum(f"`Event_{at}` (".lower() in each for at in range(12)) for each in twin.sent if "event_1" in each] == [
        8, 4, 8, 4,
    ]  # fmt: skip
    assert asked(warehouse, "SELECT count(*) FROM web.event_11") == [(1,)]
    (row,) = asked(warehouse, "SELECT * FROM web.users")
    assert set(row[2:]) == {"new"}


def test_names_that_no_column_may_have_are_none_of_ours(warehouse: BigQuery) -> None:
    """Given the beginnings that BigQuery keeps for itself, in every spelling, none is left at one."""
    names = ["_TABLE_x", "_FILE_", "_PARTITIONTIME", "partition", "__ROOT__", "_COLIDENTIFIER", "_CHANGE_TYPE", "At",
             "hash", "Rows", "2fa", "_kept", "_staged", "kept", "timestamp_trunc"]  # fmt: skip
    events = [track(at, name, **dict.fromkeys(names, at)) for at, name in enumerate(names)]
    assert load(warehouse, "f1", *events, identify(1, "u1", "12:00", **dict.fromkeys(names, 1))).rows["users"] == 1
    assert {"partition", "table_x", "_at", "_hash", "_rows", "_2fa"} <= set(warehouse.describe("web")["users"])
    assert len(identifier("n" * 400, DIALECT)) == 300


# --- What is in the rows ---


def test_numbers_times_and_truths_are_there_as_they_were(warehouse: BigQuery) -> None:
    given: dict[str, Any] = {
        "least": -(2**63), "most": 2**63 - 1, "huge": 1.7e308, "tiny": 5e-324, "third": 1 / 3, "zero": 0.0,
        "yes": True, "nay": False, "first": "0001-01-01T00:00:00Z", "last": "9999-12-31T23:59:59.999999Z",
        "local": "2026-01-15T12:00:00.123+02:00",
    }  # fmt: skip
    load(warehouse, "f1", track(1, **given))
    (row,) = asked(warehouse, f"SELECT {', '.join(given)} FROM web.order_completed")  # noqa: S608
    assert list(row[:8]) == list(given.values())[:8]
    assert [type(each) for each in row[:8]] == [int, int, float, float, float, float, bool, bool]
    assert row[8:] == (
        datetime(1, 1, 1, tzinfo=UTC),
        datetime(9999, 12, 31, 23, 59, 59, 999999, UTC),
        datetime(2026, 1, 15, 10, 0, 0, 123000, UTC),
    )


@pytest.mark.parametrize(("days", "copies"), [(3, 2), (10, 1), (60, 1), (None, 1)])
def test_rows_before_the_window_are_not_looked_through(twin: Twin, days: int | None, copies: int) -> None:
    """Given an event that comes again after ten days, it is there twice if only three are looked through."""
    warehouse = opened(twin, dedupe_days=days)

    def received(number: int, day: int) -> dict[str, Any]:
        return {**track(number), "receivedAt": f"2026-01-{day:02}T12:00:00.000Z"}

    load(warehouse, "f1", received(1, 10), received(2, 10), identify(1, "u1", "12:00", plan="free"))
    load(warehouse, "f2", received(1, 12))
    load(warehouse, "f3", received(2, 20), {**identify(2, "u1", "12:00", plan="pro"), "receivedAt": "2026-04-15"})
    assert asked(warehouse, "SELECT id, count(*) FROM web.tracks GROUP BY id ORDER BY id") == [
        ("m1", 1),
        ("m2", copies),
    ]
    assert asked(warehouse, "SELECT plan FROM web.users") == [("pro",)]
    since = {"m2": datetime(2026, 1, 20, 12) - timedelta(days=days)} if days else {}  # noqa: DTZ001 - as it is sent
    assert [each.get("since0") for each in twin.parameters if each.get("ids0") == ["m2"]] == [since.get("m2")]


def test_the_very_first_days_of_the_calendar_have_no_window(warehouse: BigQuery) -> None:
    early = {**track(1), "receivedAt": "0001-01-02T00:00:00Z"}
    load(warehouse, "f1", early)
    assert load(warehouse, "f2", early).rows["tracks"] == 0


def test_more_ids_than_a_request_takes_are_asked_for_in_several(twin: Twin, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(questions, "MAX_IDS", 100)
    warehouse = opened(twin)
    events = [track(at) for at in range(40)]
    load(warehouse, "f1", *events[:30])
    assert load(warehouse, "f2", *events).rows == {"tracks": 10, "order_completed": 10}
    longest = [sum(len(key) + 14 for key in ids) for each in twin.parameters for name, ids in each.items()
               if name.startswith("ids")]  # fmt: skip
    assert max(longest) <= 100
    assert len(longest) > 10


def test_ids_as_long_as_can_be_stay_below_the_longest_request(twin: Twin) -> None:
    """Given ids of 30 KB, the twin refuses no request."""
    events = [{**track(at), "messageId": f"{at}" + "ü" * 15_000} for at in range(300)]
    warehouse = opened(twin)
    load(warehouse, "f1", *events)
    assert load(warehouse, "f2", *events).rows == {"tracks": 0, "order_completed": 0}
    asking = [each for each in twin.sent if each.startswith("SELECT 0 AS n")]
    assert len(asking) == 6


# --- What somebody does by hand ---


def test_a_column_of_another_type_takes_nothing_and_each_value_is_noted(warehouse: BigQuery) -> None:
    """Given tables that somebody made, with a number that is exact and a day, no file fails."""
    load(warehouse, "f1", track(1))
    warehouse.query("ALTER TABLE web.order_completed ADD COLUMN total DECIMAL(18,3)")
    warehouse.query("ALTER TABLE web.order_completed ADD COLUMN day DATE")
    found = load(warehouse, "f2", track(2, total=5, day="2026-01-15", note="ok"))
    assert found.rows["order_completed"] == 1
    assert asked(warehouse, "SELECT total, day, note FROM web.order_completed WHERE id = 'm2'") == [(None, None, "ok")]
    assert asked(warehouse, "SELECT column_name, value, reason, file FROM web._sluice_rejects ORDER BY 1") == [
        ("day", "2026-01-15", "type", "f2"),
        ("total", "5", "type", "f2"),
    ]
    assert asked(warehouse, "SELECT rejects FROM web._sluice_loads WHERE file = 'f2'") == [(2,)]


def test_our_own_tables_are_made_again_if_somebody_drops_them(twin: Twin, warehouse: BigQuery) -> None:
    load(warehouse, "f1", track(1))
    warehouse.query("DROP TABLE web._sluice_loads")
    assert load(warehouse, "f2", track(2)).rows["tracks"] == 1
    warehouse.query("DROP TABLE web._sluice_turn")
    assert load(warehouse, "f3", track(3)).rows["tracks"] == 1
    warehouse.query("DELETE FROM web._sluice_turn")
    with pytest.raises(StatementError, match="has no row; drop it"):
        load(warehouse, "f4", track(4))
    assert asked(warehouse, "SELECT file FROM web._sluice_loads ORDER BY file") == [("f2",), ("f3",)]
    assert twin.calls.count("dataset") == 4


def test_a_column_that_somebody_dropped_or_added_stops_nothing(warehouse: BigQuery) -> None:
    load(warehouse, "f1", track(1, total=1, note="a"))
    warehouse.query("ALTER TABLE web.order_completed DROP COLUMN note")
    warehouse.query('ALTER TABLE web.order_completed ADD COLUMN "Margin" DOUBLE')
    load(warehouse, "f2", track(2, total=2, note="b", margin=1))
    assert asked(warehouse, "SELECT total, note, margin FROM web.order_completed ORDER BY id") == [
        (1, None, None),
        (2, "b", 1.0),
    ]


# --- Faults ---


LOST = httpcore.ReadTimeout()
EVENTS = [track(1, ""), track(2, "Paid", n=1), identify(1, "u1", "12:00", plan="free")]


def losing(name: str, beginning: str = "", times: int = 1) -> Callable[[str, str], None]:
    """Return what loses so many calls of a name whose SQL begins like this."""
    left = [times]

    def lose(call: str, sql: str) -> None:
        if left[0] and call == name and sql.startswith(beginning):
            left[0] -= 1
            raise LOST

    return lose


def heal(twin: Twin) -> None:
    twin.before = twin.after = lambda *_: None


def counted(warehouse: BigQuery) -> tuple[int, ...]:
    tables = ["tracks", "paid", "identifies", "users", "_sluice_rejects", "_sluice_loads"]
    there = {table for (table,) in asked(warehouse, "SELECT table_name FROM information_schema.tables"
                                         " WHERE table_schema = 'web'")}  # fmt: skip
    return tuple(
        asked(warehouse, f"SELECT count(*) FROM web.{table}")[0][0] if table in there else 0  # noqa: S608
        for table in tables
    )


def test_a_loader_that_dies_at_any_of_its_calls_leaves_the_file_whole_or_not_there() -> None:
    """Given a death after every call in turn, which is one before the next, the file is there once at last."""
    whole = (2, 1, 1, 1, 1, 1)
    deaths = committed = 0
    for at in range(1, 100):
        twin = Twin()
        dead: list[int] = []

        def die(*_: str, twin: Twin = twin, at: int = at, dead: list[int] = dead) -> None:
            if len(twin.calls) >= at:
                dead.append(len(twin.calls))
                raise LOST

        twin.after = die
        try:
            load(opened(twin), "f1", *EVENTS)
        except UnavailableError:
            deaths += 1
        heal(twin)
        warehouse = opened(twin)
        is_loaded = bool(warehouse.loaded("web", ["f1"]))
        committed += is_loaded
        assert counted(warehouse) == (whole if is_loaded else (0,) * 6)
        load(warehouse, "f1", *EVENTS)
        assert counted(warehouse) == whole
        if not dead:
            break
    assert deaths > 20
    assert 1 < committed < 5


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_call_that_is_repeated_is_carried_out_once(twin: Twin, when: str) -> None:
    """Given that every call is lost once, on its way or on the way back, the id of a job makes two the same."""
    is_lost = True

    def lose(*_: str) -> None:
        nonlocal is_lost
        is_lost = not is_lost
        if not is_lost:
            raise LOST

    setattr(twin, when, lose)
    clock = Clock()
    assert load(opened(twin, clock), "f1", *EVENTS).rows == {"tracks": 2, "paid": 1, "identifies": 1, "users": 1}
    heal(twin)
    assert counted(opened(twin)) == (2, 1, 1, 1, 1, 1)
    assert (twin.repeated >= 10) is (when == "after")
    assert set(clock.slept) <= {1.0, 0.5}


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_commit_that_nobody_has_heard_of_is_known_from_the_tables(twin: Twin, when: str) -> None:
    setattr(twin, when, losing("insert", "BEGIN", times=http.ATTEMPTS))
    with pytest.raises(UnavailableError, match="BigQuery cannot be reached: ReadTimeout"):
        load(opened(twin), "f1", *EVENTS)
    heal(twin)
    warehouse = opened(twin)
    assert warehouse.loaded("web", ["f1"]) == ({"f1"} if when == "after" else set())
    load(warehouse, "f1", *EVENTS)
    assert counted(warehouse) == (2, 1, 1, 1, 1, 1)


def test_a_transaction_that_is_taken_back_leaves_no_dataset_that_is_shown(twin: Twin) -> None:
    columns: dict[str, ColumnType] = {"id": "varchar", "total": "float"}
    table = TableBatch(columns, [{"id": "1", "total": 1.5}])
    warehouse = opened(twin)
    with pytest.raises(ZeroDivisionError), warehouse.transaction():
        warehouse.change("tried", Batch({"tried": table}, {"tried": columns}))
        assert warehouse.put("tried", Batch({"tried": table})) == {"tried": 1}
        raise ZeroDivisionError
    assert twin.datasets.keys() == {"_sluice_staging"}


@pytest.mark.parametrize("is_first", [True, False], ids=["of an empty project", "of a dataset"])
def test_of_two_loaders_the_one_that_read_before_the_other_committed_is_refused(twin: Twin, *, is_first: bool) -> None:
    first, second = opened(twin), opened(twin)
    if not is_first:
        load(first, "f0", track(0, ""))
    with pytest.raises(ConflictError, match="another loader was faster; the file comes again"), first.transaction():
        first.loaded("web", ["f1"])
        load(second, "f1", *EVENTS)
        first.note("web", "f1", 0, [])
    assert counted(second) == ((2, 1, 1, 1, 1, 1) if is_first else (3, 1, 1, 1, 2, 2))
    assert load(first, "f2", track(5, "")).rows == {"tracks": 1}


def test_of_two_transactions_at_the_same_time_bigquery_aborts_one(twin: Twin) -> None:
    """Given one that has taken its turn and is not committed, the other is told of a concurrent update."""
    warehouse = opened(twin)
    load(warehouse, "f0", track(0, ""))
    other = twin.cursor()
    other.begin()
    other.execute("UPDATE web._sluice_turn SET turn = 'other'")
    with pytest.raises(ConflictError, match="another loader was faster"):
        load(warehouse, "f1", *EVENTS)
    other.rollback()
    assert counted(warehouse) == (1, 0, 0, 0, 1, 1)
    assert load(warehouse, "f1", *EVENTS).rows["tracks"] == 2


def test_a_script_that_arrives_late_changes_nothing_any_more(twin: Twin) -> None:
    """Given a commit that was on its way for long, and another loader that has loaded the file meanwhile."""
    twin.before = losing("insert", "BEGIN", times=http.ATTEMPTS)
    with pytest.raises(UnavailableError):
        load(opened(twin), "f1", *EVENTS)
    document = twin.requests[-1]
    assert document["configuration"]["query"]["query"].startswith("BEGIN TRANSACTION")
    heal(twin)
    warehouse = opened(twin)
    load(warehouse, "f1", *EVENTS)
    twin.arrive(document)
    assert str(twin.jobs[document["jobReference"]["jobId"]].error).startswith("another loader was faster")
    assert counted(warehouse) == (2, 1, 1, 1, 1, 1)


def test_loaders_at_once_lose_nothing_and_repeat_nothing(twin: Twin) -> None:
    """Given two that load the same files in other orders, and events that are in two files, each is there once."""
    load(opened(twin), "f", track(1000, ""))
    files = {
        f"f{at}": [track(at, ""), track(at + 1, ""), identify(at, f"u{at % 3}", f"12:{at:02}", n=at)] for at in range(8)
    }

    def loader(order: list[str]) -> None:
        warehouse, waiting = opened(twin), list(reversed(order))
        while waiting:
            with suppress(ConflictError):
                load(warehouse, waiting[-1], *files[waiting[-1]])
                del waiting[-1]

    with ThreadPoolExecutor(2) as pool:
        for running in [pool.submit(loader, order) for order in (list(files), list(reversed(files)))]:
            running.result(60)
    warehouse = opened(twin)
    assert asked(warehouse, "SELECT count(*), count(DISTINCT id) FROM web.tracks") == [(10, 10)]
    assert asked(warehouse, "SELECT count(*), count(DISTINCT file) FROM web._sluice_loads") == [(9, 9)]
    assert asked(warehouse, "SELECT id, n FROM web.users ORDER BY id") == [("u0", 6), ("u1", 7), ("u2", 5)]


def test_what_of_a_file_did_not_fit_is_not_noted_with_another(twin: Twin, warehouse: BigQuery) -> None:
    load(warehouse, "f0", track(0))
    warehouse.query("ALTER TABLE web.order_completed ADD COLUMN day DATE")
    twin.before = losing("upload", times=http.ATTEMPTS)
    with pytest.raises(UnavailableError):
        load(warehouse, "f1", track(1, day="2026-01-15"))
    heal(twin)
    load(warehouse, "f2", track(2, note="short"))
    assert asked(warehouse, "SELECT rejects FROM web._sluice_loads WHERE file = 'f2'") == [(0,)]


def failing(job: str, reason: str, times: int) -> Callable[[str, str], None]:
    """Return what makes jobs whose SQL begins like this fail so often, for a reason."""
    left = [times]

    def fail(call: str, sql: str) -> None:
        if call == "job_begins" and sql.startswith(job) and left[0]:
            left[0] -= 1
            raise FaultError(reason, "Exceeded rate limits: too many table update operations for this table.")

    return fail


def test_what_fails_for_a_reason_that_goes_by_runs_again_but_no_commit(twin: Twin) -> None:
    clock = Clock()
    warehouse = opened(twin, clock)
    twin.starting = failing("CREATE", "rateLimitExceeded", 3)
    load(warehouse, "f1", *EVENTS)
    assert clock.slept[:2] == [2.0, 4.0]
    twin.starting = failing("BEGIN", "backendError", 1)
    with pytest.raises(UnavailableError, match="backendError"):
        load(warehouse, "f2", track(9, ""))
    assert len([each for each in twin.sent if each.startswith("BEGIN")]) == 2
    twin.starting = failing("SELECT 1", "rateLimitExceeded", 1)
    with pytest.raises(UnavailableError):
        warehouse.query("SELECT 1")
    assert load(warehouse, "f2", track(9, "")).rows == {"tracks": 1}


def test_a_load_that_fails_takes_the_file_with_it(twin: Twin, warehouse: BigQuery) -> None:
    load(warehouse, "f0", *EVENTS)
    twin.starting = failing("", "invalid", 1)
    with pytest.raises(StatementError, match=r"job sluice_\w+: invalid: Exceeded rate limits …"):
        load(warehouse, "f1", track(7, ""))
    twin.starting = lambda *_: None
    assert counted(warehouse) == (2, 1, 1, 1, 1, 1)


def test_a_job_that_takes_its_time_is_waited_for_and_one_that_takes_too_long_is_cancelled(twin: Twin) -> None:
    clock = Clock()
    warehouse = opened(twin, clock)
    twin.slow = 3
    warehouse.query("SELECT 1")
    assert clock.slept == [0.5, 0.5, 0.5]
    twin.starting = lambda _, sql: setattr(twin, "slow", 6 * sql.startswith("BEGIN"))
    load(warehouse, "f1", *EVENTS)
    assert clock.slept[3:] == [0.5, 1.0, 2.0, 4.0, 4.0, 4.0]
    twin.starting = lambda *_: setattr(twin, "slow", 10_000)
    with pytest.raises(UnavailableError, match="takes longer than 600 s"):
        warehouse.query("SELECT 1")
    assert twin.calls[-1] == "cancel"


# --- Errors ---


@pytest.mark.parametrize(
    ("error", "is_refused", "calls"),
    [
        (FaultError("accessDenied", "Access Denied: Dataset p:web: Permission denied"), True, 1),
        (FaultError("billingNotEnabled", "Billing has not been enabled", 403), True, 1),
        (FaultError("authError", "Invalid Credentials", 401), True, 3),
        (FaultError("", "", 403), True, 1),
        (FaultError("quotaExceeded", "Quota exceeded: imports per table", 403), False, 1),
        (FaultError("rateLimitExceeded", "Exceeded rate limits"), False, 5),
        (FaultError("backendError", "Error encountered during execution. Retrying may solve the problem."), False, 5),
        (FaultError("", "", 429), False, 5),
        (FaultError("", "", 502), False, 5),
        (httpcore.ReadTimeout(), False, 5),
        (httpcore.ConnectError(), False, 5),
        (httpcore.RemoteProtocolError(), False, 5),
    ],
)
def test_being_refused_is_told_from_being_unavailable(
    twin: Twin, error: Exception, calls: int, *, is_refused: bool
) -> None:
    clock = Clock()
    warehouse = opened(twin, clock)

    def fails(name: str, _: str) -> None:
        if name != "token":
            raise error

    twin.before = fails
    with pytest.raises(UnavailableError) as told:
        load(warehouse, "f1", track(1))
    assert told.value.is_refused is is_refused
    assert len(twin.calls) == 1 + calls
    assert clock.slept == ([1.0, 2.0, 4.0, 8.0] if calls == 5 else [])


def test_a_refusal_and_what_is_not_there_are_told_whole(twin: Twin, warehouse: BigQuery) -> None:
    with pytest.raises(StatementError, match="Not found: Table analytics-123456:"):
        warehouse.query("SELECT * FROM nowhere.at_all")
    twin.starting = lambda *_: _raise(FaultError("accessDenied", "Access Denied: Table p:web.t: User may not: x"))
    with pytest.raises(RefusedError, match=r"accessDenied: Access Denied: Table p:web\.t: User may not: x"):
        warehouse.query("SELECT 1")


def _raise(error: Exception) -> None:
    raise error


@pytest.mark.parametrize(
    "message",
    [
        "Bad int64 value: secret", "Could not parse 'secret' as TIMESTAMP for field c3", "Invalid timestamp: secret",
        "Could not cast literal \"secret\" to type INT64 at [1:8]", "Error while reading data, error message: secret",
        "Value has type STRING which cannot be inserted;secret", "Number out of range 5551234", "No\nsecret",
        "Unrecognized name `secret` at [2:7]", "Constraint x = secret failed",
    ],
)  # fmt: skip
def test_an_error_shows_no_value(twin: Twin, warehouse: BigQuery, message: str) -> None:
    twin.starting = lambda *_: _raise(FaultError("invalidQuery", message))
    with pytest.raises(StatementError, match=r"^job sluice_\w+: invalidQuery: ") as told:
        warehouse.query("SELECT 1")
    assert "secret" not in str(told.value)
    assert "5551234" not in str(told.value)
    if "[" in message:
        assert str(told.value).endswith(message[message.index("at [") :])


# --- Tokens ---


def test_a_token_is_asked_for_once_an_hour_and_again_if_it_is_refused(twin: Twin) -> None:
    clock = Clock()
    warehouse = opened(twin, clock)
    warehouse.query("SELECT 1")
    warehouse.query("SELECT 1")
    assert twin.calls.count("token") == 1
    clock.now += 3600 - 121
    warehouse.query("SELECT 1")
    assert twin.calls.count("token") == 2
    twin.tokens.clear()
    assert asked(warehouse, "SELECT 1") == [(1,)]
    assert twin.calls.count("token") == 3


@pytest.mark.parametrize(
    ("key", "said", "calls"),
    [
        ("secret", "`credentials` is no key of a service account", 0),
        ('{"client_email": "a@b"}', "`credentials` is no key", 0),
        ('["secret"]', "`credentials` is no key", 0),
        (credentials(token_uri="https://oauth2.example.com/token"), "`token_uri` of `credentials` must be", 0),
        (credentials(private_key="-----BEGIN PRIVATE KEY-----\nsecret\n-----END PRIVATE KEY-----\n"), "is no key", 0),
        (credentials(private_key="secret"), "is no key", 0),
    ],
)
def test_a_key_that_is_none_is_refused_and_not_shown(twin: Twin, key: str, said: str, calls: int) -> None:
    with pytest.raises(RefusedError, match=said) as told:
        opened(twin, key=key).query("SELECT 1")
    assert told.value.is_refused
    assert "secret" not in f"{told.value}{told.value.__cause__}"
    assert told.value.__suppress_context__ or told.value.__context__ is None
    assert len(twin.calls) == calls


def test_a_key_that_google_does_not_take_is_refused(twin: Twin) -> None:
    def refuse(name: str, _: str) -> None:
        if name == "token":
            raise FaultError("invalid_grant", "Invalid JWT Signature.")

    twin.before = refuse
    with pytest.raises(RefusedError, match="Google refuses the key in `credentials`: Google: invalid_grant"):
        opened(twin).query("SELECT 1")
    assert twin.calls == ["token"]


def test_no_key_is_in_the_repr_of_what_holds_one() -> None:
    settings = Settings(PROJECT, LOCATION, Secret(credentials()))
    assert "PRIVATE" not in f"{settings!r}{key_of(settings.credentials)!r}"


# --- Around it ---


def test_an_answer_has_as_many_rows_as_pages_have_and_values_of_their_types(
    warehouse: BigQuery, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert warehouse.query("SELECT n FROM generate_series(1, 120) AS s(n) ORDER BY n") == (
        ["n"],
        [(n,) for n in range(1, 121)],
    )
    names, rows = warehouse.query(
        "SELECT CAST(1.50 AS NUMERIC(9,2)) AS exact, CAST(0.5 AS DOUBLE) AS half, TRUE AS yes, FALSE AS no,"
        " NULL AS none, CAST('2026-01-15 12:00:00.25' AS TIMESTAMP) AS time, CAST('2026-01-15' AS DATE) AS day,"
        " 'x' AS text"
    )
    assert names == ["exact", "half", "yes", "no", "none", "time", "day", "text"]
    moment = datetime(2026, 1, 15, 12, 0, 0, 250_000, UTC)
    assert rows == [(Decimal("1.50"), 0.5, True, False, None, moment, date(2026, 1, 15), "x")]
    assert warehouse.query("SELECT 1 WHERE FALSE")[1] == []
    monkeypatch.setattr(jobs_module, "MAX_ROWS", 100)
    with pytest.raises(StatementError, match="more than 100 rows"):
        warehouse.query("SELECT n FROM generate_series(1, 120) AS s(n)")


def test_lists_and_records_are_read_as_such() -> None:
    fields: list[dict[str, Any]] = [
        {"name": "many", "type": "INTEGER", "mode": "REPEATED"},
        {
            "name": "one",
            "type": "RECORD",
            "fields": [{"name": "a", "type": "FLOAT"}, {"name": "b", "type": "DATETIME"}],
        },
    ]
    row = {"f": [{"v": [{"v": "1"}, {"v": "2"}]}, {"v": {"f": [{"v": "0.5"}, {"v": "2026-01-15T12:00:00"}]}}]}
    local = datetime(2026, 1, 15, 12)  # noqa: DTZ001 - it has none
    assert values.rows(fields, [row]) == [([1, 2], {"a": 0.5, "b": local})]


def test_an_answer_that_is_too_long_is_not_read(warehouse: BigQuery, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "MAX_ANSWER", 1000)
    with pytest.raises(StatementError, match="the answer is too long"):
        warehouse.query(f"SELECT '{'x' * 2000}'")


def test_a_script_that_has_failed_is_told_although_it_has_an_empty_answer(warehouse: BigQuery) -> None:
    assert warehouse.query("SELECT 1;\nSELECT 2") == (["2"], [(2,)])
    with pytest.raises(StatementError, match="Not found: Table"):
        warehouse.query("SELECT 1;\nSELECT * FROM nowhere.at_all")


def test_what_is_uploaded_may_have_anything_in_it(twin: Twin, monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[bytes] = []
    monkeypatch.setattr(
        twin, "_upload", lambda headers, content: sent.append(headers["content-type"].encode() + content)
    )
    api = Rest(twin, known_key(credentials()))
    api.upload(f"projects/{PROJECT}/jobs", {}, b"a\r\n--sluice--\r\n--sluice-\r\nb")
    assert sent[0].startswith(b"multipart/related; boundary=sluice---")
    assert sent[0].endswith(b"\r\nb\r\n--sluice-----\r\n")


def test_files_are_looked_for_however_many_there_are_and_nothing_is_made_for_that(twin: Twin) -> None:
    warehouse = opened(twin)
    names = [f"events/source=web/{'x' * 100}/{at}.gz" for at in range(1000)]
    assert warehouse.loaded("web", names) == set()
    assert twin.datasets == {}
    load(warehouse, names[7], track(1))
    load(warehouse, names[999], track(2))
    assert warehouse.loaded("web", names) == {names[7], names[999]}


def test_nothing_is_changed_outside_of_a_transaction(warehouse: BigQuery) -> None:
    with pytest.raises(RuntimeError, match="in a transaction"):
        warehouse.change("web", Batch())
    with pytest.raises(RuntimeError, match="in a transaction"):
        warehouse.note("web", "f1", 0, [])


def test_a_transaction_in_which_nothing_is_done_asks_nothing(twin: Twin, warehouse: BigQuery) -> None:
    with warehouse.transaction():
        pass
    assert twin.calls == []


def test_a_name_that_would_end_its_backticks_is_no_part_of_a_statement() -> None:
    with pytest.raises(ValueError, match="quotation mark"):
        statements.insert("`web`.`t`", "`s`.`t`", ["a` = 1; --"])


def test_connecting_finds_out_whether_one_is_let_in(twin: Twin, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "connections", lambda: twin)
    settings = Settings(PROJECT, LOCATION, Secret(credentials()))
    with connect(settings) as warehouse:
        load(warehouse, "f1", track(1))
    assert twin.was_closed
    twin.was_closed = False
    twin.before = lambda name, _: None if name == "token" else _raise(FaultError("accessDenied", "no"))
    with pytest.raises(RefusedError):
        connect(settings)
    assert twin.was_closed
    twin.before = lambda name, _: None if name == "token" else _raise(FaultError("invalid", "no such location"))
    with pytest.raises(UnavailableError, match="invalid: no such location"):
        connect(settings)


def test_connections_are_made_with_certificates_checked() -> None:
    pool = http.connections()
    assert isinstance(pool, httpcore.ConnectionPool)
    pool.close()


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"project": "a`b"}, "`project` must be the id"),
        ({"project": "../datasets"}, "`project` must be the id"),
        ({"location": "EU'"}, "`location` must be US"),
        ({"dataset_prefix": "_x"}, "`dataset_prefix` must be"),
        ({"dataset_prefix": "x`"}, "`dataset_prefix` must be"),
        ({"dedupe_days": 0}, "`dedupe_days` must be 1 at least"),
        ({"password": "hidden"}, "Unexpected keyword argument"),
    ],
)
def test_settings_that_do_not_go_together_are_told(settings: dict[str, Any], said: str) -> None:
    given = {"project": PROJECT, "location": "EU", "credentials": "${secret:/sluice/bigquery/key}"}
    assert TypeAdapter(Settings).validate_python({**given, "project": "example.com:analytics", "dedupe_days": None})
    with pytest.raises(ValidationError, match=said):
        TypeAdapter(Settings).validate_python({**given, **settings})
