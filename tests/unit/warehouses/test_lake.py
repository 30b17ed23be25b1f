"""A lake of Parquet with tables in Glue: what every warehouse does, as far as a lake can, and what is its own."""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ConnectTimeoutError
from pydantic import TypeAdapter, ValidationError

from catalogue.warehouses.lake import warehouse as module
from catalogue.warehouses.lake.settings import Settings
from catalogue.warehouses.lake.warehouse import Lake, connect
from sluice.aws.glue_tables import CatalogError
from sluice.warehouses.settings import Staging
from sluice.warehouses.warehouse import Target, UnavailableError, load_file
from tests.unit.warehouses import test_contract, test_faults
from tests.unit.warehouses.conftest import WEB, identify, track
from tests.unit.warehouses.lake_twin import BUCKET, Twin, account, refusal, view


@pytest.fixture
def twin(tmp_path: Path) -> Iterator[Twin]:
    with account(tmp_path) as twin:
        yield twin


@pytest.fixture
def warehouse(twin: Twin, monkeypatch: pytest.MonkeyPatch) -> Iterator[Lake]:
    """A lake that is asked by way of an Athena."""
    monkeypatch.setattr(Lake, "query", lambda _, text: twin.ask(text))
    with twin.lake() as lake:
        yield lake


def load(warehouse: Lake, file: str, *events: dict[str, Any], target: Target = WEB, **options: Any) -> Any:
    return load_file(warehouse, target, file, events, **options)


def asked(twin: Twin, query: str) -> list[tuple[Any, ...]]:
    return twin.ask(query)[1]


#: Cases of the contract that a lake cannot keep: events of two files, overflows of users, and SQL that changes rows.
_OTHERWISE = {
    "test_a_file_is_loaded_once_and_so_is_an_event_of_two_files",
    "test_traits_beyond_the_columns_are_merged_too_in_whatever_order_they_come",
    "test_an_overflow_that_somebody_wrote_by_hand_stops_nothing_and_stays",
    "test_a_table_that_somebody_dropped_is_made_again",
    "test_a_table_that_somebody_dropped_is_filled_again_when_its_files_are_repeated",
    "test_a_source_may_be_called_like_what_an_engine_keeps_for_itself",
    "test_what_is_loaded_is_shown_and_verified_by_another_reader_and_nothing_of_that_is_left",
}
CONTRACT = {name: case for name, case in vars(test_contract).items() if name.startswith("test_")}
globals().update({name: case for name, case in CONTRACT.items() if name not in _OTHERWISE})
test_a_load_that_breaks_leaves_nothing_behind = test_faults.test_a_load_that_breaks_leaves_nothing_behind


def test_a_file_of_several_transactions_dies_after_any_step(warehouse: Any) -> None:
    test_faults.test_a_file_of_very_many_tables_takes_several_transactions_and_dies_at_any_step(warehouse, is_done=True)


def test_what_a_lake_cannot_keep_of_the_contract_is_there() -> None:
    assert CONTRACT.keys() >= _OTHERWISE


# --- What is where ---

COLUMNS = [
    {"Name": "id", "Type": "string"}, {"Name": "user_id", "Type": "string"},
    {"Name": "received_at", "Type": "timestamp"}, {"Name": "timestamp", "Type": "timestamp"},
    {"Name": "context_ip", "Type": "string"}, {"Name": "event", "Type": "string"},
    {"Name": "event_text", "Type": "string"}, {"Name": "total", "Type": "double", "Comment": "integers so far"},
]  # fmt: skip
STORAGE = {
    "Columns": COLUMNS,
    "Location": "s3://archive/lake/l1/web/segment_type=order_completed/",
    "InputFormat": "org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat",
    "OutputFormat": "org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat",
    "SerdeInfo": {
        "SerializationLibrary": "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe",
        "Parameters": {"serialization.format": "1", "parquet.column.index.access": "false"},
    },
}


def test_a_table_and_its_partitions_are_to_the_letter(twin: Twin, warehouse: Lake) -> None:
    load(warehouse, "f1", track(1, total=3))
    assert twin.table("order_completed") == {
        "Name": "order_completed",
        "TableType": "EXTERNAL_TABLE",
        "Parameters": {"EXTERNAL": "TRUE", "classification": "parquet"},
        "PartitionKeys": [{"Name": "day", "Type": "string"}, {"Name": "hr", "Type": "string"}],
        "StorageDescriptor": STORAGE,
    }
    where = {"DatabaseName": "sluice_web", "TableName": "order_completed"}
    (partition,) = twin.glue.get_partitions(**where)["Partitions"]
    assert partition["Values"] == ["2026-01-15", "12"]
    assert partition["StorageDescriptor"] == {**STORAGE, "Location": f"{STORAGE['Location']}day=2026-01-15/hr=12/"}


