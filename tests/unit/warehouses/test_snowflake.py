"""Snowflake: all that every warehouse does, and what is Snowflake's own. The driver is the real one."""

import re
import traceback
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from typing import Any, Literal, cast

import pytest
from pydantic import TypeAdapter, ValidationError

from catalogue import types as catalogue
from catalogue.warehouses.snowflake import session
from catalogue.warehouses.snowflake.errors import OvertakenError
from catalogue.warehouses.snowflake.session import Session
from catalogue.warehouses.snowflake.settings import Settings
from catalogue.warehouses.snowflake.warehouse import Snowflake, connect
from cli.templates.synchronised import synchronise
from cli.workspace import drivers
from sluice.warehouses.selection import Selection
from sluice.warehouses.settings import Secret
from sluice.warehouses.warehouse import StatementError, Target, UnavailableError, batch_of_events, load_file
from sluice.workspace.compiler import check
from tests.pages import ROOT, blocks
from tests.snowflake.twin import PASSPHRASE, Twin, emptied, snowflake
from tests.unit.warehouses import test_contract, test_faults, test_objects
from tests.unit.warehouses.conftest import WEB, identify, track


@pytest.fixture(scope="session")
def snowflake_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Twin]:
    with snowflake(tmp_path_factory.mktemp("snowflake")) as twin:
        yield twin


@pytest.fixture
def twin(snowflake_server: Twin) -> Twin:
    return emptied(snowflake_server)


@pytest.fixture
def warehouse(twin: Twin) -> Iterator[Snowflake]:
    with connect(twin.settings, place=twin.place) as engine:
        yield engine


#: Cases of the contract about what no engine has a part in, or that are said by another case here; and Postgres' pages.
LEFT_OUT = {
    "test_segments_own_way_cuts_a_fraction",
    "test_a_text_is_cut_after_512_characters_where_segments_own_way_is_asked_for",
    "test_collections_and_properties_that_are_left_out_have_neither_row_nor_column",
    "test_an_empty_text_is_not_null",
    "test_a_row_of_very_many_long_texts_and_numbers_ends_in_a_row",
}
CASES = {name: case for name, case in vars(test_contract).items() if name.startswith("test_")}
assert CASES.keys() > LEFT_OUT
#: The others, and one of its faults, with the fixture `warehouse` of this module. fakesnow is slow, so those of very
#: many values and columns are a choice of them, or smaller.
globals().update({name: case for name, case in CASES.items() if name not in LEFT_OUT})
test_a_load_that_breaks_leaves_nothing_behind = test_faults.test_a_load_that_breaks_leaves_nothing_behind


@pytest.mark.parametrize(
    "properties",
    [
        {"select": 1, 'quote"d': 2, "it's": 3, "n" * 200: 4, "名前": "日本", "": 5},
        {f"p{number}": 1 for number in range(1700)},
        {"big": 2**63, "least": -(2**63), "vast": 1e300, "moment": "10013-01-01T00:00:00Z", "bool": True},
        {
            "deep": {"er": {"still": [1, {"a": None}]}},
            "text": "'; DROP TABLE web.tracks; --",
            "nul": "x\0y",
            "blank": " ",
        },
    ],
)
def test_whatever_people_send_ends_in_rows(warehouse: Any, properties: dict[str, Any]) -> None:
    test_contract.test_whatever_people_send_ends_in_rows(warehouse, properties)


def test_traits_beyond_the_columns_are_merged_too_in_whatever_order_they_come(warehouse: Any) -> None:
    case = test_contract.test_traits_beyond_the_columns_are_merged_too_in_whatever_order_they_come
    case(warehouse, (2, 1, 0), is_one_file=False)


def test_an_overflow_that_somebody_wrote_by_hand_stops_nothing_and_stays(warehouse: Any) -> None:
    test_contract.test_an_overflow_that_somebody_wrote_by_hand_stops_nothing_and_stays(warehouse, "{", {"": "{"})


def test_names_that_an_engine_keeps_for_itself_end_in_rows(warehouse: Any) -> None:
    names = ("current_timestamp", "_sluice_total", "information_schema", "rowid", "a\0b", "")
    properties: dict[str, Any] = {**dict.fromkeys(names, 1), "_overflow": "x", "\0": "y"}
    test_contract.test_names_that_an_engine_keeps_for_itself_end_in_rows(warehouse, properties)


