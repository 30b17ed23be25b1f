"""Places of rows: a table holds events or objects, and never both, whoever of the two comes first."""

from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from sluice.warehouses.names import Dialect, identifier
from sluice.warehouses.rows import COLLECTION, MERGED, TABLES, Row

#: What is added to a name that the other kind has: for the tables of objects, and for those of events.
_OBJECTS, _EVENTS = "_objects", "_events"


def is_merged(table: str, columns: Container[str]) -> bool:
    """Return whether a table that has these columns has one row for each id, of which the latest values count."""
    return table in MERGED or COLLECTION in columns


@dataclass(slots=True)
class Places:
    """The tables that rows are put into, in a schema that has the tables `found` and gets those of new rows."""

    found: Mapping[str, Container[str]]
    dialect: Dialect
    _taken: dict[tuple[str, bool], str] = field(default_factory=dict)
    _new: dict[str, bool] = field(default_factory=dict)

    def of(self, rows: Iterable[Row]) -> Iterator[Row]:
        """Yield rows, each with its table, in place."""
        for row in rows:
            row.table = self.table(row.table, is_object=row.is_merged)
            yield row

    def table(self, name: str, *, is_object: bool) -> str:
        """Return the table of what is called so: where the other kind has it, one whose name says which kind it is."""
        table = self._taken.get((name, is_object))
        if table is None:
            table = name
            while table not in TABLES and self._is_of_objects(table) is not is_object:
                if table not in self.found and table not in self._new:
                    self._new[table] = is_object
                    break
                table = identifier(f"{table}{_OBJECTS if is_object else _EVENTS}", self.dialect)
            self._taken[name, is_object] = table
        return table

    def _is_of_objects(self, table: str) -> bool | None:
        """Return whether a table is of objects; None if there is none."""
        if table in self.found:
            return is_merged(table, self.found[table])
        return self._new.get(table)
