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
from sluice.warehouses.rows import MERGED, is_merged
from sluice.warehouses.warehouse import LOADS, REJECTS


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

    `tables` are as they will be; `there` has the columns of those that are. `merged` are those of the latest values of
    each id. `foreign` are columns of a type that is not ours, which take nothing. `views` are the columns of those that
    are there, `stale` those to be made anew. `overflowing` rows wait until all are known. `files` are those asked for
    that were noted, and that had rejects.
    """

    schema: str = ""
    is_set_up: bool = False
    is_described: bool = False
    there: dict[str, Collection[str]] = field(default_factory=dict)
    tables: dict[str, dict[str, Column]] = field(default_factory=dict)
    merged: set[str] = field(default_factory=set)
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
        found: dict[str, dict[str, str]] = {}
        for table, name, kind in columns:
            found.setdefault(table, {})[name] = kind
        self.is_set_up = {LOADS, REJECTS} <= found.keys()
        whole = {table: kinds for table, kinds in found.items() if not table.startswith(statements.KEPT)}
        self.views = {table: set(kinds) for table, kinds in whole.items() if is_merged(table, kinds)}
        kept = {table.removeprefix(statements.KEPT): found[table] for table in found.keys() - whole - {LOADS, REJECTS}}
        events = {table: kinds for table, kinds in whole.items() if table not in self.views}
        self.merged = kept.keys() - events
        for table, kinds in (kept | events).items():
            self.tables[table] = {name: COLUMNS.get(kind) or Column("varchar") for name, kind in kinds.items()}
            if foreign := {name for name, kind in kinds.items() if kind not in COLUMNS}:
                self.foreign[table] = foreign
        self.there = {table: frozenset(columns) for table, columns in self.tables.items()}

    def described(self) -> dict[str, dict[str, ColumnType]]:
        return {
            table: {name: column.kind for name, column in columns.items()} for table, columns in self.tables.items()
        }

    def change(self, batch: Batch) -> None:
        """Have the tables and columns that a batch needs made before its rows are put in."""
        for table, columns in batch.added.items():
            is_new = table not in self.tables
            merges = batch.tables[table].is_merged
            if merges:
                self.merged.add(table)
            known = self.tables.setdefault(table, {})
            added = {
                name: _column(name, kind, is_new=is_new, is_merged=merges)
                for name, kind in columns.items()
                if name not in known
            }
            known.update(added)
            if added:
                whole = self.kept(table)
                if is_new:
                    make = statements.create_table(self.schema, whole, added, is_merged=merges)
                else:
                    make = statements.add_columns(self.schema, whole, added)
                self.steps.append(Step(make))
        for table, names in batch.widened.items():
            known = self.tables[table]
            wide = {name: changed(known[name], kind="float") for name in names if known[name].kind == "integer"}
            known.update(wide)
            if wide:
                self.steps.append(Step(statements.modify_columns(self.schema, self.kept(table), wide)))
                self.stale |= {table} & self.merged
        self.stale |= {
            table
            for table, each in batch.tables.items()
            if each.is_merged and table in self.tables and self.views.get(table) != self.tables[table].keys()
        }

    def kept(self, table: str) -> str:
        """Return the name of the table that holds the rows of one."""
        return statements.kept(table, is_merged=table in self.merged)

    def create_views(self) -> None:
        """Have the views made that do not show all columns."""
        for table in sorted(self.stale):
            if table not in self.views and table not in MERGED:
                query, parameters = statements.no_table(self.schema, table)
                self.steps.append(Step(query, parameters=parameters))
            self.steps.append(Step(statements.create_view(self.schema, table, self.tables[table])))
        self.stale.clear()

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


def _column(name: str, kind: ColumnType, *, is_new: bool, is_merged: bool) -> Column:
    """Return a column that is to be made, with a new table or for one that is there."""
    if is_merged:
        return Column(kind, "timed") if name not in REQUIRED else Column(kind, "plain" if name == "id" else "greatest")
    return Column(kind, "plain" if name in REQUIRED and is_new else "nullable")
