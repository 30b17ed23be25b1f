"""The work that is pending in a transaction: tables and columns to be made, and rows that wait in staged tables."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from catalogue.warehouses.bigquery import statements
from catalogue.warehouses.bigquery.statements import Change
from sluice.warehouses.batches import Batch, Reject
from sluice.warehouses.column_types import ColumnType


@dataclass(slots=True)
class Pending:
    """The work of one transaction in a schema. Nothing of it is there before the end of that.

    `is_set_up`: our own tables are there. `tables` are as they will be. `foreign` are columns of a type that is not
    ours, which take nothing. `merged` are those of the new ones that have the latest values of each id.
    """

    schema: str = ""
    turn: str = ""
    is_set_up: bool = True
    new_files: Collection[str] = ()
    tables: dict[str, dict[str, ColumnType]] = field(default_factory=dict)
    is_described: bool = False
    foreign: dict[str, set[str]] = field(default_factory=dict)
    there: set[str] = field(default_factory=set)
    added: dict[str, dict[str, ColumnType]] = field(default_factory=dict)
    widened: dict[str, set[str]] = field(default_factory=dict)
    merged: set[str] = field(default_factory=set)
    merging: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    ids: dict[str, set[Any]] = field(default_factory=dict)
    loads: list[str] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    notes: list[Change] = field(default_factory=list)
    noted: dict[str, str | int] = field(default_factory=dict)

    def change(self, batch: Batch) -> None:
        """Remember the tables and columns that a batch needs."""
        for table, columns in batch.added.items():
            if batch.tables[table].is_merged:
                self.merged.add(table)
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
        """Take the values of columns that are not ours out of rows. Yield each."""
        foreign = self.foreign.get(table, set()) - {"id"}
        for row in rows if foreign else ():
            for name in foreign & row.keys():
                yield Reject(table, row["id"], name, str(row.pop(name)).replace("\0", ""), "type")

    def declarations(self, name_of: Mapping[str, str]) -> Iterator[str]:
        """Yield what makes tables and columns. `name_of` has the whole names of tables."""
        for table, columns in self.added.items():
            if table in self.there:
                yield statements.add_columns(name_of[table], columns)
            else:
                yield statements.create_table(name_of[table], columns, is_partitioned=table not in self.merged)
        for table, names in self.widened.items():
            for name in sorted(names):
                yield statements.widen(name_of[table], name)