#: Of the cases of objects, those that make other statements than events do.
test_an_object_is_a_row = test_objects.test_an_object_is_a_row_of_its_collections_table_with_types_as_events_have
test_a_collection_that_is_called_like_a_table_of_ours_has_another_one = (
    test_objects.test_a_collection_that_is_called_like_a_table_of_ours_has_another_one
)
test_the_collections_users_and_accounts = (
    test_objects.test_the_collections_users_and_accounts_are_the_tables_of_identifies_and_groups
)
test_collections_beyond_the_tables = test_objects.test_collections_beyond_the_tables_share_one_and_lose_nothing


def test_objects_merge_by_id_property_by_property(warehouse: Any) -> None:
    case = test_objects.test_objects_merge_by_id_property_by_property_and_an_older_file_fills_what_is_empty
    case(warehouse, (2, 0, 1))


@pytest.mark.parametrize("is_event_first", [True, False])
def test_events_and_objects_of_one_name_have_tables_of_their_own(warehouse: Any, *, is_event_first: bool) -> None:
    case = test_objects.test_events_and_objects_of_one_name_have_tables_of_their_own_whichever_came_first
    case(warehouse, "plans", "Plans", is_event_first=is_event_first, is_one_file=False)


def test_a_file_of_several_transactions_dies_after_any_step(warehouse: Any) -> None:
    """The other way of dying is below, statement by statement."""
    test_faults.dies_at_any_step(warehouse, 4, is_done=True)


def load(warehouse: Snowflake, file: str, *events: dict[str, Any], target: Target = WEB) -> Any:
    return load_file(warehouse, target, file, events)


def asked(warehouse: Snowflake, query: str) -> list[tuple[Any, ...]]:
    return warehouse.query(query)[1]


def changes(twin: Twin) -> list[str]:
    """Return the statements that were sent, without questions."""
    return [each for each in twin.sent() if not each.startswith("SELECT")]


# --- What is sent ---

STAGED = "CREATE OR REPLACE TEMPORARY TABLE _SLUICE_STAGED_"
PUT = "PUT 'file://*.csv.gz' @_SLUICE_STAGE AUTO_COMPRESS = FALSE SOURCE_COMPRESSION = GZIP OVERWRITE = TRUE"
CSV = (
    " FROM @_SLUICE_STAGE/*.csv.gz FILE_FORMAT = (TYPE = CSV COMPRESSION = GZIP FIELD_OPTIONALLY_ENCLOSED_BY = '\"'"
    " ESCAPE_UNENCLOSED_FIELD = NONE NULL_IF = () EMPTY_FIELD_AS_NULL = TRUE)"
    " ON_ERROR = ABORT_STATEMENT PURGE = TRUE"
)
FILE = [
    PUT,
    (
        f"{STAGED}1 (__C0 VARCHAR, __C1 VARCHAR, __C2 TIMESTAMP_TZ, __C3 TIMESTAMP_TZ, __C4"
        " VARCHAR, __C5 VARCHAR, __C6 VARCHAR)"
    ),
    f"COPY INTO _SLUICE_STAGED_1{CSV}",
    'DELETE FROM _SLUICE_STAGED_1 USING "WEB"."TRACKS" WHERE "ID" = __C0',
    PUT,
    f"{STAGED}2 (__C0 VARCHAR, __C1 VARCHAR, __C2 TIMESTAMP_TZ)",
    f"COPY INTO _SLUICE_STAGED_2{CSV}",
    'DELETE FROM _SLUICE_STAGED_2 USING "WEB"."IDENTIFIES" WHERE "ID" = __C0',
    PUT,
    f"{STAGED}3 (__C0 VARCHAR)",
    f"COPY INTO _SLUICE_STAGED_3{CSV}",
    PUT,
    f"{STAGED}4 (__C0 VARCHAR, __C1 VARCHAR, __C2 VARCHAR, __C3 VARCHAR, __C4 VARCHAR, __C5 VARCHAR)",
    f"COPY INTO _SLUICE_STAGED_4{CSV}",
    PUT,
    f"{STAGED}5 (__C0 VARCHAR, __C1 TIMESTAMP_TZ)",
    f"COPY INTO _SLUICE_STAGED_5{CSV}",
    "BEGIN TRANSACTION",
    'UPDATE "WEB"."_SLUICE_TURN" SET TURN = ? WHERE TURN IN (?)',
    (
        'INSERT INTO "WEB"."TRACKS" ("ID", "USER_ID", "RECEIVED_AT", "TIMESTAMP", "CONTEXT_IP", "EVENT", "EVENT_TEXT")'
        " SELECT __C0, __C1, __C2, __C3, __C4, __C5, __C6 FROM _SLUICE_STAGED_1"
    ),
    'INSERT INTO "WEB"."IDENTIFIES" ("ID", "USER_ID", "RECEIVED_AT") SELECT __C0, __C1, __C2 FROM _SLUICE_STAGED_2',
    (
        'UPDATE "WEB"."USERS" SET "RECEIVED_AT" = GREATEST("USERS"."RECEIVED_AT", __C1)'
        ' FROM _SLUICE_STAGED_5 WHERE "ID" = __C0'
    ),
    (
        'INSERT INTO "WEB"."USERS" ("ID", "RECEIVED_AT")'
        ' SELECT __C0, __C1 FROM _SLUICE_STAGED_5 LEFT JOIN "WEB"."USERS" ON "ID" = __C0 WHERE "ID" IS NULL'
    ),
    (
        'INSERT INTO "WEB"."_SLUICE_REJECTS" ("TABLE_NAME", "ROW_ID", "COLUMN_NAME", "VALUE", "REASON", "FILE")'
        " SELECT __C0, __C1, __C2, __C3, __C4, __C5 FROM _SLUICE_STAGED_4"
    ),
    'INSERT INTO "WEB"."_SLUICE_LOADS" (FILE, EVENTS, REJECTS, LOADED_AT) SELECT ?, ?, ?, CURRENT_TIMESTAMP()',
    "COMMIT",
]


