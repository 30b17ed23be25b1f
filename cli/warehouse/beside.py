"""A schema beside those of the sources, for a moment: what is put there is as what a loader puts in."""

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import uuid4

from sluice.warehouses.warehouse import Warehouse

#: No source's schema begins like this.
PREFIX = "_sluice_"


@contextmanager
def beside(warehouse: Warehouse, purpose: str) -> Iterator[str]:
    """Yield the name of a schema that nobody else has. It is dropped at the end, if it was made."""
    schema = f"{PREFIX}{purpose}_{uuid4().hex[:8]}"
    try:
        yield schema
    finally:
        warehouse.query(warehouse.dialect.drop_schema.format(warehouse.whole(schema)))
