"""What every warehouse does with events, whatever its engine: each once, all of a file or nothing, and nothing lost."""

import io
import json
import os
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import permutations
from typing import Any

import pytest
from rich.console import Console

from cli.warehouse.status import check_rights, show_tables
from cli.warehouse.verification import Verdict, verified
from sluice.archive.reader import Archive, Item
from sluice.warehouses.selection import selection
from sluice.warehouses.warehouse import Target, load_file, schema_of
from tests.unit.warehouses.conftest import WEB, Engine, asked, identify, load, track
from tests.unit.warehouses.loader_twins import BucketTwin


def test_events_are_tables_of_segments_schema(warehouse: Engine) -> None:
    found = load(warehouse, "f1", track(1, total=42.5, currency="EUR"), identify(1, "u1", "12:00", email="a@x"))
    assert found.rows == {"tracks": 1, "order_completed": 1, "identifies": 1, "users": 1}
    (row,) = asked(warehouse, "SELECT event_text, user_id, total, currency, context_ip FROM web.order_completed")
    assert row == ("Order Completed", "u1", 42.5, "EUR", "1.2.3.4")
    ((moment,),) = asked(warehouse, "SELECT received_at FROM web.tracks")
    assert moment.replace(tzinfo=UTC) == datetime(2026, 1, 15, 12, tzinfo=UTC)


def test_a_file_is_loaded_once_and_so_is_an_event_of_two_files(warehouse: Engine) -> None:
    """W8"""
    load(warehouse, "f1", track(1), track(2), track(2))
    again = load(warehouse, "f1", track(1), track(2))
    other = load(warehouse, "f2", track(2), track(3))
    assert (again.rows, other.rows["tracks"]) == ({}, 1)
    assert asked(warehouse, "SELECT count(*), count(DISTINCT id) FROM web.tracks") == [(3, 3)]
    assert asked(warehouse, "SELECT file FROM web._sluice_loads ORDER BY file") == [("f1",), ("f2",)]


def test_a_user_is_one_row_with_the_latest_of_each_trait_in_whatever_order_files_come(warehouse: Engine) -> None:
    """W7"""
    load(warehouse, "new", identify(2, "u1", "14:00", plan="pro"))
    load(warehouse, "old", identify(1, "u1", "13:00", plan="free", email="a@x"))
    load(warehouse, "newest", identify(3, "u1", "15:00", email="b@x"), identify(4, "u2", "15:00", email="c@x"))
    assert asked(warehouse, "SELECT id, email, plan FROM web.users ORDER BY id") == [
        ("u1", "b@x", "pro"),
        ("u2", "c@x", None),
    ]
    assert asked(warehouse, "SELECT count(*) FROM web.identifies") == [(4,)]
    assert "anonymous_id" not in warehouse.describe("web")["users"]


def test_columns_come_when_a_value_comes_and_integers_widen_in_place(warehouse: Engine) -> None:
    """W5, W9"""
    load(warehouse, "f1", track(1, total=3, note=None))
    assert "note" not in warehouse.describe("web")["order_completed"]
    load(warehouse, "f2", track(2, total=3.5, note="late"))
    assert warehouse.describe("web")["order_completed"]["total"] == "float"
    assert asked(warehouse, "SELECT total, note FROM web.order_completed ORDER BY id") == [(3.0, None), (3.5, "late")]


def test_segments_own_way_cuts_a_fraction(warehouse: Engine) -> None:
    load(warehouse, "f1", track(1, total=3))
    load(warehouse, "f2", track(2, total=3.5), target=Target(["W"], "web", widens=False))
    assert asked(warehouse, "SELECT total FROM web.order_completed ORDER BY id") == [(3,), (3,)]


def test_what_does_not_fit_is_a_reject_with_its_reason_beside_the_row(warehouse: Engine) -> None:
    load(warehouse, "f1", track(1, total=3))
    found = load(warehouse, "f2", track(2, total="three"))
    assert (found.rows["order_completed"], found.rejects) == (1, 1)
    assert asked(warehouse, "SELECT id, total FROM web.order_completed ORDER BY id") == [("m1", 3), ("m2", None)]
    assert asked(warehouse, "SELECT * FROM web._sluice_rejects") == [
        ("order_completed", "m2", "total", "three", "type", "f2")
    ]