def test_a_file_is_one_transaction_that_takes_its_turn_first(twin: Twin, warehouse: Snowflake) -> None:
    """Given tables that are there, each statement is Snowflake's to the letter; all rows are staged before."""
    load(warehouse, "f1", track(1, total=1), identify(1, "u1", "12:00"))
    before = len(changes(twin))
    load(warehouse, "f2", track(2, "", total=1), identify(2, "u2", "12:00"))
    assert changes(twin)[before:] == FILE


def test_a_transaction_in_which_nothing_is_done_asks_nothing(twin: Twin, warehouse: Snowflake) -> None:
    before = twin.sent()
    with warehouse.transaction():
        pass
    assert twin.sent() == before


def test_what_is_already_loaded_changes_nothing(twin: Twin, warehouse: Snowflake) -> None:
    load(warehouse, "f1", track(1))
    before = changes(twin)
    assert load(warehouse, "f1", track(1)).rows == {}
    assert changes(twin) == before


def test_only_rows_of_the_window_are_looked_through_where_one_is_set(twin: Twin) -> None:
    """Given an event that comes again after a month, it is there twice; one that comes again after a day is not."""
    with connect(replace(twin.settings, dedupe_days=7), place=twin.place) as warehouse:
        old, new = (
            {**track(1), "receivedAt": "2026-01-01T00:00:00Z"},
            {**track(1), "receivedAt": "2026-02-01T00:00:00Z"},
        )
        load(warehouse, "f1", old)
        load(warehouse, "f2", new)
        load(warehouse, "f3", {**new, "receivedAt": "2026-02-02T00:00:00Z"})
        assert asked(warehouse, "SELECT count(*) FROM web.tracks") == [(2,)]
    assert any('AND "RECEIVED_AT" >= CAST(? AS TIMESTAMP_TZ)' in each for each in changes(twin))


# --- Names and types ---


