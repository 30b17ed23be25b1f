"""Redshift by its Data API: all that every warehouse does, and what is Redshift's own."""

import json
import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ReadTimeoutError
from pydantic import TypeAdapter, ValidationError

from catalogue.warehouses.redshift import warehouse as module
from catalogue.warehouses.redshift.settings import Settings
from catalogue.warehouses.redshift.warehouse import Redshift, connect
from sluice.aws.redshift_data import RedshiftData, StagedObjects
from sluice.warehouses.batches import Batch
from sluice.warehouses.settings import Staging
from sluice.warehouses.warehouse import RefusedError, StatementError, Target, UnavailableError, load_file
from tests.postgres import emptied
from tests.unit.warehouses import test_contract, test_faults
from tests.unit.warehouses.conftest import WEB, identify, track
from tests.unit.warehouses.redshift_twin import MAX_STATEMENT, ROLE, ApiError, Twin

DATABASE = {"Database": "dev", "WorkgroupName": "analytics"}


@pytest.fixture
def twin(server: str) -> Iterator[Twin]:
    emptied(server, "web", "my_shop")
    twin = Twin(server)
    yield twin
    twin.expire()


def opened(twin: Twin, attempts: int = 1, dedupe_days: int | None = None) -> Redshift:
    database = RedshiftData(twin.client("redshift-data", attempts), DATABASE)
    return Redshift(database, objects(twin), ROLE, dedupe_days)


def objects(twin: Twin) -> StagedObjects:
    return StagedObjects(twin.client("s3"), "staging", "redshift/")


@pytest.fixture
def warehouse(twin: Twin) -> Redshift:
    return opened(twin)


def load(warehouse: Redshift, file: str, *events: dict[str, Any], target: Target = WEB) -> Any:
    return load_file(warehouse, target, file, events)


def asked(warehouse: Redshift, query: str) -> list[tuple[Any, ...]]:
    return warehouse.query(query)[1]


#: The cases of the contract, and those of its faults that need no process, with the fixture `warehouse` of this module.
globals().update({name: case for name, case in vars(test_contract).items() if name.startswith("test_")})
test_a_load_that_breaks_leaves_nothing_behind = test_faults.test_a_load_that_breaks_leaves_nothing_behind
test_a_file_of_very_many_tables_takes_several_transactions_and_dies_at_any_step = (
    test_faults.test_a_file_of_very_many_tables_takes_several_transactions_and_dies_at_any_step
)


# --- What is sent ---


def test_a_file_is_one_transaction_in_a_session_that_takes_its_turn_first(twin: Twin, warehouse: Redshift) -> None:
    """Given a table that is there, each statement is Redshift's to the letter; what is made is made before."""
    load(warehouse, "f1", track(1, "", total=1))
    del twin.sent[:]
    load(warehouse, "f2", track(2, "", total=1))
    copied = f"IAM_ROLE '{ROLE}' FORMAT AS CSV GZIP NULL AS '~' TIMEFORMAT AS 'auto' COMPUPDATE OFF STATUPDATE OFF"
    assert "\n".join(re.sub(r"/[0-9a-f-]{36}/", "/*/", each) for each in twin.sent) == (
        "SELECT table_name FROM information_schema.tables WHERE table_schema = :schema"  # noqa: S608
        " AND table_name IN (:loads, :rejects)\n"
        "BEGIN\n"
        'LOCK TABLE "web"."_sluice_loads"\n'
        'SELECT file FROM "web"."_sluice_loads" WHERE file IN (:file0)\n'
        "SELECT table_name, column_name, data_type, character_maximum_length FROM information_schema.columns"
        " WHERE table_schema = :schema ORDER BY table_name, ordinal_position\n"
        "CREATE TEMP TABLE _sluice_staged_2 (c0 VARCHAR(65535), c1 VARCHAR(65535), c2 TIMESTAMP, c3 TIMESTAMP,"
        " c4 VARCHAR(65535), c5 VARCHAR(65535), c6 VARCHAR(65535)) DISTKEY(c0)\n"
        'COPY _sluice_staged_2 ("c0", "c1", "c2", "c3", "c4", "c5", "c6")'
        f" FROM 's3://staging/redshift/*/3.csv.gz' {copied}\n"
        'INSERT INTO "web"."tracks" ("id", "user_id", "received_at", "timestamp", "context_ip", "event", "event_text")'
        " SELECT s.c0, s.c1, s.c2, s.c3, s.c4, s.c5, s.c6"
        ' FROM _sluice_staged_2 AS s LEFT JOIN "web"."tracks" AS kept'
        ' ON kept."id" = s.c0 AND LENGTH(kept."id") = LENGTH(s.c0) WHERE kept."id" IS NULL\n'
        'COPY "web"."_sluice_rejects" ("table_name", "row_id", "column_name", "value", "reason", "file")'
        f" FROM 's3://staging/redshift/*/4.csv.gz' {copied}\n"
        'INSERT INTO "web"."_sluice_loads" (file, events, rejects) VALUES (:file, :events, :rejects)\n'
        "COMMIT"
    )