TEXTS = [
    "", " ", "~", "~~", "\\N", "\\", "\\n", "a\\,b", '"', '""', 'say "hi"', "it's", "`", "a,b", "a|b", "a\nb", "a\r\nb",
    "\r", "\t", " both ends ", "NULL", "null", "{}", "名前 🚀 e\u0301", "\ufffe\ufdd0", "\u2028", "x\0y", "\x1a\x7f",
    ";--", ";\n--", ":name %s", "@name $name %s", "--sluice", "1", "true",
]  # fmt: skip


def test_every_text_is_there_as_it_was_and_what_is_absent_is_null(warehouse: Engine) -> None:
    """Given texts that mean something to CSV, to COPY or to SQL, and a mark of no value, each comes back."""
    events = [track(at, text=text, also="") for at, text in enumerate(TEXTS)]
    load(warehouse, "f1", *events, track(len(TEXTS), n=1))
    found = asked(warehouse, "SELECT text, also FROM web.order_completed ORDER BY CAST(substring(id, 2) AS INTEGER)")
    assert found == [(text.replace("\0", ""), "") for text in TEXTS] + [(None, None)]


@pytest.mark.parametrize(
    "properties",
    [
        {"select": 1, "order": 2, "Group": 3}, {"a": "x\0y"}, {"n" * 200: 1},
        {'quote"d': 1, "it's": 2, "semi;colon": 3}, {f"p{number}": 1 for number in range(1700)},
        {"big": 2**63}, {"moment": "10013-01-01T00:00:00Z"}, {"deep": {"er": {"still": [1, {"a": None}]}}}, {"": 1},
        {"text": "'; DROP TABLE web.tracks; --"}, {"emoji": "🚀", "名前": "日本"},
        {"empty": "", "blank": " "}, {"float": 1e300}, {"negative": -(2**63)}, {"bool": True},
    ],
)  # fmt: skip
def test_whatever_people_send_ends_in_rows(warehouse: Engine, properties: dict[str, Any]) -> None:
    found = load(warehouse, "f1", track(1, **properties))
    assert found.rows == {"tracks": 1, "order_completed": 1}
    assert asked(warehouse, "SELECT count(*) FROM web.tracks") == [(1,)]
    assert load(warehouse, "f2", track(2, **properties)).rows["order_completed"] == 1


def test_a_row_of_very_many_long_texts_and_numbers_ends_in_a_row(warehouse: Engine) -> None:
    """Postgres has 8 KB for what a row has in place, and keeps 18 bytes there of each long text."""
    texts: dict[str, Any] = {f"t{at:04}": os.urandom(1500).hex() for at in range(1200)}
    mixed = {name: at if at % 2 else text for at, (name, text) in enumerate(texts.items())}
    assert load(warehouse, "f1", track(1, "Mixed", **mixed)).rows["mixed"] == 1
    assert load(warehouse, "f2", track(2, "Texts", **texts)).rows["texts"] == 1
    for part in range(4):
        found = load(
            warehouse,
            f"f{part + 3}",
            identify(part, "u1", f"12:0{part}", **{f"{name}_{part}": each for name, each in list(texts.items())[:300]}),
        )
        assert found.rows["identifies"] == 1
    assert asked(warehouse, "SELECT count(*), count(t0000_0), count(_overflow) FROM web.users") == [(1, 1, 1)]


@pytest.mark.parametrize("order", list(permutations(range(3))))
@pytest.mark.parametrize("is_one_file", [True, False])
def test_traits_beyond_the_columns_are_merged_too_in_whatever_order_they_come(
    warehouse: Engine, order: tuple[int, ...], *, is_one_file: bool
) -> None:
    load(warehouse, "wide", identify(0, "other", "11:00", **{f"p{number}": 1 for number in range(500)}))
    said = [
        identify(1, "u1", "12:01", first=1, plan="free"),
        identify(2, "u1", "12:02", second=2),
        identify(3, "u1", "12:03", first=3, plan="pro"),
    ]
    files = [[said[at] for at in order]] if is_one_file else [[said[at]] for at in order]
    for number, events in enumerate(files):
        load(warehouse, f"f{number}", *events)
    ((overflow,),) = asked(warehouse, "SELECT _overflow FROM web.users WHERE id = 'u1'")
    assert json.loads(overflow) == {"first": 3, "second": 2, "plan": "pro"}