def test_names_are_upper_case_and_no_query_needs_quotation_marks(warehouse: Snowflake) -> None:
    load(warehouse, "f1", track(1, "3D Printed", select=1, fooBar=2, qualify=3, rowid=4), track(2, "Order"))
    query = "SELECT _select, foo_bar, _qualify, rowid, event_text, timestamp FROM web._3d_printed"
    assert asked(warehouse, query)[0][:5] == (1, 2, 3, 4, "3D Printed")
    assert asked(warehouse, "SELECT id FROM web._order") == [("m2",)]
    names = asked(
        warehouse, "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'WEB'"
    )
    assert names
    assert all(name == name.upper() for row in names for name in row)
    assert set(warehouse.describe("web")) == {"tracks", "_3d_printed", "_order"}


def test_names_without_a_letter_are_found_again(warehouse: Snowflake) -> None:
    properties: dict[str, Any] = {"1": 1, "2024": 2}
    for number in (1, 2):
        assert load(warehouse, f"f{number}", track(number, "404", **properties)).rows["_404"] == 1
    assert asked(warehouse, "SELECT sum(_1), sum(_2024) FROM web._404") == [(2, 4)]


def test_a_name_has_246_characters_so_that_nine_are_left_while_it_is_widened(warehouse: Snowflake) -> None:
    for number in (1, 1.5):
        properties: dict[str, Any] = {"n" * 300: number}
        load(warehouse, f"f{number}", track(int(2 * number), **properties))
    (name,) = (each for each in warehouse.describe("web")["order_completed"] if each.startswith("nn"))
    assert len(name) == 246
    assert asked(warehouse, f"SELECT sum({name}) FROM web.order_completed") == [(2.5,)]  # noqa: S608 - of a test


def test_types_are_those_of_segments_tables(warehouse: Snowflake) -> None:
    load(warehouse, "f1", track(1, whole=1, part=0.5, is_new=True, text="x", at="2026-01-01T00:00:00Z"))
    query = (
        "SELECT column_name, data_type FROM information_schema.columns WHERE table_schema = 'WEB'"
        " AND table_name = 'ORDER_COMPLETED' AND column_name IN ('WHOLE', 'PART', 'IS_NEW', 'TEXT', 'AT')"
    )
    assert dict(asked(warehouse, query)) == {
        "WHOLE": "NUMBER", "PART": "FLOAT", "IS_NEW": "BOOLEAN", "TEXT": "TEXT", "AT": "TIMESTAMP_TZ",
    }  # fmt: skip


def test_columns_of_somebody_elses_making_take_what_fits(warehouse: Snowflake) -> None:
    """Given a table that was there before, what does not fit is a reject, and what is not ours is left alone."""
    load(warehouse, "f0", track(0, "Other"))
    warehouse.query(
        "CREATE TABLE web.order_completed"
        ' (id VARCHAR, price NUMBER(10,2), code VARCHAR(3), "little" VARCHAR, doc VARIANT, __seen FLOAT)'
    )
    found = load(warehouse, "f1", track(1, price=1.505, code="abcdef", doc="y"))
    assert found.rejects == 0
    assert asked(warehouse, "SELECT price, code, doc FROM web.order_completed") == [(None, "abc", None)]
    rejected = asked(warehouse, "SELECT column_name, value, reason FROM web._sluice_rejects ORDER BY 1")
    columns = warehouse.describe("web")["order_completed"]
    assert ("little" in columns, "__seen" in columns) == (False, True)
    assert rejected == [("code", "abcdef", "range"), ("doc", "y", "type"), ("price", "1.505", "type")]


# --- Widening ---

WIDENING = [
    'ALTER TABLE "WEB"."ORDER_COMPLETED" ADD COLUMN "_SLUICE_TOTAL" FLOAT, "_SLUICE_TOTAL_" BOOLEAN',
    "BEGIN TRANSACTION",
    'UPDATE "WEB"."_SLUICE_TURN" SET TURN = ? WHERE TURN IN (?)',
    'UPDATE "WEB"."ORDER_COMPLETED" SET "_SLUICE_TOTAL" = "TOTAL"',
    "COMMIT",
    'ALTER TABLE "WEB"."ORDER_COMPLETED" DROP COLUMN "TOTAL", "_SLUICE_TOTAL_"',
    'ALTER TABLE "WEB"."ORDER_COMPLETED" RENAME COLUMN "_SLUICE_TOTAL" TO "TOTAL"',
]