def test_rows_lie_by_their_id_in_the_order_in_which_they_came(twin: Twin, warehouse: Redshift) -> None:
    load(warehouse, "f1", identify(1, "u1", "12:00", age=3, score=0.5, is_new=True))
    (made,) = [each for each in twin.sent if each.startswith('CREATE TABLE "web"."users"')]
    assert made == (
        'CREATE TABLE "web"."users" ("id" VARCHAR(65535), "received_at" TIMESTAMP, "age" BIGINT,'
        ' "score" DOUBLE PRECISION, "is_new" BOOLEAN) DISTKEY("id") SORTKEY("received_at")'
    )


def test_a_column_widens_by_way_of_another_one(twin: Twin, warehouse: Redshift) -> None:
    load(warehouse, "f1", track(1, total=3), track(2))
    del twin.sent[:]
    load(warehouse, "f2", track(3, total=3.5, note="new"))
    table = '"web"."order_completed"'
    assert [each for each in twin.sent if each.startswith(("ALTER", "UPDATE"))] == [
        f'ALTER TABLE {table} ADD COLUMN "note" VARCHAR(65535)',
        f'ALTER TABLE {table} ADD COLUMN "_sluice_widened" DOUBLE PRECISION',
        f'UPDATE {table} SET "_sluice_widened" = CAST("total" AS DOUBLE PRECISION) WHERE "total" IS NOT NULL',  # noqa: S608
        f'ALTER TABLE {table} DROP COLUMN "total"',
        f'ALTER TABLE {table} RENAME COLUMN "_sluice_widened" TO "total"',
    ]
    assert asked(warehouse, "SELECT total FROM web.order_completed ORDER BY id") == [(3.0,), (None,), (3.5,)]


def test_columns_that_redshift_has_in_every_table_already_have_other_names(warehouse: Redshift) -> None:
    """Given properties that are called like those, none of which is shown, they are there with `_` before them."""
    load(warehouse, "f1", track(1, xmin=1, ctid=2, oid=3, tableoid=4, insertxid=5, deletexid=6, tag=7, timestamp="x"))
    found = set(warehouse.describe("web")["order_completed"])
    assert {"_xmin", "_ctid", "_oid", "_tableoid", "_insertxid", "_deletexid", "_tag", "timestamp"} <= found
    assert asked(warehouse, "SELECT column_name, value FROM web._sluice_rejects") == [("timestamp", "x")]


def test_names_as_long_as_can_be_stay_below_the_longest_statement(twin: Twin, warehouse: Redshift) -> None:
    """Given a thousand columns with names of 127 bytes, and four hundred traits, no statement has more than 100 KB."""

    def named(first: int, last: int, value: Any) -> dict[str, Any]:
        return {"n" * 123 + f"{at:04}": value for at in range(first, last)}

    load(warehouse, "f1", *[track(at, **named(350 * at, 350 * at + 350, at)) for at in range(3)])
    load(warehouse, "f2", *[track(at, **named(90 * at, 90 * at + 300, at)) for at in range(3, 7)])
    load(warehouse, "u1", identify(1, "u1", "12:00", **named(0, 390, "old")))
    load(warehouse, "u2", identify(2, "u1", "13:00", **named(0, 390, "new")))
    assert MAX_STATEMENT // 2 < max(len(each.encode()) for each in twin.sent) <= MAX_STATEMENT
    assert asked(warehouse, "SELECT count(*) FROM web.order_completed") == [(7,)]
    assert {len(name) for name in warehouse.describe("web")["users"]} == {2, 11, 127}
    (row,) = asked(warehouse, "SELECT * FROM web.users")
    assert set(row[2:]) == {"new"}


# --- What is in the rows ---


def test_numbers_times_and_truths_are_there_as_they_were(warehouse: Redshift) -> None:
    values: dict[str, Any] = {
        "least": -(2**63), "most": 2**63 - 1, "huge": 1.7e308, "tiny": 5e-324, "third": 1 / 3, "zero": 0.0,
        "yes": True, "no": False, "first": "0001-01-01T00:00:00Z", "last": "9999-12-31T23:59:59.999999Z",
        "local": "2026-01-15T12:00:00.123+02:00",
    }  # fmt: skip
    load(warehouse, "f1", track(1, **values))
    (row,) = asked(warehouse, f"SELECT {', '.join(values)} FROM web.order_completed")  # noqa: S608
    assert list(row[:8]) == list(values.values())[:8]
    assert row[8:] == (
        datetime(1, 1, 1),  # noqa: DTZ001 - as it is in the column
        datetime(9999, 12, 31, 23, 59, 59, 999999),  # noqa: DTZ001
        datetime(2026, 1, 15, 10, 0, 0, 123000),  # noqa: DTZ001
    )