@pytest.mark.parametrize(
    ("by_hand", "kept"), [("no json", {"": "no json"}), ("[1]", {"": [1]}), ('{"a": 1}', {"a": 1}), ("{", {"": "{"})]
)
def test_an_overflow_that_somebody_wrote_by_hand_stops_nothing_and_stays(
    warehouse: Engine, by_hand: str, kept: dict[str, Any]
) -> None:
    load(warehouse, "f1", identify(0, "u1", "11:00", **{f"p{number}": 1 for number in range(500)}))
    warehouse.query(f"UPDATE web.users SET _overflow = '{by_hand}'")  # noqa: S608 - of this test
    load(warehouse, "f2", identify(1, "u1", "12:00", plan="pro"))
    ((overflow,),) = asked(warehouse, "SELECT _overflow FROM web.users")
    assert json.loads(overflow) == {**kept, "plan": "pro"}


def test_an_empty_text_is_not_null(warehouse: Engine) -> None:
    load(warehouse, "f1", track(1, empty=""))
    assert asked(warehouse, "SELECT empty = '' FROM web.order_completed") == [(True,)]


def test_a_table_that_somebody_dropped_is_made_again(warehouse: Engine) -> None:
    load(warehouse, "f1", track(1))
    warehouse.query("DROP TABLE web.order_completed")
    assert load(warehouse, "f2", track(2)).rows["order_completed"] == 1


def test_a_long_file_is_loaded_block_by_block_and_still_whole_or_not_at_all(warehouse: Engine) -> None:
    """Given a file of three blocks whose last event breaks, there is nothing; mended, all of it, widened on the way."""

    def events(last: Any) -> Iterator[dict[str, Any]]:
        for number in range(12_000):
            yield track(number, n=number)
        yield last

    with pytest.raises(AttributeError):
        load_file(warehouse, WEB, "f1", events("no event"))
    assert warehouse.describe("web") == {}
    assert load_file(warehouse, WEB, "f1", events(track(12_000, n=0.5))).rows["order_completed"] == 12_001
    assert asked(warehouse, "SELECT count(*), sum(n) FROM web.order_completed") == [(12_001, sum(range(12_000)) + 0.5)]


def test_a_source_whose_name_is_a_word_of_sql_has_a_schema(warehouse: Engine) -> None:
    assert schema_of("order", warehouse.dialect) == "_order"
    assert schema_of("3doctors", warehouse.dialect) == "_3doctors"
    assert (
        load(warehouse, "f", track(1), target=Target(["W"], schema_of("my-shop", warehouse.dialect))).rows["tracks"]
        == 1
    )


def test_a_text_is_cut_after_512_characters_where_segments_own_way_is_asked_for(warehouse: Engine) -> None:
    """W6: but an id stays whole, and so does every text in our own way."""
    long = {**track(1, note="x" * 600), "messageId": "m" * 600}
    load(warehouse, "f1", long, track(2, note="y"), target=Target(["W"], "web", widens=False))
    assert asked(warehouse, "SELECT length(note), length(id) FROM web.order_completed ORDER BY 1") == [
        (1, 2),
        (512, 600),
    ]
    load(warehouse, "f2", track(3, note="z" * 600))
    assert asked(warehouse, "SELECT length(note) FROM web.order_completed WHERE id = 'm3'") == [(600,)]


def test_collections_and_properties_that_are_left_out_have_neither_row_nor_column(warehouse: Engine) -> None:
    left_out = selection(
        "web",
        ["Debug Tapped", "web/identifies", "server/users"],
        {"order_completed": ["couponCode", "id"], "*": ["context_ip"], "server/order_completed": ["total"]},
        warehouse.dialect,
    )
    events = [track(1, couponCode="X", total=5), track(2, "Debug Tapped", a=1), identify(3, "u1", "12:00", email="a@x")]
    load(warehouse, "f1", *events, target=Target(["W"], "web", selection=left_out))
    tables = warehouse.describe("web")
    assert sorted(tables) == ["order_completed", "tracks", "users"]
    assert {"id", "total"} <= set(tables["order_completed"])
    assert not {"coupon_code", "context_ip"} & set(tables["order_completed"]) | set(tables["tracks"]) & {"context_ip"}