def test_a_column_widens_by_way_of_another_one(twin: Twin, warehouse: Snowflake) -> None:
    load(warehouse, "f1", track(1, total=3), track(2))
    before = len(changes(twin))
    load(warehouse, "f2", track(3, total=3.5))
    sent = changes(twin)[before:]
    at = sent.index(WIDENING[0])
    assert sent[at : at + len(WIDENING)] == WIDENING
    assert asked(warehouse, "SELECT id, total FROM web.order_completed ORDER BY id") == [
        ("m1", 3.0), ("m2", None), ("m3", 3.5),
    ]  # fmt: skip


@pytest.mark.parametrize(("step", "kind"), [(0, "lose"), (3, "cut"), (5, "lose")])
def test_whoever_finds_a_column_half_widened_goes_on(
    twin: Twin, warehouse: Snowflake, step: int, kind: Literal["cut", "lose"]
) -> None:
    """Given a loader that dies at a statement of the widening, before or after it, the next file finds a float."""
    load(warehouse, "f1", track(1, total=3))
    twin.fault(re.escape(WIDENING[step]), kind, times=2 if kind == "lose" else 1)
    with pytest.raises(UnavailableError):
        load(warehouse, "f2", track(2, total=3.5))
    with connect(twin.settings, place=twin.place) as other:
        tables = other.describe("web")["order_completed"]
        assert tables["total"] == "float"
        assert not [name for name in tables if name.startswith("_sluice_")]
        load(other, "f3", track(3, total=4))
        load(other, "f2", track(2, total=3.5))
        found = asked(other, "SELECT id, total FROM web.order_completed ORDER BY id")
        assert found == [("m1", 3), ("m2", 3.5), ("m3", 4)]


def test_a_row_that_comes_while_a_column_is_widened_is_not_lost(twin: Twin, warehouse: Snowflake) -> None:
    """Given a loader that has read the table before another one begins to widen it, it is overtaken."""
    load(warehouse, "f1", track(1, total=3))
    with connect(twin.settings, place=twin.place) as other:
        with pytest.raises(OvertakenError), warehouse.transaction():
            warehouse.loaded("web", ["f2"])
            batch = batch_of_events([track(2, total=5)], WEB, warehouse.dialect, warehouse.describe("web"))
            warehouse.change("web", batch)
            warehouse.put("web", batch)
            warehouse.note("web", "f2", 1, [])
            load(other, "f3", track(3, total=0.5))
        load(warehouse, "f2", track(2, total=5))
    assert asked(warehouse, "SELECT id, total FROM web.order_completed ORDER BY id") == [
        ("m1", 3.0), ("m2", 5.0), ("m3", 0.5),
    ]  # fmt: skip


# --- Who is let in ---


def refusal(settings: Settings, place: Mapping[str, Any]) -> UnavailableError:
    with pytest.raises(UnavailableError) as caught:
        connect(settings, place=place)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__
    return caught.value


def test_a_key_lets_in_and_so_does_one_with_a_passphrase_and_a_password(twin: Twin) -> None:
    encrypted = replace(twin.by_key, private_key=Secret(twin.encrypted_key), passphrase=Secret(PASSPHRASE))
    for settings in (twin.by_key, encrypted, twin.settings):
        with connect(settings, place=twin.place) as warehouse:
            assert asked(warehouse, "SELECT 1") == [(1,)]
    assert [each.get("AUTHENTICATOR") for each in twin.logins()] == ["SNOWFLAKE_JWT", "SNOWFLAKE_JWT", None]
    assert {each["SESSION_PARAMETERS"]["LOCK_TIMEOUT"] for each in twin.logins()} == {"60"}
    assert all(each["roleName"] == "LOADER_ROLE" for each in twin.logins())


def test_whom_snowflake_does_not_know_is_refused_and_nothing_of_the_key_is_said(twin: Twin) -> None:
    stranger = emptied(twin, is_stranger=True).by_key
    wrong = [
        stranger,
        replace(twin.by_key, private_key=Secret("-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----")),
        replace(twin.by_key, private_key=Secret(twin.encrypted_key)),
        replace(twin.by_key, private_key=Secret(twin.encrypted_key), passphrase=Secret("another")),
        replace(twin.settings, password=Secret("hunter2")),
        replace(twin.settings, warehouse="NOWHERE"),
    ]
    for settings in wrong:
        error = refusal(settings, twin.place)
        assert error.is_refused
        secrets = [*settings.private_key.splitlines(), settings.password, settings.passphrase, "JWT", "password was"]
        assert not [each for each in secrets if each and each in str(error)]
    assert "390144" in str(refusal(stranger, twin.place))