def test_ids_that_differ_in_a_blank_at_their_end_are_two(warehouse: Redshift) -> None:
    """Given that Redshift says of such texts that they are equal, no event and no user is lost."""
    load(warehouse, "f1", {**track(1), "messageId": "m "}, identify(1, "u", "12:00", plan="free"))
    load(warehouse, "f2", {**track(2), "messageId": "m"}, identify(2, "u ", "13:00", plan="pro"))
    assert asked(warehouse, "SELECT id FROM web.order_completed ORDER BY length(id)") == [("m",), ("m ",)]
    assert asked(warehouse, "SELECT id, plan FROM web.users ORDER BY length(id)") == [("u", "free"), ("u ", "pro")]


def test_a_text_that_is_too_long_is_cut_between_two_characters_and_noted(warehouse: Redshift) -> None:
    long = "a" + "é" * 40_000
    found = load(warehouse, "f1", track(1, note=long, other="short"), track(2, note="x" * 65_535))
    assert found.rows["order_completed"] == 2
    kept = asked(
        warehouse, "SELECT octet_length(note), length(note), right(note, 2) FROM web.order_completed ORDER BY id"
    )
    assert kept == [(65_535, 32_768, "éé"), (65_535, 65_535, "xx")]
    assert asked(warehouse, "SELECT table_name, row_id, column_name, reason, file FROM web._sluice_rejects") == [
        ("order_completed", "m1", "note", "range", "f1")
    ]
    assert asked(warehouse, "SELECT rejects FROM web._sluice_loads") == [(1,)]


def test_an_overflow_that_is_too_long_loses_whole_values_and_each_is_noted(warehouse: Redshift) -> None:
    """Given traits beyond the columns that take more than a column has, what is kept is JSON, and is merged as such."""
    load(warehouse, "wide", identify(0, "other", "11:00", **{f"p{number}": 1 for number in range(500)}))
    load(warehouse, "f1", identify(1, "u1", "12:00", **{f"t{at}": f"{at}" * 13_088 for at in range(1, 5)}))
    load(warehouse, "f2", identify(2, "u1", "13:00", t5="5" * 13_088, t1="ü" * 6_544))
    load(warehouse, "f3", identify(3, "u1", "14:00", t6="6" * 13_088, t7=7))
    found = [
        piece
        for (piece,) in asked(
            warehouse,
            "SELECT substring(_overflow, piece, 10000) FROM web.users, generate_series(1, 70000, 10000) AS s(piece)"
            " WHERE id = 'u1' ORDER BY piece",
        )
    ]
    assert 65_480 < len("".join(found).encode()) <= 65_535
    assert json.loads("".join(found)) == {
        "t1": "ü" * 6_544, **{f"t{at}": f"{at}" * 13_088 for at in range(2, 6)}, "t7": 7,
    }  # fmt: skip
    assert asked(warehouse, "SELECT row_id, column_name, length(value), file FROM web._sluice_rejects") == [
        ("u1", "t6", 13_088, "f3")
    ]


def test_a_row_that_is_longer_than_copy_takes_is_there_without_its_last_texts(warehouse: Redshift) -> None:
    """Given four hundred traits of 30 KB in one file, which make one row, most are noted instead."""
    events = [identify(at, "u1", "12:00", **{f"t{at}": "|" * 30_000}) for at in range(100)]
    assert load(warehouse, "f1", *events).rows["users"] == 1
    (lengths,) = asked(warehouse, f"SELECT {', '.join(f'length(t{at})' for at in range(100))} FROM web.users")  # noqa: S608
    assert lengths[:63] == (30_000,) * 63
    assert lengths[64:] == (None,) * 36
    lost = asked(warehouse, "SELECT count(*), min(reason) FROM web._sluice_rejects WHERE table_name = 'users'")
    assert lost == [(37, "range")]


def test_older_rows_are_not_looked_through_if_that_is_wanted(twin: Twin) -> None:
    """Given three days, an event that comes again after ten is there twice, and one after two days is not."""
    warehouse = opened(twin, dedupe_days=3)

    def received(number: int, day: int) -> dict[str, Any]:
        return {**track(number), "receivedAt": f"2026-01-{day:02}T12:00:00.000Z"}

    load(warehouse, "f1", received(1, 10), received(2, 10), identify(1, "u1", "12:00", plan="free"))
    load(warehouse, "f2", received(1, 12))
    load(warehouse, "f3", received(2, 20), {**identify(2, "u1", "12:00", plan="pro"), "receivedAt": "2026-02-15"})
    assert asked(warehouse, "SELECT id, count(*) FROM web.tracks GROUP BY id ORDER BY id") == [("m1", 1), ("m2", 2)]
    assert asked(warehouse, "SELECT plan FROM web.users") == [("pro",)]


