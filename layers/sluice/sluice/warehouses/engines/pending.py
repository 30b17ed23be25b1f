"""The work pending in a transaction of an engine whose transactions make no tables: it is all done at the end."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sluice.warehouses.batches import Batch, Reject
from sluice.warehouses.column_types import ColumnType


@dataclass(frozen=True, slots=True)
class Change:
    """A statement that changes the rows of a table."""

    table: str
    sql: str
    parameters: tuple[Any, ...] = ()


@dataclass(slots=True)
class Pending:
    """The work of one transaction in a schema. Nothing of it is there before the end of that.

    `turn` says who has committed last. `is_set_up`: our own tables are there. `tables` are as they will be, and `there`
    are those that are there now. `room` is how many characters columns of another's making take; 0 is a column of a
    type that is not ours, which takes nothing.
    """

    schema: str = ""
    turn: str = ""
    is_set_up: bool = True
    new_files: Collection[str] = ()
    tables: dict[str, dict[str, ColumnType]] = field(default_factory=dict)
    is_described: bool = False
    room: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    there: set[str] = field(default_factory=set)
    added: dict[str, dict[str, ColumnType]] = field(default_factory=dict)
    widened: dict[str, set[str]] = field(default_factory=dict)
    merging: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    ids: dict[str, set[Any]] = field(default_factory=dict)
    loads: list[str] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    notes: list[Change] = field(default_factory=list)
    noted: dict[str, str | int] = field(default_factory=dict)

    def change(self, batch: Batch) -> None:
        """Remember the tables and columns that a batch needs."""
        for table, columns in batch.added.items():
            known = self.tables.setdefault(table, {})
            missing = {name: kind for name, kind in columns.items() if name not in known}
            known.update(missing)
            if missing:
                self.added.setdefault(table, {}).update(missing)
        for table, names in batch.widened.items():
            for name in names:
                if self.tables.get(table, {}).get(name) != "integer":
                    continue
                self.tables[table][name] = "float"
                if name in self.added.get(table, {}):
                    self.added[table][name] = "float"
                else:
                    self.widened.setdefault(table, set()).add(name)

    def new(self, table: str, rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
        """Return the rows whose id has not come to a table before in this transaction."""
        ids = self.ids.setdefault(table, set())
        found = [row for row in rows if row["id"] not in ids]
        ids.update(row["id"] for row in found)
        return found

    def fit(self, table: str, rows: Iterable[dict[str, Any]]) -> Iterator[Reject]:
        """Take out of rows the values of columns that are not ours, and cut texts to their room. Yield what is lost."""
        room = {name: most for name, most in self.room.get(table, {}).items() if name != "id"}
        for row in rows if room else ():
            for name in room.keys() & row.keys():
                value = row[name]
                if not room[name]:
                    yield Reject(table, row["id"], name, str(row.pop(name)).replace("\0", ""), "type")
                elif type(value) is str and len(value) > room[name]:
                    row[name] = value[: room[name]]
                    yield Reject(table, row["id"], name, value, "range")

    def columns(self, table: str, rows: Iterable[Mapping[str, Any]]) -> dict[str, ColumnType]:
        """Return the columns of a table that rows have values for."""
        names = set[str]().union(*rows)
        return {name: kind for name, kind in self.tables[table].items() if name in names}


def window(rows: Iterable[Mapping[str, Any]], days: int | None) -> datetime | None:
    """Return from when on a table is looked through for rows that are there: so many days before the first of these.

    None is from the beginning: without `days`, and where a row has no time.
    """
    times = [row.get("received_at") for row in rows]
    if days is None or not all(times):
        return None
    earliest: datetime = min(filter(None, times))
    with suppress(OverflowError):
        return earliest - timedelta(days=days)
    return None
