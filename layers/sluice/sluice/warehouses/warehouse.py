"""A warehouse: what an engine has to be able to do, and how events are loaded into it."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from sluice.warehouses.batches import Batch, Schema, batch_of
from sluice.warehouses.names import Dialect, identifier, snake_case
from sluice.warehouses.rows import is_wanted, rows_of

#: Of each schema: which files are loaded, and which values have no column.
LOADS, REJECTS = "_sluice_loads", "_sluice_rejects"


@dataclass(frozen=True, slots=True)
class Loaded:
    """The result of a file: `rows` by table, without those that were there."""

    rows: Mapping[str, int]
    rejects: int


class Warehouse(Protocol):
    """An engine. A schema belongs to a source, and nobody else changes it."""

    @property
    def dialect(self) -> Dialect: ...

    def loaded(self, schema: str, files: Collection[str]) -> set[str]:
        """Return those of `files` that are loaded already."""
        ...

    def describe(self, schema: str) -> Schema:
        """Return the tables of a schema, without ours; none if it is not there."""
        ...

    def load(self, schema: str, file: str, batch: Batch) -> Loaded:
        """Change the schema and put in the rows, and note that `file` is loaded: all of it or nothing."""
        ...


def schema_of(source: str, dialect: Dialect) -> str:
    """Return the name of a source's schema: its id in snake case."""
    return identifier(snake_case(source) or "source", dialect)


def load_file(
    warehouse: Warehouse, name: str, schema: str, file: str, events: Iterable[Mapping[str, Any]], *, widens: bool = True
) -> Loaded:
    """Load the events of a file into a schema of the warehouse `name`, once: a second time finds it loaded."""
    if warehouse.loaded(schema, [file]):
        return Loaded({}, 0)
    rows = [row for event in events if is_wanted(event, name) for row in rows_of(event, warehouse.dialect)]
    return warehouse.load(schema, file, batch_of(rows, warehouse.describe(schema), widens=widens))


def left(warehouse: Warehouse, schema: str, files: Sequence[str]) -> list[str]:
    """Return the files that are not loaded yet, in their order."""
    there = warehouse.loaded(schema, files)
    return [file for file in files if file not in there]
