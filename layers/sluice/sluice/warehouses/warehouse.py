"""A warehouse: what an engine has to be able to do, and how a file of events is loaded into it."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from itertools import batched
from typing import Any, Protocol

from sluice.warehouses.batches import Batch, Reject, Schema, batch_of, parts
from sluice.warehouses.column_types import ColumnType
from sluice.warehouses.names import Dialect, identifier, snake_case
from sluice.warehouses.rows import is_wanted, rows_of
from sluice.warehouses.selection import Selection

#: Of each schema: which files are loaded, and which values have no column.
LOADS, REJECTS = "_sluice_loads", "_sluice_rejects"
#: Events that an engine is given at once, where it has no reason for another number.
EVENTS_AT_ONCE = 5_000
#: Tables of a transaction, and half as many again. Postgres, as it comes, has 6,400 locks for all transactions:
#: a new table takes 9, and one whose rows are merged 18.
#: https://www.postgresql.org/docs/current/runtime-config-locks.html
_TABLES = 100


class UnavailableError(Exception):
    """The engine cannot be reached, or `is_refused`: it does not let us in. The text shows no secret."""

    def __init__(self, text: str, *, is_refused: bool = False) -> None:
        super().__init__(text)
        self.is_refused = is_refused


class RefusedError(UnavailableError):
    """The credentials or permissions do not suffice, and will not before somebody changes them."""

    def __init__(self, text: str) -> None:
        super().__init__(text, is_refused=True)


class PassingError(UnavailableError):
    """A fault that goes by: of the network, of the engine, or of somebody who asks too often."""


class StatementError(Exception):
    """A statement that an engine has not carried out. The text shows no value of a row."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """The result of a file of so many events: `rows` by table, without those that were there."""

    rows: Mapping[str, int]
    rejects: int
    events: int = 0


class Warehouse(Protocol):
    """An engine. A schema belongs to a source, and nobody else changes it."""

    @property
    def dialect(self) -> Dialect: ...

    @property
    def events_at_once(self) -> int:
        """Return how many events are put in together: many, where a statement costs more than its rows."""
        ...

    @property
    def is_queryable(self) -> bool:
        """Return whether `query` answers. Not a lake's."""
        ...

    def whole(self, schema: str, *table: str) -> str:
        """Return the whole name of a schema, or of a table in it, as it stands in SQL."""
        ...

    def schemas(self) -> list[str]:
        """Return the schemas that something was loaded into, in order."""
        ...

    def transaction(self) -> AbstractContextManager[None]:
        """Have all that is done within, or nothing: an exception takes it back."""
        ...

    def loaded(self, schema: str, files: Collection[str]) -> set[str]:
        """Return those of `files` that are loaded already."""
        ...

    def describe(self, schema: str) -> Schema:
        """Return the tables of a schema, without ours; none if it is not there."""
        ...

    def change(self, schema: str, batch: Batch) -> None:
        """Make the schema, and tables and columns that a batch needs."""
        ...

    def put(self, schema: str, batch: Batch) -> Mapping[str, int]:
        """Put in rows whose id is not there, and merge those of `rows.MERGED`. Return how many are new, by table."""
        ...

    def query(self, text: str) -> tuple[list[str], list[tuple[Any, ...]]]:
        """Return the columns of an answer, and its rows. Raises UnavailableError where another asks, as of a lake."""
        ...

    def note(self, schema: str, file: str, events: int, rejects: Sequence[Reject]) -> None:
        """Note that a file is loaded, and what of it has no column. One that is noted already is noted anew."""
        ...


def described(columns: Iterable[tuple[Any, ...]], types: Mapping[str, ColumnType]) -> Schema:
    """Return the tables in rows of `information_schema.columns`: the table, the column and its type in the engine."""
    found: dict[str, dict[str, ColumnType]] = {}
    for table, column, kind in columns:
        if table not in (LOADS, REJECTS):
            found.setdefault(table, {})[column] = types.get(kind, "varchar")
    return found


def schema_of(source: str, dialect: Dialect) -> str:
    """Return the name of a source's schema: its id in snake case. Names that begin with `pg_` are Postgres' own."""
    name = snake_case(source) or "source"
    return identifier(f"_{name}" if name.startswith("pg_") else name, dialect)


@dataclass(frozen=True, slots=True)
class Target:
    """A source's `schema` in a warehouse, which events call by one of `names`, and what becomes of them there.

    `widens` is whether columns of integers become floats for a fraction. Without it values are Segment's to the letter:
    fractions are cut, and texts too.
    """

    names: Collection[str]
    schema: str
    widens: bool = True
    selection: Selection | None = None


def load_file(
    warehouse: Warehouse,
    target: Target,
    file: str,
    events: Iterable[Mapping[str, Any]],
    *,
    is_repeated: bool = False,
    most_tables: int = _TABLES,
) -> Loaded:
    """Load the events of a file into the schema of a source: all of them or none, and once.

    A file with rows of more than `most_tables` takes several transactions, each of which may be done again; the last
    notes the file. `is_repeated`: a file that is noted is loaded again, for what somebody removed by hand.
    """
    rows: Counter[str] = Counter()
    load = _Load(warehouse, target)
    waiting = load.parts(events, most_tables // 2)
    schema = target.schema
    is_done = False
    while not is_done:
        tables: set[str] = set()
        with warehouse.transaction():
            if warehouse.loaded(schema, [file]) and not is_repeated:
                return Loaded(dict(rows), 0)
            while len(tables) < most_tables and not is_done:
                part = next(waiting, None)
                if part is None:
                    warehouse.note(schema, file, load.events, load.rejects)
                    is_done = True
                else:
                    warehouse.change(schema, part)
                    rows.update(warehouse.put(schema, part))
                    tables |= part.tables.keys()
    return Loaded(dict(rows), len(load.rejects), load.events)


@dataclass(slots=True)
class _Load:
    """`events` and `rejects` are those of the parts that were made so far."""

    warehouse: Warehouse
    target: Target
    events: int = 0
    rejects: list[Reject] = field(default_factory=list)

    def parts(self, events: Iterable[Mapping[str, Any]], most_tables: int) -> Iterator[Batch]:
        """Yield what to put in. The schema is looked at when a part is asked for, in the transaction of that moment."""
        target = self.target
        for block in batched(events, self.warehouse.events_at_once, strict=False):
            found = self.warehouse.describe(target.schema)
            batch = batch_of_events(block, target, self.warehouse.dialect, found)
            self.rejects += batch.rejects
            self.events += len(block)
            yield from parts(batch, most_tables)


def batch_of_events(events: Iterable[Mapping[str, Any]], target: Target, dialect: Dialect, found: Schema) -> Batch:
    """Return what events are in a schema that has the tables `found`."""
    rows = (row for event in events if is_wanted(event, target.names) for row in rows_of(event, dialect))
    wanted = target.selection.of(rows) if target.selection else rows
    return batch_of(wanted, found, widens=target.widens)


def left(warehouse: Warehouse, schema: str, files: Sequence[str]) -> list[str]:
    """Return the files that are not loaded yet, in their order."""
    there = warehouse.loaded(schema, files)
    return [file for file in files if file not in there]