def test_one_that_cannot_be_reached_is_no_refusal(twin: Twin) -> None:
    error = refusal(twin.settings, {**twin.place, "port": 1})
    assert (str(error), error.is_refused) == ("Snowflake cannot be reached at acme-test", False)


def test_a_session_that_has_ended_is_no_refusal(twin: Twin, warehouse: Snowflake) -> None:
    twin.fault("SELECT COUNT", "refuse", code="390112", message="Your session has expired.")
    with pytest.raises(UnavailableError) as caught:
        load(warehouse, "f1", track(1))
    assert not caught.value.is_refused
    assert "expired" not in str(caught.value)


# --- What Snowflake says ---


def test_what_snowflake_says_of_a_value_is_not_handed_on(twin: Twin, warehouse: Snowflake) -> None:
    twin.fault("^COPY INTO", "refuse", code="100038", message="Numeric value 's3cret' is not recognized")
    with pytest.raises(StatementError) as caught:
        load(warehouse, "f1", track(1))
    assert str(caught.value).startswith("staged rows: Snowflake says 100038")
    assert "s3cret" not in "".join(traceback.format_exception(caught.value))
    assert load(warehouse, "f1", track(1)).rows == {"tracks": 1, "order_completed": 1}


@pytest.mark.parametrize(("code", "is_refused"), [("003001", True), ("000606", True), ("000625", False)])
def test_rights_that_are_missing_are_a_refusal_and_a_lock_goes_by(
    twin: Twin, warehouse: Snowflake, code: str, *, is_refused: bool
) -> None:
    twin.fault("^INSERT INTO", "refuse", code=code)
    with pytest.raises(UnavailableError) as caught:
        load(warehouse, "f1", track(1))
    assert caught.value.is_refused is is_refused


def test_an_answer_of_too_many_rows_is_refused(warehouse: Snowflake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "MAX_ROWS", 2)
    assert asked(warehouse, "SELECT * FROM (VALUES (1), (2))") == [(1,), (2,)]
    with pytest.raises(StatementError, match="more than 2 rows"):
        asked(warehouse, "SELECT * FROM (VALUES (1), (2), (3))")


# --- Loaders that die, and several at once ---


def test_an_answer_to_commit_that_is_lost_is_asked_for_again(twin: Twin, warehouse: Snowflake) -> None:
    twin.fault("^COMMIT", "lose")
    assert load(warehouse, "f1", track(1)).rows["tracks"] == 1


@pytest.mark.parametrize(("kind", "rows"), [("lose", {}), ("cut", {"tracks": 1, "order_completed": 1})])
def test_a_connection_that_is_lost_at_commit_loses_nothing_and_repeats_nothing(
    twin: Twin, kind: Literal["lose", "cut"], rows: dict[str, int]
) -> None:
    """Given a COMMIT whose answer never comes, whether it was carried out or not, the file is there once in the end."""
    with connect(twin.settings, place=twin.place) as warehouse:
        twin.fault("^COMMIT", kind, times=2 if kind == "lose" else 1)
        with pytest.raises(UnavailableError) as caught:
            load(warehouse, "f1", track(1))
        assert not caught.value.is_refused
    with connect(twin.settings, place=twin.place) as other:
        assert load(other, "f1", track(1)).rows == rows
        assert asked(other, "SELECT count(*) FROM web.tracks") == [(1,)]
        assert asked(other, "SELECT file FROM web._sluice_loads") == [("f1",)]


def test_a_loader_that_dies_after_the_tables_are_made_leaves_them_empty(twin: Twin, warehouse: Snowflake) -> None:
    twin.fault("^BEGIN", "cut")
    with pytest.raises(UnavailableError):
        load(warehouse, "f1", track(1, total=1))
    with connect(twin.settings, place=twin.place) as other:
        assert set(other.describe("web")) == {"tracks", "order_completed"}
        assert asked(other, "SELECT count(*) FROM web.tracks") == [(0,)]
        assert load(other, "f1", track(1, total=1)).rows["order_completed"] == 1