def test_users_are_a_view_to_the_letter(twin: Twin, warehouse: Lake) -> None:
    load(warehouse, "f1", identify(1, "u1", "12:00", plan="pro", age=3))
    found = twin.table("users")
    assert (found["TableType"], found["ViewExpandedText"]) == ("VIRTUAL_VIEW", "/* Presto View */")
    assert found["Parameters"] == {"presto_view": "true", "comment": "Presto View"}
    assert [(each["Name"], each["Type"]) for each in found["StorageDescriptor"]["Columns"]] == [
        ("id", "string"), ("received_at", "timestamp"), ("plan", "string"), ("age", "double"),
    ]  # fmt: skip
    assert view(found) == {
        "originalSql": 'SELECT "id", max("received_at") AS "received_at",'
        ' max_by("plan", "received_at") FILTER (WHERE "plan" IS NOT NULL) AS "plan",'
        ' max_by("age", "received_at") FILTER (WHERE "age" IS NOT NULL) AS "age"'
        ' FROM "_sluice_users" GROUP BY "id"',
        "catalog": "awsdatacatalog",
        "schema": "sluice_web",
        "columns": [
            {"name": "id", "type": "varchar"}, {"name": "received_at", "type": "timestamp(3)"},
            {"name": "plan", "type": "varchar"}, {"name": "age", "type": "double"},
        ],
    }  # fmt: skip


def test_a_view_follows_its_columns_and_stays_as_it_is_otherwise(twin: Twin, warehouse: Lake) -> None:
    load(warehouse, "f1", identify(1, "u1", "12:00", plan="pro"))
    load(warehouse, "f2", identify(2, "u1", "12:01", email="a@x"))
    assert asked(twin, "SELECT plan, email FROM web.users") == [("pro", "a@x")]
    del twin.calls[:]
    load(warehouse, "f3", identify(3, "u1", "12:02", email="b@x"))
    assert not {"CreateTable", "UpdateTable"} & set(twin.names())


def test_objects_are_by_event_and_by_the_hour_of_receipt_under_the_name_of_their_file(
    twin: Twin, warehouse: Lake
) -> None:
    last, first = "2026-01-15T23:59:59.999999Z", "2026-01-16T01:00:00+01:00"
    load(warehouse, "f1", {**track(1), "receivedAt": last}, {**track(2), "receivedAt": first}, track(3))
    names = {key.rpartition("/")[2] for key in twin.objects()}
    assert len(names) == 1
    (name,) = names
    assert twin.objects() == [
        f"lake/l1/web/segment_type=_sluice_loads/{name}",
        *(
            f"lake/l1/web/segment_type={table}/{hour}/{name}"
            for table in ("order_completed", "tracks")
            for hour in ("day=2026-01-15/hr=12", "day=2026-01-15/hr=23", "day=2026-01-16/hr=00")
        ),
    ]
    assert asked(twin, "SELECT id, day, hr FROM web.tracks ORDER BY id") == [
        ("m1", "2026-01-15", "23"), ("m2", "2026-01-16", "00"), ("m3", "2026-01-15", "12"),
    ]  # fmt: skip


def test_a_row_without_a_moment_is_in_the_partition_of_hive_for_those(twin: Twin, warehouse: Lake) -> None:
    load(warehouse, "f1", {**track(1), "receivedAt": "never"}, track(2))
    load(warehouse, "f2", {**track(3, "Lost"), "receivedAt": "never"})
    none = "__HIVE_DEFAULT_PARTITION__"
    assert asked(twin, "SELECT id, day, hr FROM web.tracks ORDER BY id")[::2] == [
        ("m1", none, none),
        ("m3", none, none),
    ]
    assert asked(twin, "SELECT id, day FROM web.lost") == [("m3", none)]


def test_properties_that_are_called_like_partitions_have_other_names(twin: Twin, warehouse: Lake) -> None:
    load(warehouse, "f1", track(1, day="Monday", hr=3), track(2, "Day"))
    assert asked(twin, "SELECT _day, _hr, day FROM web.order_completed") == [("Monday", 3, "2026-01-15")]
    assert asked(twin, "SELECT count(*) FROM web._day") == [(1,)]


