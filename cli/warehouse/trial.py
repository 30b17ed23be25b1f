"""A trial: a transaction of a warehouse that ends with all of it taken back."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress

from sluice.warehouses.warehouse import Warehouse


class _Undone(Exception):  # noqa: N818 - no error: it ends a transaction
    """Rolls a transaction back."""


@contextmanager
def trial(warehouse: Warehouse) -> Iterator[None]:
    with suppress(_Undone), warehouse.transaction():
        yield
        raise _Undone
