"""A trial: rows that are put into a schema of their own, and taken out again with it."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress

from sluice.warehouses.batches import Batch
from sluice.warehouses.warehouse import Warehouse


class _Undone(Exception):  # noqa: N818 - no error: it ends a transaction
    """Rolls a transaction back."""


@contextmanager
def trial(warehouse: Warehouse, schema: str, batch: Batch) -> Iterator[None]:
    """Put a batch into a schema that nobody else has, and leave nothing of it.

    Without a transaction that takes it back, the schema is dropped. `DROP DATABASE` is ClickHouse's word, the one
    engine that answers questions and has no transactions.
    """
    if warehouse.is_transactional:
        with suppress(_Undone), warehouse.transaction():
            _put(warehouse, schema, batch)
            yield
            raise _Undone
        return
    try:
        with warehouse.transaction():
            _put(warehouse, schema, batch)
        yield
    finally:
        warehouse.query(f'DROP DATABASE IF EXISTS "{schema}"')


def _put(warehouse: Warehouse, schema: str, batch: Batch) -> None:
    warehouse.change(schema, batch)
    warehouse.put(schema, batch)