# --- Once ---


def test_a_file_is_there_once_and_an_event_of_two_files_twice(twin: Twin, warehouse: Lake) -> None:
    load(warehouse, "f1", track(1), track(2), track(2))
    assert load(warehouse, "f1", track(1), track(2)).rows == {}
    again = load(warehouse, "f1", track(1), track(2), is_repeated=True)
    assert again.rows["tracks"] == 2
    load(warehouse, "f2", track(2), track(3))
    assert asked(twin, "SELECT id FROM web.tracks ORDER BY id") == [("m1",), ("m2",), ("m2",), ("m3",)]
    assert asked(twin, "SELECT file, events, rejects FROM web._sluice_loads ORDER BY file") == [
        ("f1", 2, 0), ("f2", 2, 0),
    ]  # fmt: skip


def test_an_event_of_two_blocks_of_a_file_is_there_once(
    twin: Twin, warehouse: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Lake, "events_at_once", 2)
    events = [track(number % 3, late=str(number) if number > 2 else None) for number in range(5)]
    assert load(warehouse, "f1", *events, track(3, early=1)).rows["tracks"] == 4
    assert asked(twin, "SELECT id, early FROM web.order_completed ORDER BY id") == [
        ("m0", None), ("m1", None), ("m2", None), ("m3", 1.0),
    ]  # fmt: skip
    assert len([key for key in twin.objects() if "segment_type=tracks" in key]) == 1


EACH = """
SELECT (SELECT count(*) FROM web.identifies),
  (SELECT count(*) FROM web._sluice_rejects), (SELECT count(*) FROM web._sluice_loads), plan FROM web.users
"""


class Died(BaseException):
    """The end of a loader that has no time for anything more."""


def test_a_loader_that_dies_before_any_call_loses_nothing_and_repeats_nothing(twin: Twin) -> None:
    """Given a death at every call in turn, and a loader that begins again, a file is there whole and once."""
    events = [identify(1, "u1", "12:00", **{"plan": "free", "": "no name"})]
    for number in range(1, 60):
        target, count = Target(["W"], "web"), [0]

        def death(_: str, count: list[int] = count, number: int = number) -> None:
            count[0] += 1
            if count[0] == number:
                raise Died

        twin.before = death
        with suppress(Died), twin.lake() as lake:
            load(lake, "f2", *events, target=target)
        twin.before = lambda _: None
        with twin.lake() as lake:
            load(lake, "f2", *events, target=target)
        assert asked(twin, EACH) == [(1, 1, 1, "free")]
        if count[0] < number:
            break
        emptied(twin)
    assert number > 12


def emptied(twin: Twin) -> None:
    twin.glue.delete_database(Name="sluice_web")
    for key in twin.objects():
        twin.s3.delete_object(Bucket=BUCKET, Key=key)


def test_another_loader_before_any_call_changes_nothing_of_what_is_there_in_the_end(twin: Twin) -> None:
    """Given one that loads the same file, and one with a column of another type, between any two calls."""
    refused = 0
    for number in range(1, 60):
        count = [0]

        def other(_: str, count: list[int] = count, number: int = number) -> None:
            count[0] += 1
            if count[0] == number:
                twin.before = lambda _: None
                with twin.lake() as lake:
                    load(lake, "f2", call(2, age="x"))
                    load(lake, "f1", call(1, age=3))

        twin.before = other
        refused += not is_loaded(twin, "f1", call(1, age=3))
        twin.before = lambda _: None
        assert is_loaded(twin, "f1", call(1, age=3))
        assert is_loaded(twin, "f2", call(2, age="x"))
        assert asked(twin, "SELECT id FROM web.pages ORDER BY id") == [("m1",), ("m2",)]
        if count[0] < number:
            break
        emptied(twin)
    assert number > 8
    assert refused > 0


def test_a_column_that_another_loader_adds_meanwhile_stays(twin: Twin) -> None:
    first, second, third = (call(1, size=1), call(2, age="x"), call(3, age=5))
    assert is_loaded(twin, "f1", first)

    def other(name: str) -> None:
        if name == "UpdateTable":
            twin.before = lambda _: None
            assert is_loaded(twin, "f2", second)

    twin.before = other
    assert not is_loaded(twin, "f3", third)
    assert is_loaded(twin, "f3", third)
    assert asked(twin, "SELECT id, size, age FROM web.pages ORDER BY id") == [
        ("m1", 1.0, None), ("m2", None, "x"), ("m3", None, "5"),
    ]  # fmt: skip


