"""Selective sync: the collections and properties of a source that a warehouse does not get.

https://segment.com/docs/connections/storage/warehouses/warehouse-syncs/#warehouse-selective-sync
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from sluice.warehouses.names import Dialect, identifier, snake_case
from sluice.warehouses.rows import BESIDE, COLLECTION, TAKEN, Row, object_table

#: Columns that every row needs: to be there once, to be found, and to be told from an event.
KEPT = frozenset({"id", "received_at", COLLECTION})
#: Stands for all collections.
EVERY = "*"


@dataclass(frozen=True, slots=True)
class Selection:
    """`tables` that are left out, and `columns` by the table that they are left out of."""

    tables: Collection[str] = frozenset()
    columns: Mapping[str, Collection[str]] = field(default_factory=dict)

    def of(self, rows: Iterable[Row]) -> Iterator[Row]:
        """Yield what is left of rows. They are changed in place."""
        for row in rows:
            if row.table not in self.tables:
                for column in self.of_table(row.table):
                    row.values.pop(column, None)
                yield row

    def of_table(self, table: str) -> Iterable[str]:
        """Return the columns that are left out of a table."""
        return (*self.columns.get(EVERY, ()), *self.columns.get(table, ()))


def selection(
    source: str, collections: Iterable[str], properties: Mapping[str, Iterable[str]], dialect: Dialect
) -> Selection | None:
    """Return what is left out of a source's rows, or None if nothing is.

    A collection is called as its table or as its event, `Order Completed`, or as objects are sent; one of this source
    alone `web/pages`.
    """
    tables = {table for name in collections if _is_of(name, source) for table in _named(name, dialect)}
    columns: dict[str, set[str]] = {}
    for name, left_out in properties.items():
        if _is_of(name, source):
            found = {_identifier(each, dialect) for each in left_out} - KEPT
            for table in _named(name, dialect):
                columns.setdefault(table, set()).update(found)
    return Selection(tables, columns) if tables or columns else None


def _is_of(name: str, source: str) -> bool:
    before, slash, _ = name.partition("/")
    return not slash or before == source


def _named(name: str, dialect: Dialect) -> set[str]:
    """Return the tables that somebody may mean. Names of ours, and of tables of one kind beside the other, mean one."""
    own = name.partition("/")[2] or name
    if own == EVERY or own.removeprefix("_") in TAKEN or own.endswith(BESIDE):
        return {own}
    return {_identifier(own, dialect), object_table(own, dialect)} - {""}


def _identifier(name: str, dialect: Dialect) -> str:
    return identifier(snake_case(name), dialect)
