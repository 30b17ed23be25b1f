"""Scenarios of a warehouse: loaders on a real engine that die, two at a time, over files that come twice."""

import random
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from typing import Any

from catalogue.warehouses.postgres.warehouse import Postgres
from cli.warehouse.verification import verified
from sluice.archive.reader import Archive, Item
from sluice.warehouses.batches import Schema
from sluice.warehouses.file_list import body_of
from sluice.warehouses.loader import Loader, load
from sluice.warehouses.memory import Memory
from sluice.warehouses.target import target_of
from sluice.warehouses.warehouse import Warehouse as Engine
from sluice.workspace.compiled import Warehouse
from tests import clickhouse, postgres
from tests.unit.warehouses.loader_twins import BucketTwin, Clock, DeathError, ListTwin, Steps, stepping

EVENTS, OBJECTS = 240, 120
#: Collections, of which the first has the name of an event's table.
COLLECTIONS = ("product_viewed", "plans")
_ROUNDS = 30


@dataclass(frozen=True)
class Trouble:
    """How often, of all files or loaders: a file's notice is lost, or comes twice; what is in a file comes again in two
    others; files come in no order; a loader dies.
    """

    unnoticed: float = 0.0
    noticed_twice: float = 0.0
    in_pieces: float = 0.0
    is_shuffled: bool = False
    dies: float = 0.0
    loaders: int = 1


#: Each class is one kind of trouble; the last is all of it at once.
CLASSES: dict[str, Trouble] = {
    "notices lost": Trouble(unnoticed=0.4),
    "files twice": Trouble(noticed_twice=0.5, in_pieces=0.3),
    "in no order": Trouble(is_shuffled=True, in_pieces=0.2),
    "loaders die": Trouble(dies=0.8),
    "two at once": Trouble(loaders=2, noticed_twice=0.5),
    "everything": Trouble(0.2, 0.3, 0.3, is_shuffled=True, dies=0.7, loaders=2),
}


@dataclass(frozen=True)
class Place:
    """Where an engine is. `loading` opens it for a loader that dies at a step; as many work at once as it keeps apart.

    A transaction of Postgres is there or not, whenever its loader dies; of ClickHouse each request is a step.
    """

    type: str
    opened: Callable[[], AbstractContextManager[Engine]]
    loading: Callable[[Steps], AbstractContextManager[Engine]]
    emptied: Callable[[str], None]
    loaders: int = 2


def of_postgres(server: str) -> Place:
    @contextmanager
    def loading(steps: Steps) -> Iterator[Engine]:
        with Postgres(server) as engine:
            yield stepping(engine, steps)

    return Place("postgres", lambda: Postgres(server), loading, lambda schema: postgres.emptied(server, schema))


def of_clickhouse(url: str) -> Place:
    @contextmanager
    def loading(steps: Steps) -> Iterator[Engine]:
        wire = clickhouse.Wire()
        wire.around = lambda exchange: steps(exchange)()
        with clickhouse.opened(url, wire) as engine:
            yield engine

    return Place(
        "clickhouse", lambda: clickhouse.opened(url), loading, lambda schema: clickhouse.emptied(url, schema), loaders=1
    )


@dataclass
class Outcome:
    """What a scenario came to. `faults` are ours: what is missing, twice, or otherwise than it was sent."""

    name: str
    seed: int
    files: int = 0
    loaders: int = 0
    deaths: int = 0
    rows: int = 0
    rejected: int = 0
    faults: list[str] = field(default_factory=list)


def run(name: str, seed: int, place: Place) -> Outcome:
    """Run a scenario in a schema of its own."""
    rng = random.Random(f"{name}/{seed}")  # noqa: S311 - no secret
    trouble, outcome = CLASSES[name], Outcome(name, seed)
    schema = f"faults_{abs(hash((name, seed))) % 10**9}"
    place.emptied(schema)
    configured = Warehouse(id="main", type=place.type, names=("main",), settings={}, schemas={"web": schema})
    events = list(_events(rng))
    bucket, files = BucketTwin(), ListTwin()
    objects = list(_objects(rng))
    _arrive(events, bucket, files, trouble, rng)
    _arrive(objects, bucket, files, trouble, rng, "objects")
    if trouble.is_shuffled:
        rng.shuffle(files.entries)
    outcome.files = len(bucket.kept)
    memory = Memory() if trouble.unnoticed else Memory({"web": Clock().at})
    for number in range(_ROUNDS):
        is_last = number == _ROUNDS - 1
        deaths = _load_together(
            configured, bucket, files, memory, place, 0.0 if is_last else trouble.dies, trouble, rng
        )
        outcome.loaders += min(trouble.loaders, place.loaders)
        outcome.deaths += deaths
        files.time_passes()
        if not deaths and not files.entries:
            break
    outcome.faults += _faults(configured, bucket, (events, objects), place, schema, outcome)
    place.emptied(schema)
    return outcome


