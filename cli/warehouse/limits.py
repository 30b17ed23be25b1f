"""The limits of a warehouse's tables, and when they are near: beyond them values share a column, and events a table."""

from collections.abc import Container

from sluice.warehouses.batches import MAX_COLUMNS, MAX_TABLES, MAX_VALUES, Schema
from sluice.warehouses.rows import is_merged

#: The part of what a table or schema may have that is worth a word.
_NEARLY = 0.8


def filling(count: int, most: int) -> str:
    """Return a count, and of how many where that is near."""
    return f"{count:,} of {most:,}" if is_near(count, most) else f"{count:,}"


def is_near(count: int, most: int) -> bool:
    return count > _NEARLY * most


def most_columns(table: str, columns: Container[str]) -> int:
    return MAX_VALUES if is_merged(table, columns) else MAX_COLUMNS


def many_tables(tables: Schema) -> str:
    """Return what to say of a schema with nearly as many tables as it may have; "" of any other."""
    told = f"{filling(len(tables), MAX_TABLES)} tables: are there ids in the names of events?"
    return told if is_near(len(tables), MAX_TABLES) else ""