# --- What somebody does by hand ---


def test_a_schema_of_segments_with_shorter_texts_takes_what_fits(warehouse: Redshift) -> None:
    """Given tables that Segment made, with 512 bytes for a text, nothing fails, and what is cut is noted."""
    warehouse.query("CREATE SCHEMA web")
    warehouse.query(
        "CREATE TABLE web.order_completed (id VARCHAR(1024), received_at TIMESTAMP WITH TIME ZONE, uuid_ts TIMESTAMP,"
        " note VARCHAR(512), code CHAR(4), total NUMERIC(38,6), day DATE)"
    )
    found = load(
        warehouse, "f1", track(1, note="ü" * 300, code="ABCDE", total=5, day="2026-01-15"), track(2, note="ok")
    )
    assert found.rows["order_completed"] == 2
    assert asked(warehouse, "SELECT note, code, total, day FROM web.order_completed ORDER BY id") == [
        ("ü" * 256, "ABCD", None, None),
        ("ok", None, None, None),
    ]
    noted = asked(warehouse, "SELECT column_name, value, reason FROM web._sluice_rejects ORDER BY 1")
    assert [(name, reason) for name, _, reason in noted] == [
        ("code", "range"), ("day", "type"), ("note", "range"), ("total", "type"),
    ]  # fmt: skip
    assert noted[3][1] == "5"


def test_a_column_that_somebody_dropped_or_added_stops_nothing(warehouse: Redshift) -> None:
    load(warehouse, "f1", track(1, total=1, note="a"))
    warehouse.query("ALTER TABLE web.order_completed DROP COLUMN note")
    warehouse.query("ALTER TABLE web.order_completed ADD COLUMN margin DOUBLE PRECISION")
    load(warehouse, "f2", track(2, total=2, note="b", margin=1))
    assert asked(warehouse, "SELECT total, note, margin FROM web.order_completed ORDER BY id") == [
        (1, None, None),
        (2, "b", 1.0),
    ]


def test_a_view_on_a_column_keeps_it_from_widening_and_the_file_out_whole(warehouse: Redshift) -> None:
    load(warehouse, "f1", track(1, total=1))
    warehouse.query("CREATE VIEW web.totals AS SELECT total FROM web.order_completed")
    with pytest.raises(StatementError, match=r'^ALTER TABLE "web"\."order_completed": ERROR: cannot drop'):
        load(warehouse, "f2", track(2, total=2.5))
    assert asked(warehouse, "SELECT total FROM web.order_completed") == [(1,)]
    warehouse.query("DROP VIEW web.totals")
    assert load(warehouse, "f2", track(2, total=2.5)).rows["order_completed"] == 1


# --- Faults ---


LOST = ReadTimeoutError(endpoint_url="https://redshift-data.eu-central-1.amazonaws.com")


def losing(*beginnings: str) -> Callable[[str, str], None]:
    """Return what loses a call for a statement that begins like this, one after the other and each once."""
    left = list(beginnings)

    def lose(_: str, sql: str) -> None:
        if left and sql.startswith(left[0]):
            del left[0]
            raise LOST

    return lose


def heal(twin: Twin) -> None:
    """Let all calls be heard again, and the API close the sessions that were left open."""
    twin.before = twin.after = lambda *_: None
    twin.expire()


class Death:
    """A loader that dies at one of its calls, before it or after it, and is not heard of again."""

    def __init__(self, twin: Twin, at: int, *, is_after: bool, is_for_good: bool = True) -> None:
        self.twin, self.left, self.is_after, self.is_for_good = twin, at, is_after, is_for_good
        self.is_dead = False
        twin.before, twin.after = self.before, self.after

    def before(self, *_: str) -> None:
        self.left -= 1
        if (self.is_dead and self.is_for_good) or (self.left == 0 and not self.is_after):
            self._die()

    def after(self, *_: str) -> None:
        if self.left == 0 and self.is_after:
            self.twin.wait()
            self._die()

    def _die(self) -> None:
        self.is_dead = True
        raise LOST