class Dying:
    """A session that dies with a change: before it, or when it is done and nobody has heard so. Staging is none."""

    STAGING = frozenset({"the schema", "the stage", "a file", "staged rows"})

    def __init__(self, real: Session, step: int) -> None:
        self.real, self.left, self.is_done = real, step, bool(step % 2)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.real, name)

    def run(self, about: str, *given: Any) -> int:
        if about in self.STAGING and self.left > 0:
            return self.real.run(about, *given)
        self.left -= 1
        if self.left < 0 or (self.left == 0 and not self.is_done):
            raise OSError("died")
        done = self.real.run(about, *given)
        if self.left == 0:
            raise OSError("died")
        return done


def test_a_loader_that_dies_at_any_change_leaves_the_file_whole_or_not_there(twin: Twin) -> None:
    """Given files that each widen a column, die at a change later each time, and come again, all is there and once.

    An odd step is done before it is died at, an even one is not. `tracks` is left out.
    """
    target = replace(WEB, selection=Selection({"tracks"}))
    columns, deaths = [f"n{step}" for step in range(30)], 0
    whole: dict[str, Any] = dict.fromkeys(columns, 1)
    with connect(twin.settings, place=twin.place) as other:
        load(other, "f0", track(0, **whole), target=target)
        for step, column in enumerate(columns[1:], 1):
            part: dict[str, Any] = {column: 2.5}
            events = [track(2 * step, **part), track(0), track(2 * step + 1, **{column: "x"})]
            with connect(twin.settings, place=twin.place) as real:
                try:
                    dying = Snowflake(cast("Session", Dying(real._session, step)))
                    load(dying, f"f{step}", *events, target=target)
                except OSError:
                    deaths += 1
                else:
                    break
            load(other, f"f{step}", *events, target=target)
            rows = 1 + 2 * step
            query = f"SELECT count(*), count(DISTINCT id), sum({column}) FROM web.order_completed"  # noqa: S608
            assert asked(other, query) == [(rows, rows, 3.5)]
            query = "SELECT (SELECT count(*) FROM web._sluice_loads), count(*) FROM web._sluice_rejects"
            assert asked(other, query) == [(1 + step, step)]
    assert 10 < deaths < len(columns) - 1


def test_of_two_loaders_at_once_one_is_overtaken_and_nothing_is_there_twice(twin: Twin) -> None:
    """Given two that load the same files in other orders, each again until it is in, each event is there once."""
    files = {f"f{file}": [track(10 * file + at, f"E{at % 3}", n=at) for at in range(6)] for file in range(4)}
    orders, overtaken = [list(files), list(reversed(files))], []

    def work(order: list[str]) -> None:
        with connect(twin.settings, place=twin.place) as warehouse:
            waiting = [*order]
            while waiting:
                try:
                    load(warehouse, waiting[0], *files[waiting[0]])
                    waiting.pop(0)
                except (UnavailableError, StatementError) as error:
                    overtaken.append(error)
                    assert len(overtaken) < 100

    with ThreadPoolExecutor(2) as threads:
        list(threads.map(work, orders))
    with connect(twin.settings, place=twin.place) as warehouse:
        assert asked(warehouse, "SELECT count(*), count(DISTINCT id) FROM web.tracks") == [(24, 24)]
        assert asked(warehouse, "SELECT count(*) FROM web._sluice_loads") == [(4,)]
        assert asked(warehouse, "SELECT sum(n) FROM web.e1") == [(4 * (1 + 4),)]


def test_what_another_loader_has_open_is_waited_for_and_not_for_ever(twin: Twin, warehouse: Snowflake) -> None:
    load(warehouse, "f1", track(1))
    hurried = {**twin.place, "session_parameters": {"LOCK_TIMEOUT": 0.1}}
    with closing(Session(twin.settings, twin.place)) as other, connect(twin.settings, place=hurried) as late:
        other.run("", "BEGIN TRANSACTION")
        other.run("", 'UPDATE "WEB"."_SLUICE_TURN" SET TURN = TURN')
        with pytest.raises(UnavailableError, match="the turn: Snowflake says 000625"):
            load(late, "f2", track(2))
        other.run("", "COMMIT")
        assert load(late, "f2", track(2)).rows["tracks"] == 1


