"""All types of the catalogue, for building a workspace."""

from catalogue.destinations import destination_type, destination_types
from catalogue.sources import source_type, source_types
from catalogue.warehouses import warehouse_settings, warehouse_types

__all__ = [
    "destination_type", "destination_types", "source_type", "source_types", "warehouse_settings", "warehouse_types",
]  # fmt: skip
