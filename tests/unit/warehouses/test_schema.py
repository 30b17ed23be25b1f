"""Segment's schema: names, rows and column types, by the examples of its documentation."""

from importlib import import_module
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalogue import types as catalogue
from catalogue.warehouses.duckdb.dialect import DIALECT
from sluice.warehouses.batches import MAX_COLUMNS, MAX_VALUES, OVERFLOW, Reject, batch_of
from sluice.warehouses.names import Dialect, identifier, snake_case
from sluice.warehouses.rows import Places, Row, is_wanted, rows_of

PLAIN = Dialect(longest=63)
RECEIVED = "2026-01-15T12:00:00.000Z"


@pytest.mark.parametrize(
    ("name", "snake"),
    [
        ("Order Completed", "order_completed"), ("accountType", "account_type"), ("userID", "user_id"),
        ("HTTPServer", "httpserver"), ("iOSVersion", "i_osversion"), ("eCommerce", "e_commerce"),
        ("samPLE text", "sam_ple_text"), ("CStringRef", "cstring_ref"), ("2FA Enabled", "2fa_enabled"),
        ("Enabled 2FA", "enabled_2fa"), ("FOO:BAR$BAZ", "foo_bar_baz"), ("something.com", "something_com"),
        ("___$$Base64Encode", "base64_encode"), ("sample___text", "sample_text"), ("mp3Player", "mp3_player"),
        ("p_z9Rg", "p_z9_rg"), ("101 Account Update", "101_account_update"), ("Café Opened", "caf_opened"),
        ("_private", "private"), ("注册", ""), ("5TEst", "5test"), ("edf_6N", "edf_6n"), ("", ""), ("___", ""),
        ("already_snake", "already_snake"), ("a_", "a"), ("A", "a"), ("user-id", "user_id"), ("a__b", "a_b"),
    ],
)  # fmt: skip
def test_a_name_in_snake_case_is_segments(name: str, snake: str) -> None:
    assert snake_case(name) == snake


@given(st.text(max_size=40))
def test_a_name_in_snake_case_stays_as_it_is(name: str) -> None:
    once = snake_case(name)
    assert snake_case(once) == once
    assert not set(once) - set("abcdefghijklmnopqrstuvwxyz0123456789_")


def test_names_that_an_engine_reserves_or_cannot_begin_with_a_digit_are_set_apart() -> None:
    assert identifier("order", DIALECT) == "_order"
    assert identifier("101_account_update", DIALECT) == "_101_account_update"
    assert identifier("101_account_update", PLAIN) == "101_account_update"


def test_two_long_names_that_begin_alike_stay_two() -> None:
    one, other = (identifier("a" * 70 + end, PLAIN) for end in "xy")
    assert one != other
    assert len(one) == len(other) == 63
    assert identifier("a" * 63, PLAIN) == "a" * 63


def event(**fields: Any) -> dict[str, Any]:
    common = {"messageId": "m1", "anonymousId": "a1", "userId": "u1", "receivedAt": RECEIVED, "timestamp": RECEIVED}
    return {**common, "context": {"app": {"version": "1.0.0"}}, "integrations": {}, "channel": "server", **fields}


def tables(found: list[Row]) -> dict[str, dict[str, Any]]:
    return {row.table: row.values for row in found}


def test_a_track_is_a_row_of_tracks_without_its_properties_and_one_of_its_own_table_with_them() -> None:
    """W1"""
    found = tables(
        rows_of(
            event(type="track", event="Register", properties={"plan": "Pro Annual", "accountType": "Facebook"}), PLAIN
        )
    )
    assert set(found) == {"tracks", "register"}
    assert (found["tracks"]["event"], found["tracks"]["event_text"]) == ("register", "Register")
    assert "plan" not in found["tracks"]
    assert (found["register"]["plan"], found["register"]["account_type"]) == ("Pro Annual", "Facebook")
    assert found["register"]["context_app_version"] == "1.0.0"
    assert not {"channel", "integrations", "type", "version"} & set(found["register"])