def call(number: int, **properties: Any) -> dict[str, Any]:
    return {**track(number, **properties), "type": "page"}


def is_loaded(twin: Twin, file: str, event: dict[str, Any]) -> bool:
    """Load a file with a lake of its own; return whether it could. One that was too slow comes again."""
    try:
        with twin.lake() as lake:
            load(lake, file, event)
    except UnavailableError as error:
        assert not error.is_refused
        return False
    return True


def test_what_notes_a_file_comes_last_and_is_all_that_is_asked_for(twin: Twin, warehouse: Lake) -> None:
    load(warehouse, "f1", track(1, total="x"), track(2))
    name, sent = twin.calls[-1]
    assert (name, "segment_type=_sluice_loads/" in sent["Key"]) == ("PutObject", True)
    del twin.calls[:]
    assert warehouse.loaded("web", ["f1", "f2", "f3"]) == {"f1"}
    assert twin.names() == ["HeadObject"] * 3
    assert warehouse.loaded("elsewhere", ["f1"]) == set()


def test_a_second_file_of_an_hour_costs_a_call_for_each_object_and_four_more(twin: Twin, warehouse: Lake) -> None:
    load(warehouse, "f1", track(1))
    del twin.calls[:]
    load(warehouse, "f2", track(2))
    assert sorted(twin.names()) == ["GetTables", "HeadObject", "HeadObject", "PutObject", "PutObject", "PutObject"]


# --- Columns ---


def test_a_new_column_comes_last_and_older_rows_have_none(twin: Twin, warehouse: Lake) -> None:
    load(warehouse, "f1", track(1, total=3))
    load(warehouse, "f2", track(2, coupon="X"))
    assert asked(twin, "SELECT id, total, coupon FROM web.order_completed ORDER BY id") == [
        ("m1", 3.0, None), ("m2", None, "X"),
    ]  # fmt: skip
    columns = twin.table("order_completed")["StorageDescriptor"]["Columns"]
    assert columns == [*COLUMNS, {"Name": "coupon", "Type": "string"}]
    (sent,) = [sent for name, sent in twin.calls if name == "UpdateTable"]
    assert (sent["VersionId"], sent["SkipArchive"]) == ("1", True)


def test_what_somebody_says_of_a_table_stays_when_a_column_comes(twin: Twin, warehouse: Lake) -> None:
    load(warehouse, "f1", track(1))
    said = twin.table("order_completed") | {"Description": "Ours", "Parameters": {"owner": "shop"}}
    said["StorageDescriptor"]["Columns"][0]["Comment"] = "messageId"
    twin.glue.update_table(DatabaseName="sluice_web", TableInput=said)
    load(warehouse, "f2", track(2, total=3))
    found = twin.table("order_completed")
    assert (found["Description"], found["Parameters"]) == ("Ours", {"owner": "shop"})
    assert found["StorageDescriptor"]["Columns"][0] == {"Name": "id", "Type": "string", "Comment": "messageId"}


def test_ids_beyond_the_doubles_keep_all_digits_and_take_no_fraction(twin: Twin, warehouse: Lake) -> None:
    load(warehouse, "f1", track(1, key=2**53 + 1), track(2, key=-(2**63)), track(3, key=7))
    load(warehouse, "f2", track(4, key=0.5), track(5, key=8), track(6, key=2**53 + 1))
    assert asked(twin, "SELECT key FROM web.order_completed ORDER BY id") == [
        (2**53 + 1,), (-(2**63),), (7,), (None,), (8,), (None,),
    ]  # fmt: skip
    assert asked(twin, "SELECT row_id, column_name, reason FROM web._sluice_rejects ORDER BY 1") == [
        ("m4", "key", "type"), ("m6", "key", "range"),
    ]  # fmt: skip
    load(warehouse, "f3", track(7, key=2**53 + 3))
    assert asked(twin, "SELECT key FROM web.order_completed WHERE id = 'm7'") == [(2**53 + 3,)]


def test_an_integer_that_no_double_is_is_rejected_with_all_digits_where_doubles_are(
    twin: Twin, warehouse: Lake
) -> None:
    load(warehouse, "f1", track(1, total=2**53))
    load(warehouse, "f2", track(2, total=2**53 + 1), track(3, total=-(2**53)))
    assert asked(twin, "SELECT total FROM web.order_completed ORDER BY id") == [(2.0**53,), (None,), (-(2.0**53),)]
    assert asked(twin, "SELECT row_id, value, reason FROM web._sluice_rejects") == [("m2", str(2**53 + 1), "range")]