# A death before a call is one after the call before it.
@pytest.mark.parametrize(
    ("is_after", "is_for_good"), [(True, True), (False, False), (True, False)], ids=["dies", "fails", "is not heard"]
)
def test_a_loader_that_dies_at_any_of_its_calls_leaves_the_file_whole_or_not_there(
    twin: Twin, server: str, *, is_after: bool, is_for_good: bool
) -> None:
    """Given a death at every call in turn, or a call that fails and is rolled back, the file is there once at last."""
    events = [track(1, ""), track(2, ""), identify(1, "u1", "12:00", plan="free")]
    tables = ["tracks", "identifies", "users", "_sluice_rejects", "_sluice_loads"]
    counts = ", ".join(f"(SELECT count(*) FROM web.{table})" for table in tables)  # noqa: S608
    deaths = committed = 0
    # Every third call, where the loader goes on: what is rolled back is the same.
    for at in range(1, 300, 1 if is_for_good else 3):
        emptied(server, "web")
        death = Death(twin, at, is_after=is_after, is_for_good=is_for_good)
        try:
            load(opened(twin), "f1", *events)
        except UnavailableError:
            deaths += 1
        heal(twin)
        warehouse = opened(twin)
        loaded = warehouse.loaded("web", ["f1"])
        committed += bool(loaded)
        assert set(warehouse.describe("web")) == (set(tables[:3]) if loaded else set())
        load(warehouse, "f1", *events)
        assert asked(warehouse, f"SELECT {counts}") == [(2, 1, 1, 2, 1)]
        if not death.is_dead:
            break
    assert deaths > (50 if is_for_good else 16)
    assert committed > (1 if is_for_good else 0)


def test_no_rollback_overtakes_a_statement_of_whose_end_nobody_has_heard(twin: Twin, warehouse: Redshift) -> None:
    """Given an INSERT that arrives late, a ROLLBACK before it would make it commit on its own."""
    load(warehouse, "f1", track(1))
    twin.after = losing('INSERT INTO "web"."tracks"')
    with pytest.raises(UnavailableError, match="the Data API cannot be reached: ReadTimeoutError"):
        load(warehouse, "f2", track(2))
    assert twin.sent[-1].startswith("INSERT")
    heal(twin)
    assert asked(warehouse, "SELECT count(*) FROM web.tracks") == [(1,)]
    assert load(warehouse, "f2", track(2)).rows["tracks"] == 1


def test_a_repeated_call_that_is_refused_says_nothing_of_the_first(twin: Twin) -> None:
    """Given an INSERT that is running and was not heard of, and a repeated call that finds the session busy."""
    warehouse = opened(twin, attempts=2)
    twin.after = losing('INSERT INTO "web"."tracks"')

    def busy(_: str, sql: str) -> None:
        if sql.startswith('INSERT INTO "web"."tracks"') and twin.sent[-1] == sql:
            raise ApiError("ValidationException", "Session is busy")

    twin.before = busy
    with pytest.raises(UnavailableError, match="Session is busy"):
        load(warehouse, "f1", track(1, ""))
    assert twin.sent[-1].startswith("INSERT")


def test_a_name_of_a_null_character_is_noted_without_it(warehouse: Redshift) -> None:
    assert load(warehouse, "f1", track(1, **{"\0": "x\0y"})).rejects == 1
    assert asked(warehouse, "SELECT column_name, value, reason FROM web._sluice_rejects") == [("", "xy", "name")]


def test_what_of_a_file_did_not_fit_is_not_noted_with_another(twin: Twin, warehouse: Redshift) -> None:
    twin.before = losing('INSERT INTO "web"."order_completed"')
    with pytest.raises(UnavailableError):
        load(warehouse, "f1", track(1, note="x" * 70_000))
    heal(twin)
    load(warehouse, "f2", track(2, note="short"))
    assert asked(warehouse, "SELECT rejects FROM web._sluice_loads") == [(0,)]
    load(warehouse, "f1", track(1, note="x" * 70_000))
    assert asked(warehouse, "SELECT file FROM web._sluice_rejects") == [("f1",)]


def test_what_redshift_refuses_is_rolled_back_at_once(twin: Twin, warehouse: Redshift) -> None:
    load(warehouse, "f1", track(1))
    warehouse.query("ALTER TABLE web.tracks ADD CONSTRAINT none CHECK (id <> 'm2')")
    with pytest.raises(StatementError):
        load(warehouse, "f2", track(2))
    assert twin.sent[-1] == "ROLLBACK"
    assert load(warehouse, "f3", track(3)).rows["tracks"] == 1


@pytest.mark.parametrize("is_after", [False, True], ids=["it did not arrive", "its answer was lost"])
def test_a_commit_that_nobody_has_heard_of_is_known_from_the_tables(twin: Twin, *, is_after: bool) -> None:
    setattr(twin, "after" if is_after else "before", losing("COMMIT"))
    with pytest.raises(UnavailableError):
        load(opened(twin), "f1", track(1, ""))
    twin.wait()
    heal(twin)
    warehouse = opened(twin)
    assert warehouse.loaded("web", ["f1"]) == ({"f1"} if is_after else set())
    assert load(warehouse, "f1", track(1, "")).rows == ({} if is_after else {"tracks": 1})
    assert asked(warehouse, "SELECT count(*) FROM web.tracks") == [(1,)]


