"""The work that is pending in a transaction: statements, rows that wait for them, and what will be there after that."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from dataclasses import replace as changed
from datetime import datetime
from typing import Any

from catalogue.warehouses.clickhouse import statements
from catalogue.warehouses.clickhouse.columns import COLUMNS, FIRST, LAST, REQUIRED, Column
from sluice.warehouses.batches import Batch, Reject
from sluice.warehouses.column_types import ColumnType
from sluice.warehouses.rows import MERGED
from sluice.warehouses.warehouse import LOADS, REJECTS

_KEPT = {statements.kept(table): table for table in MERGED}


@dataclass(frozen=True, slots=True)
class Step:
    """A statement, or with a token the one that puts in rows."""

    sql: str
    rows: bytes = b""
    token: str = ""
    parameters: Mapping[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Pending:
    """The work of one transaction in a schema. Nothing of it is there before the end of that.

    `tables` are as they will be; `there` has the columns of those that are. `foreign` are columns of a type that is
    not ours, which take nothing. `views` are the columns of those that are there, `stale` those to be made anew.
    `overflowing` rows wait until all are known. `files` are those asked for that were noted, and that had rejects.
    """

    schema: str = ""
    is_set_up: bool = False
    is_described: bool = False
    there: dict[str, Collection[str]] = field(default_factory=dict)
    tables: dict[str, dict[str, Column]] = field(default_factory=dict)
    foreign: dict[str, set[str]] = field(default_factory=dict)
    views: dict[str, set[str]] = field(default_factory=dict)
    stale: set[str] = field(default_factory=set)
    ids: dict[str, set[Any]] = field(default_factory=dict)
    overflowing: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    steps: list[Step] = field(default_factory=list)
    files: tuple[set[str], set[str]] = field(default_factory=lambda: (set(), set()))

    def describe(self, columns: Iterable[tuple[Any, ...]]) -> None:
        """Remember the columns of a database, as `statements.DESCRIBED` has them."""
        self.is_described = True
        found: set[str] = set()
        for table, name, kind in columns:
            found.add(table)
            if table in MERGED:
                self.views.setdefault(table, set()).add(name)
            elif not table.startswith("_sluice_") or table in _KEPT:
                mine = _KEPT.get(table, table)
                self.tables.setdefault(mine, {})[name] = COLUMNS.get(kind) or Column("varchar")
                if kind not in COLUMNS:
                    self.foreign.setdefault(mine, set()).add(name)
        self.is_set_up = {LOADS, REJECTS} <= found
        self.there = {table: frozenset(columns) for table, columns in self.tables.items()}

    def described(self) -> dict[str, dict[str, ColumnType]]:
        return {
            table: {name: column.kind for name, column in columns.items()} for table, columns in self.tables.items()
        }

    def change(self, batch: Batch) -> None:
        """Have the tables and columns that a batch needs made before its rows are put in."""
        for table, columns in batch.added.items():
            is_new = table not in self.tables
            known = self.tables.setdefault(table, {})
            added = {name: _column(table, name, kind, is_new) for name, kind in columns.items() if name not in known}
            known.update(added)
            if added:
                make = statements.create_table if is_new else statements.add_columns
                self.steps.append(Step(make(self.schema, table, added)))
        for table, names in batch.widened.items():
            known = self.tables[table]
            wide = {name: changed(known[name], kind="float") for name in names if known[name].kind == "integer"}
            known.update(wide)
            if wide:
                self.steps.append(Step(statements.modify_columns(self.schema, table, wide)))
                self.stale |= {table} & MERGED
        self.stale |= {
            table
            for table in batch.tables.keys() & MERGED
            if table in self.tables and self.views.get(table) != self.tables[table].keys()
        }

    def new(self, table: str, rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
        """Return the rows whose id has not come to a table before in this transaction."""
        ids = self.ids.setdefault(table, set())
        found = []
        for row in rows:
            if row["id"] not in ids:
                ids.add(row["id"])
                found.append(row)
        return found

    def fit(self, table: str, rows: Iterable[dict[str, Any]]) -> Iterator[Reject]:
        """Take values out of rows that the columns do not take: of a foreign type, or no moment of ClickHouse's."""
        foreign = self.foreign.get(table, set()) - REQUIRED
        times = [name for name, column in self.tables[table].items() if column.kind == "timestamp"]
        for row in rows:
            for name in foreign & row.keys() if foreign else ():
                yield Reject(table, row["id"], name, str(row.pop(name)).replace("\0", ""), "type")
            for name in times:
                moment: datetime | None = row.get(name)
                if moment is not None and not FIRST <= moment <= LAST:
                    yield Reject(table, row["id"], name, row.pop(name).isoformat(), "range")

    def columns(self, table: str, rows: Iterable[Mapping[str, Any]]) -> dict[str, Column]:
        """Return the columns of a table that rows have values for, and those that all have."""
        names = set[str]().union(*rows) | REQUIRED
        return {name: column for name, column in self.tables[table].items() if name in names}


def _column(table: str, name: str, kind: ColumnType, is_new: bool) -> Column:
    """Return a column that is to be made, with a new table or for one that is there."""
    if table in MERGED:
        return Column(kind, "timed") if name not in REQUIRED else Column(kind, "plain" if name == "id" else "greatest")
    return Column(kind, "plain" if name in REQUIRED and is_new else "nullable")
