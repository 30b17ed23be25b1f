"""What every warehouse does with objects: a row for each, of the latest values, and never in a table of events."""

import json
from itertools import permutations
from typing import Any

import pytest

from sluice.warehouses.batches import batch_of
from sluice.warehouses.rows import rows_of
from sluice.warehouses.selection import selection
from sluice.warehouses.warehouse import Target
from tests.unit.warehouses.conftest import Engine, asked, identify, load, thing, track


def test_an_object_is_a_row_of_its_collections_table_with_types_as_events_have(warehouse: Engine) -> None:
    found = load(warehouse, "f1", thing("plantypes", "p1", name="Pro", price=9.5, since="2026-01-01", on=True))
    assert (found.rows, found.events, found.rejects) == ({"plantypes": 1}, 1, 0)
    tables = warehouse.describe("web")
    assert tables == {
        "plantypes": {
            "id": "varchar", "received_at": "timestamp", "_collection": "varchar", "name": "varchar", "price": "float",
            "since": "timestamp", "_on" if "on" in warehouse.dialect.reserved else "on": "boolean",
        }
    }  # fmt: skip
    assert asked(warehouse, "SELECT id, name, price, _collection FROM web.plantypes") == [
        ("p1", "Pro", 9.5, "plantypes")
    ]


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_objects_merge_by_id_property_by_property_and_an_older_file_fills_what_is_empty(
    warehouse: Engine, order: tuple[int, ...]
) -> None:
    """Given files in each order, one of them twice and another split, the newest value of each property counts."""
    files = [
        [thing("plans", "p1", "12:00", name="Free", price=0), thing("plans", "p2", "12:00", name="Pro", price=None)],
        [thing("plans", "p1", "13:00", name="Basic", price=0), thing("plans", "p3", "13:00", seats=3)],
        [thing("plans", "p1", "14:00", price=5), thing("plans", "p1", "14:30", name="Basic+", seats=1)],
    ]
    for number in order:
        load(warehouse, f"f{number}", *files[number])
    load(warehouse, "f1", *files[1])
    for number, each in enumerate(reversed(files[0])):
        load(warehouse, f"split{number}", each)
    assert asked(warehouse, "SELECT id, name, price, seats FROM web.plans ORDER BY id") == [
        ("p1", "Basic+", 5, 1),
        ("p2", "Pro", None, None),
        ("p3", None, None, 3),
    ]


@pytest.mark.parametrize("is_event_first", [True, False])
@pytest.mark.parametrize("is_one_file", [True, False])
@pytest.mark.parametrize(
    ("collection", "event"), [("plans", "Plans"), ("order", "Order"), ("3d", "3D"), ("c" * 100, "c" * 100)]
)
def test_events_and_objects_of_one_name_have_tables_of_their_own_whichever_came_first(
    warehouse: Engine, collection: str, event: str, *, is_event_first: bool, is_one_file: bool
) -> None:
    both = [track(1, event, n=1), thing(collection, "o1", n=10)]
    first = both if is_event_first else both[::-1]
    for number, some in enumerate([first] if is_one_file else [[each] for each in first]):
        load(warehouse, f"f{number}", *some)
    load(warehouse, "more", thing(collection, "o1", "13:00", n=20), track(2, event, n=2), thing(collection, "m1", n=30))
    tables = warehouse.describe("web")
    (objects,) = (name for name, columns in tables.items() if "_collection" in columns)
    (events,) = tables.keys() - {objects, "tracks"}
    assert (objects if is_event_first else events).startswith((events if is_event_first else objects)[:50])
    if collection == "plans":
        assert (events, objects) == (("plans", "plans__objects") if is_event_first else ("plans__events", "plans"))
    for table, rows in ((events, [("m1", 1), ("m2", 2)]), (objects, [("m1", 30), ("o1", 20)])):
        assert asked(warehouse, f'SELECT id, n FROM web."{table}" ORDER BY id') == rows  # noqa: S608 - of this test
    assert asked(warehouse, "SELECT count(*) FROM web._sluice_rejects") == [(0,)]


def test_two_collections_never_share_a_table_for_an_id_may_be_in_both(warehouse: Engine) -> None:
    """Given names that become one in snake case, and that of the table which objects have beside an event's."""
    load(warehouse, "f1", track(1, "Plans"), track(2, "Plans Objects"))
    names = ["plans", "plans_objects", "plans__objects", "a_b", "a__b"]
    load(warehouse, "f2", *(thing(name, "1", n=number) for number, name in enumerate(names)))
    tables = [name for name, columns in warehouse.describe("web").items() if "_collection" in columns]
    assert {"plans__objects", "plans_objects__objects", "a_b"} < set(tables)
    found = [asked(warehouse, f'SELECT _collection, id, n FROM web."{name}"') for name in tables]  # noqa: S608
    assert sorted(found) == sorted([(name, "1", number)] for number, name in enumerate(names))