def test_a_column_that_another_loader_has_made_meanwhile_is_seen(twin: Twin, warehouse: Snowflake) -> None:
    """Given a loader that has died after it made a column of texts, one that takes it for numbers comes again."""
    load(warehouse, "f1", track(1))
    with pytest.raises((UnavailableError, StatementError)), warehouse.transaction():
        warehouse.loaded("web", ["f2"])
        batch = batch_of_events([track(2, total=5)], WEB, warehouse.dialect, warehouse.describe("web"))
        warehouse.change("web", batch)
        warehouse.put("web", batch)
        with closing(Session(twin.settings, twin.place)) as other:
            other.run("", 'ALTER TABLE "WEB"."ORDER_COMPLETED" ADD COLUMN "TOTAL" VARCHAR')
    load(warehouse, "f2", track(2, total=5))
    assert asked(warehouse, "SELECT total FROM web.order_completed ORDER BY id") == [(None,), ("5",)]


def test_two_that_set_up_a_schema_at_once_may_leave_a_row_each(warehouse: Snowflake) -> None:
    load(warehouse, "f1", track(1))
    warehouse.query("INSERT INTO web._sluice_turn (turn) SELECT 'nobody'")
    assert load(warehouse, "f2", track(2)).rows["tracks"] == 1
    assert asked(warehouse, "SELECT count(DISTINCT turn), count(*) FROM web._sluice_turn") == [(1, 2)]
    assert load(warehouse, "f3", track(3)).rows["tracks"] == 1


def test_a_turn_without_a_row_says_what_to_do(warehouse: Snowflake) -> None:
    load(warehouse, "f1", track(1))
    warehouse.query("DELETE FROM web._sluice_turn")
    with pytest.raises(StatementError, match="drop it, and it is made anew"):
        load(warehouse, "f2", track(2))


# --- Settings ---

GIVEN = {"account": "acme-prod", "user": "u", "role": "R", "warehouse": "W", "database": "D", "private_key": "k"}


@pytest.mark.parametrize(
    ("changed", "wrong"),
    [
        ({"account": "acme.snowflakecomputing.com"}, "`account` must be the identifier"),
        ({"account": "https://acme"}, "`account` must be the identifier"),
        ({"role": "a; DROP TABLE t"}, "`role` must be a name as in SQL"),
        ({"database": 'a"b'}, "`database` must be a name as in SQL"),
        ({"user": ""}, "`user` must be the name"),
        ({"password": "p"}, "either `private_key` or `password`"),
        ({"private_key": ""}, "either `private_key` or `password`"),
        ({"private_key": "", "password": "p", "passphrase": "x"}, "`passphrase` is for a `private_key`"),
        ({"dedupe_days": 0}, "`dedupe_days` must be 1 at least"),
        ({"bucket": "b"}, "Unexpected keyword argument"),
    ],
)
def test_settings_that_cannot_be_are_refused(changed: dict[str, Any], wrong: str) -> None:
    with pytest.raises(ValidationError, match=wrong):
        TypeAdapter(Settings).validate_python({**GIVEN, **changed})


def test_a_name_in_quotation_marks_may_be_small_and_the_key_is_not_shown() -> None:
    settings = TypeAdapter(Settings).validate_python({**GIVEN, "warehouse": '"small one"', "dedupe_days": 30})
    assert settings.warehouse == '"small one"'
    assert "private_key" not in repr(settings)


def test_the_workspace_of_the_docs_has_a_driver_of_its_own() -> None:
    (example,) = blocks("docs/warehouses.md", "yml")
    shipped = (ROOT / "layers/workspace/workspace.yaml").read_text()
    found = check(shipped + example, "workspace.yaml", catalogue)
    template = synchronise((ROOT / "template.yaml").read_text(), found, drivers())
    assert "- [snowflake]  # drivers of the workspace's warehouses" in template
    assert 'Driver: {NONE: "AWS::NoValue", main: "snowflakeDriver"}' in template
    assert "PRIVATE KEY" not in template