def test_a_call_that_botocore_repeats_is_carried_out_once(twin: Twin) -> None:
    """Given answers that are lost, the token of a call makes the repeated one the same statement."""
    twin.after = losing('INSERT INTO "web"."tracks"', "COMMIT", "that is none")
    assert load(opened(twin, attempts=2), "f1", track(1, "")).rows == {"tracks": 1}
    assert twin.calls.count("ExecuteStatement") == len(twin.sent) + 2
    assert twin.sent.count("COMMIT") == 1


def test_two_loaders_at_once_take_turns_and_nothing_is_there_twice(twin: Twin) -> None:
    """Given two that load the same files in other orders, and events that are in two files each, each is there once."""
    load(opened(twin), "f", track(1000))
    files = {f"f{at}": [track(at), track(at + 1), identify(at, f"u{at % 3}", f"12:{at:02}", n=at)] for at in range(10)}

    def loader(order: list[str]) -> None:
        warehouse = opened(twin)
        for file in order:
            load(warehouse, file, *files[file])

    with ThreadPoolExecutor(2) as pool:
        for running in [pool.submit(loader, order) for order in (list(files), list(reversed(files)))]:
            running.result(60)
    warehouse = opened(twin)
    assert asked(warehouse, "SELECT count(*), count(DISTINCT id) FROM web.tracks") == [(12, 12)]
    assert asked(warehouse, "SELECT count(*), count(DISTINCT file) FROM web._sluice_loads") == [(11, 11)]
    assert asked(warehouse, "SELECT id, n FROM web.users ORDER BY id") == [("u0", 9), ("u1", 7), ("u2", 8)]


def test_a_loader_that_waits_for_its_turn_too_long_gives_up(twin: Twin, monkeypatch: pytest.MonkeyPatch) -> None:
    """Given another one that is in the middle of a file, it cancels its statement, and that one ends undisturbed."""
    first, second = opened(twin), Redshift(RedshiftData(before_long_polls(twin), DATABASE), objects(twin), ROLE)
    load(first, "f1", track(1))
    monkeypatch.setattr(module, "_TURN", 0.0)
    with first.transaction():
        assert first.loaded("web", ["f2"]) == set()
        with pytest.raises(UnavailableError, match="takes longer than 0 s"):
            load(second, "f3", track(3))
        assert twin.calls[-1] == "CancelStatement"
        first.note("web", "f2", 0, [])
    heal(twin)
    assert first.loaded("web", ["f1", "f2", "f3"]) == {"f1", "f2"}


def test_a_session_that_is_closed_meanwhile_loses_nothing(twin: Twin, warehouse: Redshift) -> None:
    load(warehouse, "f1", track(1))
    with pytest.raises(UnavailableError, match="Session is not available"), warehouse.transaction():
        warehouse.loaded("web", ["f2"])
        twin.expire()
        warehouse.note("web", "f2", 0, [])
    assert warehouse.loaded("web", ["f2"]) == set()
    assert load(warehouse, "f2", track(2)).rows["tracks"] == 1


def test_what_waits_in_s3_is_deleted_whether_the_load_succeeds_or_not(twin: Twin, warehouse: Redshift) -> None:
    load(warehouse, "f1", track(1, total=1))
    warehouse.query("ALTER TABLE web.tracks ADD CONSTRAINT none CHECK (id <> 'm2')")
    with pytest.raises(StatementError):
        load(warehouse, "f2", track(2))
    assert twin.objects == {}
    assert len(twin.deleted) == 3
    assert all(re.fullmatch(r"redshift/[0-9a-f-]{36}/[1-3]\.csv\.gz", each) for each in twin.deleted)


def test_objects_that_cannot_be_deleted_do_not_fail_a_file_that_is_loaded(twin: Twin, warehouse: Redshift) -> None:
    def fails(call: str, _: str) -> None:
        if call == "DeleteObjects":
            raise LOST

    twin.before = fails
    assert load(warehouse, "f1", track(1)).rows["tracks"] == 1
    assert len(twin.objects) == 2


# --- Errors ---


@pytest.mark.parametrize(
    ("error", "is_refused"),
    [
        (ApiError("AccessDeniedException", "User: arn:x is not authorized to perform: redshift-data:Execute"), True),
        (ApiError("ExpiredTokenException", "The security token included in the request is expired"), True),
        (ApiError("ValidationException", "User: arn:x is not authorized to perform: redshift:GetClusterCred"), True),
        (ApiError("ValidationException", "Redshift endpoint doesn't exist in this region."), False),
        (ApiError("ThrottlingException", "Rate exceeded"), False),
        (ApiError("ActiveSessionsExceededException", "too many"), False),
        (ApiError("InternalServerException", "sorry", 500), False),
        (LOST, False),
    ],
)
def test_being_refused_is_told_from_being_unavailable(
    twin: Twin, warehouse: Redshift, error: Exception, *, is_refused: bool
) -> None:
    def fails(*_: str) -> None:
        raise error

    twin.before = fails
    with pytest.raises(UnavailableError) as told:
        load(warehouse, "f1", track(1))
    assert told.value.is_refused is is_refused
    assert isinstance(told.value, RefusedError) is is_refused