def test_a_collection_that_is_called_like_a_table_of_ours_has_another_one(warehouse: Engine) -> None:
    """Given collections that are called like tables of Segment's, and of Sluice's, each has a row, and so have both."""
    names = ["tracks", "pages", "screens", "identifies", "groups", "aliases", "loads", "rejects", "objects"]
    load(warehouse, "f1", track(1, "Tracks", n=1), *(thing(name, f"{name}-1", n=5) for name in names))
    load(warehouse, "f2", track(2, "Loads", n=2), *(thing(name, f"{name}-1", "13:00", n=6) for name in names))
    tables = warehouse.describe("web")
    assert {"_tracks", "_tracks__objects", "_pages", "_screens", "_identifies", "_groups", "_aliases"} <= tables.keys()
    for name in names:
        table = {"tracks": "_tracks__objects", "objects": "objects"}.get(name, f"_{name}")
        found = asked(warehouse, f"SELECT id, n, _collection FROM web.{table}")  # noqa: S608 - of this test
        assert found == [(f"{name}-1", 6, name)]
    assert asked(warehouse, "SELECT count(*) FROM web._sluice_loads") == [(2,)]


def test_the_collections_users_and_accounts_are_the_tables_of_identifies_and_groups(warehouse: Engine) -> None:
    load(warehouse, "f1", identify(1, "u1", "13:00", plan="pro"), thing("accounts", "a1", seats=3))
    load(warehouse, "f2", thing("users", "u1", "12:00", plan="free", email="a@x"), thing("users", "u2", name="B"))
    assert asked(warehouse, "SELECT id, plan, email, name FROM web.users ORDER BY id") == [
        ("u1", "pro", "a@x", None),
        ("u2", None, None, "B"),
    ]
    assert asked(warehouse, "SELECT id, seats FROM web.accounts") == [("a1", 3)]
    assert "_collection" not in warehouse.describe("web")["users"]


def test_what_does_not_fit_of_an_object_is_a_reject_and_the_row_is_there(warehouse: Engine) -> None:
    load(warehouse, "f1", thing("plans", "p1", price=3))
    taken: Any = {"": 1, "id": "other", "received_at": "never"}
    found = load(warehouse, "f2", {**thing("plans", "p2"), "properties": {**taken, "price": "three"}})
    assert found.rejects == 4
    assert asked(warehouse, "SELECT id, price FROM web.plans ORDER BY id") == [("p1", 3), ("p2", None)]
    query = "SELECT column_name, value, reason FROM web._sluice_rejects WHERE row_id = 'p2' ORDER BY 1"
    assert asked(warehouse, query) == [
        ("", "1", "name"), ("id", "other", "name"), ("price", "three", "type"), ("received_at", "never", "name"),
    ]  # fmt: skip


def test_segments_own_way_cuts_fractions_and_texts_of_objects_too(warehouse: Engine) -> None:
    segment = Target(["W"], "web", widens=False)
    load(warehouse, "f1", thing("plans", "p1", price=3), target=segment)
    load(warehouse, "f2", thing("plans", "p2", price=3.5, note="x" * 600), target=segment)
    assert asked(warehouse, "SELECT price, length(note) FROM web.plans ORDER BY id") == [(3, None), (3, 512)]


def test_collections_and_properties_that_are_left_out_are_in_no_table_whatever_it_is_called(warehouse: Engine) -> None:
    left_out = selection(
        "web",
        ["invoices", "_tracks", "web/plans__objects"],
        {"plans": ["secret"], "seats": ["Internal Note", "_collection"], "*": ["phone"]},
        warehouse.dialect,
    )
    target = Target(["W"], "web", selection=left_out)
    load(warehouse, "f1", track(1, "Plans", secret=1, n=1), thing("plans", "p1", secret=1), target=target)
    objects = [thing("invoices", "i1"), thing("tracks", "t1"), thing("seats", "s1", internal_note="x", phone="1", n=1)]
    load(warehouse, "f2", *objects, target=target)
    tables = warehouse.describe("web")
    assert tables.keys() == {"tracks", "plans", "seats"}
    assert "secret" not in tables["plans"]
    assert tables["seats"].keys() == {"id", "received_at", "_collection", "n"}


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_properties_beyond_the_columns_are_merged_too(warehouse: Engine, order: tuple[int, ...]) -> None:
    load(warehouse, "wide", thing("plans", "other", "11:00", **{f"p{number}": 1 for number in range(500)}))
    said: list[dict[str, Any]] = [{"first": 1, "plan": "free"}, {"second": 2}, {"first": 3, "plan": "pro"}]
    for at in order:
        load(warehouse, f"f{at}", thing("plans", "p1", f"12:0{at}", **said[at]))
    ((overflow,),) = asked(warehouse, "SELECT _overflow FROM web.plans WHERE id = 'p1'")
    assert json.loads(overflow) == {"first": 3, "second": 2, "plan": "pro"}


def test_collections_beyond_the_tables_share_one_and_lose_nothing(warehouse: Engine) -> None:
    """Given a schema that may have but one more table, the objects of other collections are in `_objects`."""
    objects = [thing(f"c{number}", "1", n=number) for number in range(3)]
    rows = [row for each in objects for row in rows_of(each, warehouse.dialect)]
    batch = batch_of(rows, {}, max_tables=9)
    with warehouse.transaction():
        warehouse.loaded("web", ["f1"])
        warehouse.change("web", batch)
        warehouse.put("web", batch)
        warehouse.note("web", "f1", 3, batch.rejects)
    assert asked(warehouse, "SELECT id, n FROM web.c0") == [("1", 0)]
    found = asked(warehouse, "SELECT id, _collection, _overflow FROM web._objects ORDER BY id")
    assert found == [("c1/1", "c1", '{"n":1}'), ("c2/1", "c2", '{"n":2}')]