def _events(rng: random.Random) -> Iterator[dict[str, Any]]:
    for number in range(EVENTS):
        at = f"2026-01-15T12:{rng.randrange(60):02}:{rng.randrange(60):02}.{rng.randrange(1000):03}Z"
        common = {"messageId": f"m{number}", "userId": f"u{rng.randrange(20)}", "receivedAt": at}
        if rng.random() < 0.2:
            yield {**common, "type": "identify", "traits": {"plan": rng.choice(["free", "pro"]), "seen": number}}
        else:
            total: Any = rng.choice([number, number / 4, number, number, "three"])
            name = rng.choice(["Order Completed", "Product Viewed", "Cart Emptied"])
            yield {**common, "type": "track", "event": name, "properties": {"total": total, f"p{number % 7}": "x"}}


def _objects(rng: random.Random) -> Iterator[dict[str, Any]]:
    """Yield objects, each received at a moment of its own, which say some of what is known of them."""
    for number in range(OBJECTS):
        said: dict[str, Any] = {"price": rng.choice([number, number / 4]), "name": f"n{number}", "seats": number % 5}
        yield {
            "sourceId": "web", "receivedAt": f"2026-01-15T12:{number // 60:02}:{number % 60:02}.000Z",
            "collection": rng.choice(COLLECTIONS), "id": f"o{rng.randrange(15)}",
            "properties": {name: said[name] for name in rng.sample(sorted(said), rng.randrange(1, 4))},
        }  # fmt: skip


def _arrive(
    events: Sequence[dict[str, Any]], bucket: BucketTwin, files: ListTwin, trouble: Trouble, rng: random.Random,
    area: str = "events",
) -> None:  # fmt: skip
    """Put events or objects into files of the archive, and notices onto the list."""
    at = 0
    groups = []
    while at < len(events):
        size = rng.randrange(10, 60)
        groups.append(events[at : at + size])
        at += size
    for group in list(groups):
        if rng.random() < trouble.in_pieces:
            half = rng.randrange(1, len(group) + 1)
            groups += [group[half:], group[:half]]
    keys = [bucket.file(f"f{number}", *group, area=area) for number, group in enumerate(groups) if group]
    if trouble.is_shuffled:
        rng.shuffle(keys)
    for key in keys:
        if rng.random() >= trouble.unnoticed:
            files.add([body_of(key)] * (2 if rng.random() < trouble.noticed_twice else 1))


def _load_together(
    configured: Warehouse, bucket: BucketTwin, files: ListTwin, memory: Memory, place: Place, dies: float,
    trouble: Trouble, rng: random.Random,
) -> int:  # fmt: skip
    """Have loaders load, each in a thread; return how many died. No lease keeps them apart here."""
    deaths: list[int] = []

    def work(steps: Steps) -> None:
        def connect(_: bool) -> AbstractContextManager[Engine]:
            return place.loading(steps)

        clock = Clock()
        mine = Memory(dict(memory.listed))
        loader = Loader(configured, files, Archive(bucket), connect, clock.seconds_left, clock.now)
        try:
            load(loader, mine)
            memory.listed.update(mine.listed)
        except DeathError:
            deaths.append(1)

    steps = [
        Steps(rng.randrange(25) if rng.random() < dies else None, rng.random() < 0.5)
        for _ in range(min(trouble.loaders, place.loaders))
    ]
    threads = [threading.Thread(target=work, args=(each,)) for each in steps]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return len(deaths)