def test_a_column_of_a_type_that_is_not_ours_takes_nothing_and_stops_nothing(twin: Twin, warehouse: Lake) -> None:
    load(warehouse, "f1", track(1, total=3))
    said = twin.table("order_completed")
    said["StorageDescriptor"]["Columns"].append({"Name": "by_hand", "Type": "decimal(10,2)"})
    twin.glue.update_table(DatabaseName="sluice_web", TableInput=said)
    found = load(warehouse, "f2", track(2, by_hand=5))
    assert (found.rows["order_completed"], warehouse.describe("web")["order_completed"]["by_hand"]) == (1, "varchar")
    (key,) = [key for key in twin.objects() if "_sluice_rejects" in key]
    assert key.endswith(".parquet")


# --- Users, rejects ---


def test_what_was_said_last_of_a_user_counts_in_whatever_order_files_come(twin: Twin, warehouse: Lake) -> None:
    """Given a file whose latest row has an older plan than another file: each trait has a moment of its own."""
    load(warehouse, "f1", identify(1, "u1", "12:00", plan="free", age=3), identify(3, "u1", "14:00", email="a@x"))
    load(warehouse, "f0", identify(2, "u1", "13:00", plan="pro", age=3.5))
    assert asked(twin, "SELECT plan, email, age, received_at::VARCHAR FROM web.users") == [
        ("pro", "a@x", 3.5, "2026-01-15 14:00:00")
    ]
    load(warehouse, "f4", identify(4, "u2", "12:00", plan="a", x=1), identify(5, "u2", "12:00", plan="b"))
    assert asked(twin, "SELECT plan, x FROM web.users WHERE id = 'u2'") == [("b", 1.0)]
    assert asked(twin, "SELECT count(*) FROM web._sluice_users") == [(4,)]


def test_rejects_of_a_file_that_is_noted_anew_are_those_of_now(twin: Twin, warehouse: Lake) -> None:
    load(warehouse, "f1", track(1, total=3))
    load(warehouse, "f2", track(2, total="three"))
    assert asked(twin, "SELECT file, value FROM web._sluice_rejects") == [("f2", "three")]
    load(warehouse, "f2", track(2, total=3), is_repeated=True)
    assert asked(twin, "SELECT * FROM web._sluice_rejects") == []
    assert asked(twin, "SELECT file, rejects FROM web._sluice_loads ORDER BY 1") == [("f1", 0), ("f2", 0)]


def test_a_table_that_somebody_dropped_is_made_again_and_filled_when_its_files_are_repeated(
    twin: Twin, warehouse: Lake
) -> None:
    load(warehouse, "f1", track(1), track(2))
    twin.glue.delete_table(DatabaseName="sluice_web", Name="order_completed")
    twin.s3.delete_object(Bucket=BUCKET, Key=next(key for key in twin.objects() if "order_completed" in key))
    assert load(warehouse, "f1", track(1), track(2), is_repeated=True).rows["order_completed"] == 2
    assert asked(twin, "SELECT count(*) FROM web.order_completed") == [(2,)]


# --- Errors ---


@pytest.mark.parametrize("name", ["tracks", "users"])
def test_a_table_of_somebody_else_is_not_touched(twin: Twin, warehouse: Lake, name: str) -> None:
    twin.glue.create_database(DatabaseInput={"Name": "sluice_web"})
    theirs = {"Name": name, "StorageDescriptor": {"Columns": [], "Location": "s3://theirs/here/"}}
    twin.glue.create_table(DatabaseName="sluice_web", TableInput=theirs)
    assert warehouse.describe("web") == {}
    with pytest.raises(UnavailableError, match=f"sluice_web.{name} is .*somebody else's") as told:
        load(warehouse, "f1", track(1), identify(1, "u1", "12:00"))
    assert told.value.is_refused
    assert twin.objects() == []
    assert twin.table(name)["StorageDescriptor"] == theirs["StorageDescriptor"]