def test_objects_are_joined_names_and_lists_are_json() -> None:
    """W2"""
    properties = {"product_id": {"sku": "G-32"}, "products": [{"sku": 1}], "tags": ["507f1", "505bd"], "none": None}
    found = tables(rows_of(event(type="track", event="Viewed", properties=properties), PLAIN))["viewed"]
    assert (found["product_id_sku"], found["products"]) == ("G-32", '[{"sku":1}]')
    assert found["tags"] == '["507f1","505bd"]'
    assert "none" not in found


def test_a_property_never_takes_a_standard_column() -> None:
    """W4: and it is told."""
    taken = {"user_id": "other", "event": "Other", "timestamp": "1999-01-01", "receivedAt": "1999-01-01"}
    (_, row) = rows_of(event(type="track", event="E", properties=taken), PLAIN)
    assert (row.values["user_id"], row.values["received_at"], row.values["event_text"]) == ("u1", RECEIVED, "E")
    assert {name for name, _ in row.misnamed} == {"user_id", "event", "timestamp", "received_at"}


def test_an_identify_is_a_row_and_a_user() -> None:
    """W7: a user has neither an anonymous id nor a context."""
    found = tables(rows_of(event(type="identify", traits={"email": "a@x", "address": {"street": "6th"}}), PLAIN))
    assert found["users"] == {"id": "u1", "received_at": RECEIVED, "email": "a@x", "address_street": "6th"}
    assert found["identifies"]["address_street"] == "6th"


@pytest.mark.parametrize(
    ("call", "table", "columns"),
    [
        ({"type": "page", "name": "Home", "category": "A", "properties": {"url": "/"}}, "pages", {"category", "url"}),
        ({"type": "screen", "name": "Home", "properties": {}}, "screens", {"name"}),
        ({"type": "group", "groupId": "g1", "traits": {"plan": "pro"}}, "groups", {"group_id", "plan"}),
        ({"type": "alias", "previousId": "p1"}, "aliases", {"previous_id"}),
    ],
)  # fmt: skip
def test_every_call_has_its_table(call: dict[str, Any], table: str, columns: set[str]) -> None:
    found = tables(rows_of(event(**call), PLAIN))
    assert columns <= set(found[table])
    assert ("accounts" in found) == (table == "groups")


def test_an_event_that_is_called_like_a_table_of_segments_has_one_of_another_name() -> None:
    assert set(tables(rows_of(event(type="track", event="Users"), PLAIN))) == {"tracks", "_users"}


def test_an_event_whose_name_says_nothing_in_ascii_is_in_tracks_and_told() -> None:
    (row,) = rows_of(event(type="track", event="注册", properties={"a": 1}), PLAIN)
    assert row.misnamed == [("event", "注册")]
    assert row.values["event_text"] == "注册"


@pytest.mark.parametrize(
    ("integrations", "is_in"),
    [
        ({}, True), ({"All": False}, True), ({"All": True, "Warehouses": {"all": False}}, False),
        ({"All": False, "Warehouses": {"all": True}}, True),
        ({"All": False, "Warehouses": {"warehouseIds": ["A"]}}, True),
        ({"All": False, "Warehouses": {"warehouseIds": ["B"]}}, False), ({"Warehouses": False}, False),
    ],
)  # fmt: skip
def test_integrations_speak_of_warehouses_in_their_own_way(integrations: dict[str, Any], is_in: bool) -> None:
    """W10"""
    assert is_wanted(event(type="track", integrations=integrations), ["A"]) is is_in


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (True, "boolean"), (3, "integer"), (3.5, "float"), (2**63, "float"), ("a", "varchar"), ("3", "varchar"),
        ("2026-01-15", "timestamp"), (RECEIVED, "timestamp"), ("2026-01-15T12:00:00+02:00", "timestamp"),
        ("2026-02-30", "varchar"), ("10013-01-01T00:00:00Z", "varchar"), ("20260115", "varchar"),
    ],
)  # fmt: skip
def test_a_value_has_one_of_five_types(value: Any, kind: str) -> None:
    assert batch_of([row(c=value)], {}).added["t"]["c"] == kind


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ([1, 2.5], "float"), ([True, 1], "varchar"), (["2026-01-15", "soon"], "varchar"), ([True, False], "boolean"),
        (["2026-01-15", RECEIVED], "timestamp"), ([1, "1"], "varchar"), ([1, 2**70], "float"), ([1.5, "a"], "varchar"),
    ],
)  # fmt: skip
def test_numbers_have_a_type_in_common_and_all_else_is_text(values: list[Any], kind: str) -> None:
    assert batch_of([row(c=value) for value in values], {}).added["t"]["c"] == kind