def test_a_table_that_somebody_dropped_is_filled_again_when_its_files_are_repeated(warehouse: Engine) -> None:
    load(warehouse, "f1", track(1, total="three"), track(2, total=5), identify(1, "u1", "12:00", email="a@x"))
    warehouse.query("DROP TABLE web.order_completed")
    assert load(warehouse, "f1", track(1, total="three")).rows == {}
    again = load(
        warehouse, "f1", track(1, total="three"), track(2, total=5), identify(1, "u1", "12:00"), is_repeated=True
    )
    assert again.rows == {"order_completed": 2, "tracks": 0, "identifies": 0, "users": 0}
    assert asked(warehouse, "SELECT file, events FROM web._sluice_loads") == [("f1", 3)]


@pytest.mark.parametrize(
    "properties",
    [
        dict.fromkeys(("xmin", "xmax", "ctid", "cmin", "cmax", "tableoid", "rowid", "oid"), 1),
        {"\0": 1, "a\0b": 2, "": 3, "\0\0": "x"},
        {"pg_catalog": 1, "_sluice_loads": 2, "_overflow": "x", "information_schema": 3},
    ],
)
def test_names_that_an_engine_keeps_for_itself_end_in_rows(warehouse: Engine, properties: dict[str, Any]) -> None:
    events = [track(1, **properties), track(2, "_sluice_loads", **properties), track(3, "pg_class", **properties)]
    assert load(warehouse, "f1", *events, identify(4, "u1", "12:00", **properties)).rows["tracks"] == 3
    assert asked(warehouse, "SELECT count(*) FROM web._sluice_loads") == [(1,)]


def test_a_source_may_be_called_like_what_an_engine_keeps_for_itself(warehouse: Engine) -> None:
    schema = schema_of("pg-stat", warehouse.dialect)
    warehouse.query(f"DROP SCHEMA IF EXISTS {schema} CASCADE")
    assert load(warehouse, "f1", track(1), target=Target(["W"], schema)).rows["tracks"] == 1


# --- What the operator asks ---


def test_what_is_loaded_is_shown_and_verified_by_another_reader_and_nothing_of_that_is_left(warehouse: Engine) -> None:
    """Given two loaded files, a row that somebody deleted and a number that somebody changed are found."""
    bucket = BucketTwin()
    first, second = [track(1, total=3.5, order=1), track(2, total=4), identify(4, "u1", "12:00")], [track(3, total="5")]
    load(warehouse, bucket.file("f1", *first), *first)
    load(warehouse, bucket.file("f2", *second), *second)
    assert [str(each) for each in verdicts(warehouse, bucket)] == [
        "tracks: 3 in the archive, all there, once",
        "identifies: 1 in the archive, all there, once",
        "order_completed: 3 in the archive, all there, once",
    ]
    warehouse.query("DELETE FROM web.tracks WHERE id = 'm1'")
    warehouse.query("DELETE FROM web.order_completed WHERE id = 'm1'")
    warehouse.query("INSERT INTO web.order_completed (id, total, _order) SELECT 'm1', 9, 1")
    assert [str(each) for each in verdicts(warehouse, bucket) if not each.is_right] == [
        "tracks: 3 in the archive, 1 missing, 0 twice, 0 numbers differ",
        "order_completed: 3 in the archive, 0 missing, 0 twice, 1 numbers differ",
    ]
    check_rights(warehouse)
    assert "web" in warehouse.schemas()
    assert not [name for name in warehouse.schemas() if name.startswith("_sluice_")]
    console = Console(file=io.StringIO(), width=100)
    show_tables(warehouse, console)
    told = console.file.getvalue()  # type: ignore[attr-defined]
    assert re.search(r"web: 2 files, the last at 20\d\d-", told)
    assert re.search(r"order_completed +│ +3 +│ +\d+ +│ +1 ", told)


def verdicts(warehouse: Engine, bucket: BucketTwin) -> list[Verdict]:
    items = [Item("web", key, "", 0) for key in bucket.kept]
    return list(verified(warehouse, WEB, Archive(bucket), items))