def test_a_role_or_a_user_that_may_not_is_refused(twin: Twin) -> None:
    database = RedshiftData(twin.client("redshift-data"), DATABASE)
    with pytest.raises(RefusedError, match="not authorized to assume IAM Role"):
        load(Redshift(database, objects(twin), ROLE.replace("Reads", "Writes")), "f1", track(1))
    database.begin()
    database.run("SET LOCAL ROLE pg_monitor")
    with pytest.raises(RefusedError, match="permission denied for schema web"):
        database.run("CREATE TABLE web.denied (id BIGINT)")
    database.rollback()


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT CAST('se\"cret' AS BIGINT)", "SELECT CAST('se\ncret' AS BIGINT)", "SELECT CAST('secret' AS TIMESTAMP)",
        "SELECT 'secret' FROM nowhere", "SELECT CAST('it''s secret' AS BIGINT)",
    ],
)  # fmt: skip
def test_an_error_shows_no_value(warehouse: Redshift, sql: str) -> None:
    with pytest.raises(StatementError, match="ERROR: ") as told:
        warehouse.query(sql)
    assert not re.search("se|cret", str(told.value).replace("SELECT", "").replace("statement", ""))


def test_a_value_that_does_not_fit_by_hand_is_not_shown_either(warehouse: Redshift) -> None:
    load(warehouse, "f1", track(1, note="x"))
    warehouse.query("ALTER TABLE web.order_completed ADD CONSTRAINT none CHECK (note <> 'secret')")
    with pytest.raises(
        StatementError, match=r'^INSERT INTO "web"."order_completed": ERROR: new row for relation …'
    ) as told:
        load(warehouse, "f2", track(2, note="secret"))
    assert "secret" not in str(told.value)


# --- Around it ---


def test_an_answer_has_as_many_rows_as_pages_have_and_values_of_their_types(warehouse: Redshift) -> None:
    assert warehouse.query("SELECT n FROM generate_series(1, 120) AS s(n) ORDER BY n") == (
        ["n"],
        [(n,) for n in range(1, 121)],
    )
    names, rows = warehouse.query(
        "SELECT CAST(1.50 AS NUMERIC(9,2)) AS exact, CAST(0.5 AS DOUBLE PRECISION) AS half, TRUE AS yes, NULL AS none,"
        " CAST('2026-01-15 12:00:00.25' AS TIMESTAMP) AS time, CAST('2026-01-15' AS DATE) AS day, 'x' AS text"
    )
    assert names == ["exact", "half", "yes", "none", "time", "day", "text"]
    moment = datetime(2026, 1, 15, 12, 0, 0, 250_000, UTC).replace(tzinfo=None)
    assert rows == [(Decimal("1.50"), 0.5, True, None, moment, "2026-01-15", "x")]
    assert warehouse.query("SELECT 1 WHERE FALSE")[1] == []
    assert warehouse.query("CREATE SCHEMA web") == ([], [])


def test_files_are_looked_for_however_many_there_are_and_nothing_is_made_for_that(twin: Twin) -> None:
    warehouse = opened(twin)
    names = [f"events/source=web/{'x' * 100}/{at}.gz" for at in range(1000)]
    assert warehouse.loaded("web", names) == set()
    assert len(twin.sent) == 1
    load(warehouse, names[7], track(1))
    load(warehouse, names[999], track(2))
    assert warehouse.loaded("web", names) == {names[7], names[999]}


def test_a_file_that_was_not_there_before_is_noted_anew_if_it_is_by_now(twin: Twin) -> None:
    """Given that another loader was faster, and the file is repeated, it is noted once."""
    first, second = opened(twin), opened(twin)
    load(first, "f0", track(0))
    assert first.loaded("web", ["f1"]) == set()
    load(second, "f1", track(1, ""))
    assert load_file(first, WEB, "f1", [track(1, ""), track(2, "")], is_repeated=True).rows == {"tracks": 1}
    assert asked(first, "SELECT file, events, rejects FROM web._sluice_loads ORDER BY file") == [
        ("f0", 1, 0),
        ("f1", 2, 2),
    ]
    assert asked(first, "SELECT count(*) FROM web._sluice_rejects") == [(2,)]


def test_nothing_is_changed_outside_of_a_transaction(warehouse: Redshift) -> None:
    with pytest.raises(RuntimeError, match="in a transaction"):
        warehouse.change("web", Batch())
    with pytest.raises(RuntimeError, match="in a transaction"):
        warehouse.note("web", "f1", 0, [])