def row(**values: Any) -> Row:
    return Row("t", {"id": "m1", "received_at": RECEIVED, **values})


def test_an_integer_column_becomes_one_of_floats_for_a_fraction() -> None:
    """W5: Segment cuts the fraction, and so do we if asked to."""
    known = {"t": {"id": "varchar", "received_at": "timestamp", "n": "integer"}}
    wide = batch_of([row(n=3.5)], known)  # type: ignore[arg-type]
    assert wide.widened == {"t": ["n"]}
    assert wide.tables["t"].rows[0]["n"] == 3.5
    cut = batch_of([row(n=3.5)], known, widens=False)  # type: ignore[arg-type]
    assert (cut.widened, cut.tables["t"].rows[0]["n"], cut.rejects) == ({}, 3, [])


@pytest.mark.parametrize(
    ("kind", "value", "reason"),
    [
        ("integer", "many", "type"), ("integer", True, "type"), ("integer", 2.0**70, "range"), ("float", "1", "type"),
        ("boolean", "true", "type"), ("boolean", 1, "type"), ("timestamp", "yesterday", "type"),
        ("float", 2**53 + 1, "range"),
        ("timestamp", "2026-02-30", "range"), ("timestamp", 1700000000, "type"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_told_and_nothing_is_null_in_silence(kind: Any, value: Any, reason: Any) -> None:
    known = {"t": {"id": "varchar", "received_at": "timestamp", "c": kind}}
    batch = batch_of([row(c=value)], known)
    if batch.widened:  # an integer that is too large is a float
        assert (kind, batch.tables["t"].rows[0]["c"]) == ("integer", value)
        return
    assert "c" not in batch.tables["t"].rows[0]
    (reject,) = batch.rejects
    assert (reject.table, reject.row, reject.column, reject.reason) == ("t", "m1", "c", reason)


def test_any_value_fits_into_a_text_and_null_characters_are_left_out() -> None:
    known = {"t": {"id": "varchar", "received_at": "timestamp", "c": "varchar"}}
    batch = batch_of([row(c=value) for value in ("a\0b", 1, 1.5, True)], known)  # type: ignore[arg-type]
    assert [each["c"] for each in batch.tables["t"].rows] == ["ab", "1", "1.5", "true"]


def test_a_column_has_the_type_that_all_its_first_values_have_in_common() -> None:
    batch = batch_of([row(a=1, b=1, c="2026-01-15"), row(a=2.5, b="x", c="2026-01-16")], {})
    assert {name: batch.added["t"][name] for name in "abc"} == {"a": "float", "b": "varchar", "c": "timestamp"}


def test_columns_beyond_the_most_share_one_and_no_value_is_lost() -> None:
    """1,700 properties: pain 4."""
    every = range(0, 1700, 100)
    batch = batch_of([row(**{f"p{number}": number for number in range(at, at + 100)}) for at in every], {})
    assert len(batch.added["t"]) == MAX_COLUMNS
    values = batch.tables["t"].rows
    assert '"p1699":1699' in values[-1][OVERFLOW]
    in_columns = sum(len(each) - 2 - (OVERFLOW in each) for each in values)
    assert in_columns + sum(len(orjson.loads(each.get(OVERFLOW, "{}"))) for each in values) == 1700


def test_values_beyond_the_most_of_a_row_share_one_column_and_none_is_lost() -> None:
    batch = batch_of([row(**{f"p{number}": number for number in range(700)}), row(p699=1)], {})
    wide, narrow = batch.tables["t"].rows
    assert len(wide) == MAX_VALUES
    assert len(wide) - 1 + len(orjson.loads(wide[OVERFLOW])) == 702
    assert narrow["p699"] == 1


def test_events_beyond_the_most_tables_are_in_tracks_with_their_properties() -> None:
    """Given names of events with ids in them, the warehouse does not fill up with tables of one row."""
    events = [
        event(type="track", messageId=f"m{at}", event=f"Viewed {at}", properties={"price": at, "": "x"})
        for at in range(20)
    ]
    rows = [each for one in events for each in rows_of(one, PLAIN)]
    batch = batch_of(rows, {"viewed_0": {"id": "varchar"}}, max_tables=12)
    assert sorted(batch.tables) == ["tracks", "viewed_0", "viewed_1", "viewed_2", "viewed_3"]
    last = batch.tables["tracks"].rows[-1]
    assert (last["event_text"], last[OVERFLOW]) == ("Viewed 19", '{"price":19}')
    assert OVERFLOW not in batch.tables["tracks"].rows[3]
    rejected = [each.row for each in batch.rejects]
    assert sorted(set(rejected)) == sorted(f"m{at}" for at in range(20))
    assert len(rejected) == 20


def test_what_overflows_twice_is_all_there() -> None:
    wide = event(type="track", event="New", properties={"price": 1}, context={f"c{at}": at for at in range(500)})
    (tracks,) = batch_of(rows_of(wide, PLAIN), {}, max_tables=8).tables["tracks"].rows
    assert len(tracks) == MAX_VALUES
    assert {"price", "context_c499"} <= orjson.loads(tracks[OVERFLOW]).keys()


def test_a_table_of_users_has_no_more_columns_than_a_row_can_have_values() -> None:
    users = [Row("users", {"id": f"u{at}", "received_at": RECEIVED, f"t{at}": at}, is_merged=True) for at in range(500)]
    assert len(batch_of(users, {}).added["users"]) == MAX_VALUES


def test_two_spellings_of_one_property_are_one_column_and_the_second_is_told() -> None:
    (_, row) = rows_of(event(type="track", event="E", properties={"Plan": 1, "plan": 2, "": 3}), PLAIN)
    assert row.values["plan"] == 1
    batch = batch_of([row], {})
    assert [(each.column, each.value, each.reason) for each in batch.rejects] == [
        ("plan", "2", "name"),
        ("", "3", "name"),
    ]
    assert batch.rejects[0] == Reject("e", "m1", "plan", "2", "name")


@pytest.mark.parametrize("kind", list(catalogue.warehouse_types()))
def test_no_engine_has_the_names_that_tell_objects_from_events_for_anything_else(kind: str) -> None:
    """Else a property, or an event, could get `_` before its name, and have the name that is ours."""
    dialect = import_module(f"catalogue.warehouses.{kind}.dialect").DIALECT
    assert not {"collection", "objects", "overflow"} & dialect.reserved


def test_an_event_and_a_collection_keep_their_tables_when_others_come() -> None:
    found = {"plans": {"id", "_collection"}, "seats": {"id", "event"}, "seats__objects": {"id"}}
    places = Places(found, PLAIN)
    assert [places.table(name, is_object=True) for name in ("plans", "seats", "users", "new")] == [
        "plans", "seats__objects__objects", "users", "new",
    ]  # fmt: skip
    assert [places.table(name, is_object=False) for name in ("plans", "seats", "tracks", "new")] == [
        "plans__events", "seats", "tracks", "new__events",
    ]  # fmt: skip
    assert places.table("new", is_object=True) == "new"