@pytest.mark.parametrize(
    ("error", "kind", "is_refused", "said"),
    [
        (refusal("AccessDeniedException", "CreateTable", message='no glue:CreateTable on "secret"'), UnavailableError,
         True, "Glue answers AccessDeniedException to CreateTable: no glue:CreateTable on"),
        (refusal("ThrottlingException", "CreateTable"), UnavailableError, False, "ThrottlingException"),
        (refusal("InternalServiceException", "CreateTable", 500), UnavailableError, False, "InternalServiceException"),
        (refusal("AlreadyExistsException", "CreateTable"), UnavailableError, False, "AlreadyExistsException"),
        (ConnectTimeoutError(endpoint_url="https://glue"), UnavailableError, False, "Glue cannot be reached"),
        (refusal("InvalidInputException", "CreateTable", message="secret"), CatalogError, None,
         "Glue answers InvalidInputException to CreateTable"),
    ],
)  # fmt: skip
def test_what_glue_answers_says_whether_to_come_back(
    twin: Twin, warehouse: Lake, error: Exception, kind: type[Exception], is_refused: bool | None, said: str
) -> None:
    def refused(name: str) -> None:
        if name == "CreateTable":
            raise error

    twin.before = refused
    with pytest.raises(kind, match=said) as told:
        load(warehouse, "f1", track(1, total="secret"))
    assert getattr(told.value, "is_refused", None) is is_refused
    assert "secret" not in str(told.value)


@pytest.mark.parametrize(
    ("call", "code", "status"),
    [("HeadObject", "403", 403), ("PutObject", "AccessDenied", 403), ("PutObject", "NoSuchBucket", 404)],
)
def test_a_bucket_that_does_not_let_us_in_refuses(
    twin: Twin, warehouse: Lake, call: str, code: str, status: int
) -> None:
    def refused(name: str) -> None:
        if name == call:
            raise refusal(code, call, status)

    twin.before = refused
    with pytest.raises(UnavailableError, match=f"S3 answers {code} to {call}") as told:
        load(warehouse, "f1", track(1))
    assert told.value.is_refused


def test_a_partition_that_glue_does_not_take_fails_the_file(twin: Twin, warehouse: Lake) -> None:
    load(warehouse, "f1", track(1))
    twin.after = lambda name: (
        twin.glue.delete_table(DatabaseName="sluice_web", Name="tracks") if name == "GetTables" else None
    )
    with pytest.raises(CatalogError, match="EntityNotFoundException to BatchCreatePartition"):
        load(warehouse, "f2", {**track(2), "receivedAt": "2026-01-15T13:00:00Z"})
    twin.after = lambda _: None
    assert warehouse.loaded("web", ["f2"]) == set()


def test_a_lake_takes_no_questions(twin: Twin) -> None:
    with twin.lake() as lake, pytest.raises(UnavailableError, match="Athena"):
        lake.query("SELECT 1")


def test_what_is_put_belongs_to_a_file(warehouse: Lake) -> None:
    with pytest.raises(RuntimeError, match="belongs to a file"):
        warehouse.note("web", "f1", 0, [])


# --- Settings ---


@pytest.mark.parametrize(
    ("said", "place"),
    [
        ({}, ("archive", "s3://archive/lake/l1/web/")),
        ({"prefix": "parquet/"}, ("archive", "s3://archive/parquet/web/")),
        ({"bucket": "mine", "prefix": "lake/"}, ("mine", "s3://mine/lake/web/")),
        ({"bucket": "mine"}, ("mine", "s3://mine/web/")),
    ],
)
def test_a_lake_is_where_its_settings_say_or_beside_what_is_staged(
    twin: Twin, monkeypatch: pytest.MonkeyPatch, said: dict[str, str], place: tuple[str, str]
) -> None:
    monkeypatch.setattr(module, "glue", lambda: twin.glue)
    monkeypatch.setattr(module, "s3", lambda: twin.s3)
    lake = connect(Settings(**said), Staging("archive", "staged/l1/"))
    assert (lake._layout.place.bucket, lake._layout.base("web")) == place
    assert lake._layout.database("web") == "sluice_web"


def test_a_lake_without_a_place_is_refused() -> None:
    with pytest.raises(ValueError, match="place"):
        connect(Settings())


@pytest.mark.parametrize(
    "said",
    [
        {"database": "Mine"}, {"database": ""}, {"database": "a-b"}, {"prefix": "no-slash"}, {"bucket": "Not A Bucket"},
        {"prefix": "events/"}, {"bucket": "mine", "prefix": "staged/lake/"}, {"region": "eu"},
    ],
)  # fmt: skip
def test_settings_that_name_no_place_are_refused(said: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(Settings).validate_python(said)