def before_long_polls(twin: Twin) -> Any:
    """Return a client of a boto3 from before the API could hold an answer back."""
    client = twin.client("redshift-data")
    shape = SimpleNamespace(input_shape=SimpleNamespace(members={"Id": None}))
    return SimpleNamespace(
        meta=SimpleNamespace(service_model=SimpleNamespace(operation_model=lambda _: shape)),
        execute_statement=client.execute_statement,
        describe_statement=lambda *, Id: client.describe_statement(Id=Id),  # noqa: N803 - as boto3 calls it
        get_statement_result=client.get_statement_result,
        cancel_statement=client.cancel_statement,
    )


def test_a_boto3_from_before_the_api_could_wait_asks_until_a_statement_has_ended(twin: Twin) -> None:
    warehouse = Redshift(RedshiftData(before_long_polls(twin), DATABASE), objects(twin), ROLE)
    assert load(warehouse, "f1", track(1, "")).rows["tracks"] == 1
    assert twin.calls.count("DescribeStatement") > len(twin.sent)


def test_connecting_finds_out_whether_one_is_let_in(twin: Twin, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "redshift_data", lambda: twin.client("redshift-data"))
    monkeypatch.setattr(module, "s3", lambda: twin.client("s3"))
    of_the_stack, serverless = Staging("stack", "redshift/"), Settings("dev", ROLE, workgroup="analytics")
    with connect(serverless, of_the_stack) as warehouse:
        load(warehouse, "f1", track(1))
    with connect(Settings("dev", ROLE, cluster="c", user="u", bucket="own", prefix="p/q/"), of_the_stack) as warehouse:
        load(warehouse, "f2", track(2))
    assert [each.split("/")[0] for each in twin.deleted] == ["redshift", "redshift", "p", "p"]
    with pytest.raises(ValueError, match="neither `bucket` nor"):
        connect(serverless)

    def refused(*_: str) -> None:
        raise ApiError("AccessDeniedException", "User: arn:x is not authorized to perform: redshift-data:Execute")

    twin.before = refused
    with pytest.raises(RefusedError):
        connect(serverless, of_the_stack)


@pytest.mark.parametrize(
    ("said", "call"),
    [
        ({"workgroup": "etl"}, {"WorkgroupName": "etl"}),
        ({"cluster": "c"}, {"ClusterIdentifier": "c"}),
        ({"cluster": "c", "user": "u"}, {"ClusterIdentifier": "c", "DbUser": "u"}),
        ({"cluster": "c", "secret_arn": "arn:s"}, {"ClusterIdentifier": "c", "SecretArn": "arn:s"}),
        ({"workgroup": "etl", "secret_arn": "arn:s"}, {"WorkgroupName": "etl", "SecretArn": "arn:s"}),
    ],
)
def test_each_call_says_what_the_settings_say(
    twin: Twin, monkeypatch: pytest.MonkeyPatch, said: dict[str, Any], call: dict[str, str]
) -> None:
    client = twin.client("redshift-data")
    requests: list[dict[str, Any]] = []
    client.meta.events.register("provide-client-params", lambda params, **_: requests.append(params))
    monkeypatch.setattr(module, "redshift_data", lambda: client)
    monkeypatch.setattr(module, "s3", lambda: twin.client("s3"))
    connect(Settings(database="dev", role_arn=ROLE, **said), Staging("stack"))
    del requests[0]["ClientToken"]
    assert requests[0] == {"Sql": "SELECT 1", "Database": "dev", **call}


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({}, "say either `cluster` or `workgroup`"),
        ({"cluster": "c", "workgroup": "w"}, "say either `cluster` or `workgroup`"),
        ({"workgroup": "w", "user": "u"}, "`user` is for a cluster"),
        ({"cluster": "c", "user": "u", "secret_arn": "arn:aws:secretsmanager:x"}, "not together with `secret_arn`"),
        ({"cluster": "c", "role_arn": "arn:aws:iam::123456789012:role/x' CREDENTIALS '"}, "`role_arn` must be like"),
        ({"cluster": "c", "bucket": "a'b"}, "must be the name of a bucket"),
        ({"cluster": "c", "bucket": "bucket", "prefix": "staged"}, "must be the name of a bucket"),
        ({"cluster": "c", "prefix": "staged/"}, "`prefix` needs `bucket`"),
        ({"cluster": "c", "dedupe_days": 0}, "`dedupe_days` must be 1 at least"),
        ({"cluster": "c", "password": "hidden"}, "Unexpected keyword argument"),
    ],
)
def test_settings_that_do_not_go_together_are_told(settings: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        TypeAdapter(Settings).validate_python({"database": "dev", "role_arn": ROLE, **settings})
