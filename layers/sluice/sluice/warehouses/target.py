"""The target of a source's files: its schema in a configured warehouse, and what becomes of them there."""

from sluice.warehouses.names import Dialect
from sluice.warehouses.selection import selection
from sluice.warehouses.warehouse import Target, schema_of
from sluice.workspace.compiled import Warehouse


def target_of(configured: Warehouse, source: str, dialect: Dialect) -> Target:
    """Return where the files of a source go."""
    return Target(
        configured.names,
        configured.schemas.get(source) or schema_of(source, dialect),
        widens=configured.widens,
        selection=selection(source, configured.collections, configured.properties, dialect),
    )