def _faults(
    configured: Warehouse, bucket: BucketTwin, sent: tuple[Sequence[Mapping[str, Any]], Sequence[Mapping[str, Any]]],
    place: Place, schema: str, outcome: Outcome,
) -> Iterator[str]:  # fmt: skip
    """Yield what is not as it was sent: by the tables themselves, and by another reader of the archive."""
    events, objects = sent
    tracks = [each for each in events if each["type"] == "track"]
    identifies = [each for each in events if each["type"] == "identify"]
    with place.opened() as engine:
        tables = engine.describe(schema)
        if not {"tracks", "identifies", "users"} <= tables.keys():
            yield f"tracks: there are but {len(tables)} tables"
            return
        for table, column, count in (
            ("tracks", "id", len(tracks)), ("identifies", "id", len(identifies)),
            ("_sluice_loads", "file", len(bucket.kept)),
        ):  # fmt: skip
            query = f"SELECT count(*), count(DISTINCT {column}) FROM {schema}.{table}"  # noqa: S608 - of this module
            if (found := engine.query(query)[1][0]) != (count, count):
                yield f"{table}: {found}, and not {count} of each"
        yield from _other_sums(engine, schema, tables, tracks)
        yield from _other_users(engine, schema, identifies)
        for collection in COLLECTIONS:
            mine = [each for each in objects if each["collection"] == collection]
            yield from _other_objects(engine, schema, tables, collection, mine)
        query = f"SELECT count(*), (SELECT count(*) FROM {schema}._sluice_rejects) FROM {schema}.tracks"  # noqa: S608
        outcome.rows, outcome.rejected = engine.query(query)[1][0]
        items = [Item("web", key, "", 0) for key in bucket.kept]
        target = target_of(configured, "web", engine.dialect)
        yield from (str(each) for each in verified(engine, target, Archive(bucket), items) if not each.is_right)


def _other_sums(engine: Engine, schema: str, tables: Schema, tracks: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Yield the tables whose numbers are other than those that were sent."""
    sums: Counter[str] = Counter()
    for each in tracks:
        if not isinstance(each["properties"]["total"], str):
            sums[each["event"].lower().replace(" ", "_")] += each["properties"]["total"]
    for event, total in sums.items():
        table = _table(tables, event, is_object=False)
        # The type of a column is decided by the values that come first: a text may have been among them.
        if tables.get(table, {}).get("total") in ("integer", "float"):
            ((found,),) = engine.query(f"SELECT sum(total) FROM {schema}.{table}")[1]  # noqa: S608 - of this module
            if abs((found or 0) - total) > 1e-6:
                yield f"{table}: the sum is {found}, and not {total}"


def _table(tables: Schema, name: str, *, is_object: bool) -> str:
    """Return the table of an event or a collection: with another name, where one of the other kind was there before."""
    found = name if name in tables and ("_collection" in tables[name]) == is_object else ""
    return found or f"{name}__{'objects' if is_object else 'events'}"


def _other_objects(
    engine: Engine, schema: str, tables: Schema, collection: str, objects: Sequence[Mapping[str, Any]]
) -> Iterator[str]:
    """Yield the objects that have not what was said last of them, or lack what was ever said."""
    table = _table(tables, collection, is_object=True)
    if table not in tables:
        yield f"{table} is not there"
        return
    query = f"SELECT id, price, name, seats FROM {schema}.{table}"  # noqa: S608 - of this module
    rows = [dict(zip(("id", "price", "name", "seats"), row, strict=True)) for row in engine.query(query)[1]]
    found = {row["id"]: row for row in rows}
    said: dict[str, set[str]] = {}
    for each in objects:
        said.setdefault(each["id"], set()).update(each["properties"])
    if len(rows) != len(found) or found.keys() != said.keys():
        yield f"{table}: {len(rows)} rows of {len(found)} ids, and not {len(said)}"
        return
    last = {each["id"]: each["properties"] for each in objects}
    for key, row in found.items():
        if any(row[name] != value for name, value in last[key].items()):
            yield f"{table}: {key} is not as it was said last"
        if any(row[name] is None for name in said[key]):
            yield f"{table}: {key} lacks what was said"


def _other_users(engine: Engine, schema: str, identifies: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Yield a fault if the users have not their latest plans. Nobody can say which is the latest of two at a time."""
    latest: dict[str, Mapping[str, Any]] = {}
    for each in sorted(identifies, key=lambda each: str(each["receivedAt"])):
        latest[each["userId"]] = each
    users = dict(engine.query(f"SELECT id, plan FROM {schema}.users")[1])  # noqa: S608 - of this module
    is_clear = len({each["receivedAt"] for each in identifies}) == len(identifies)
    if is_clear and users != {user: each["traits"]["plan"] for user, each in latest.items()}:
        yield "users have not the latest plan"
