"""The definitions of a lake's tables and views in Glue: their columns, where their objects are, how they are read.

Column types are Hive's. Parquet cannot widen in place, so numbers are doubles from the start; a column whose first
numbers are beyond those that a double has each of, as ids are, is of integers for good.
"""

import base64
from collections.abc import Iterable, Mapping
from typing import Any

import orjson

from catalogue.warehouses.lake.dialect import PARTITIONED_BY
from catalogue.warehouses.lake.layout import folder
from sluice.aws.glue_tables import Table
from sluice.warehouses.column_types import ColumnType
from sluice.warehouses.warehouse import LOADS, REJECTS

#: Integers up to here are all doubles, too.
EXACT = 2**53
_TYPES: Mapping[ColumnType, str] = {
    "timestamp": "timestamp",
    "integer": "double",
    "float": "double",
    "boolean": "boolean",
    "varchar": "string",
}
_KINDS: Mapping[str, ColumnType] = {
    "timestamp": "timestamp",
    "double": "float",
    "boolean": "boolean",
    "string": "varchar",
}
#: Says of doubles that they have all been integers so far.
_INTEGERS = "integers so far"
#: The types of Hive that a lake has, in Trino's words.
_TRINO = {
    "timestamp": "timestamp(3)", "bigint": "bigint", "double": "double", "boolean": "boolean", "string": "varchar",
}  # fmt: skip
_LOADS = {"file": "string", "events": "bigint", "rejects": "bigint", "loaded_at": "timestamp"}
_REJECTS = dict.fromkeys(("table_name", "row_id", "column_name", "value", "reason", "file"), "string")
#: Stands before the names of our own tables, and of those that views show.
STORED = "_sluice_"
#: Describes our views, which lie nowhere.
LATEST = "What Sluice was told last of each."
#: Tables of our own, which have no partitions, and their columns.
OWN: Mapping[str, Mapping[str, str]] = {LOADS: _LOADS, REJECTS: _REJECTS}


def stored(table: str, *, is_merged: bool) -> str:
    """Return the name of the table that has the rows of one: those of the latest values are views of another."""
    return f"{STORED}{table}" if is_merged else table


def is_stored(name: str) -> bool:
    """Return whether a table has the rows that a view shows."""
    return name.startswith(STORED) and name not in OWN


def shown(name: str) -> str:
    """Return the name of the view that shows a table."""
    return name.removeprefix(STORED)


def new_table(name: str, base: str, columns: Mapping[str, str] | None = None) -> Table:
    """Return a table of Parquet that is read by the names of its columns. `base` is the address of its source."""
    definition = {
        "Name": name,
        "TableType": "EXTERNAL_TABLE",
        "Parameters": {"EXTERNAL": "TRUE", "classification": "parquet"},
        "PartitionKeys": [] if name in OWN else [{"Name": key, "Type": "string"} for key in PARTITIONED_BY],
        "StorageDescriptor": {
            "Location": folder(base, name),
            "InputFormat": "org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat",
            "OutputFormat": "org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat",
            "SerdeInfo": {
                "SerializationLibrary": "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe",
                "Parameters": {"serialization.format": "1", "parquet.column.index.access": "false"},
            },
        },
    }
    return Table(definition, {each: {"Name": each, "Type": kind} for each, kind in (columns or {}).items()})


def new_column(name: str, kind: ColumnType, values: Iterable[Any]) -> dict[str, str]:
    """Return a column of Glue for the first values of its kind."""
    if kind == "integer":
        if any(value is not None and abs(value) > EXACT for value in values):
            return {"Name": name, "Type": "bigint"}
        return {"Name": name, "Type": _TYPES[kind], "Comment": _INTEGERS}
    return {"Name": name, "Type": _TYPES[kind]}


def kind_of(column: Mapping[str, Any]) -> ColumnType:
    """Return what a column has; one of a type that is not ours has texts, none of which fits."""
    kind = column["Type"]
    if kind == "bigint" or (kind == "double" and column.get("Comment") == _INTEGERS):
        return "integer"
    return _KINDS.get(kind, "varchar")


def widened(column: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a column that fractions have come to. Nothing of it changes but what is said of it."""
    if column["Type"] != "double":
        return column
    return {name: value for name, value in column.items() if name != "Comment"}


def is_known(column: Mapping[str, Any]) -> bool:
    """Return whether a column is of a type that we write."""
    return column["Type"] in _TRINO


def latest(name: str, changes: Table, database: str, version: str) -> Table:
    """Return the view with one row for each id: of every column of `changes` the value that was received last.

    Athena keeps its views as base64 of such a document.
    """
    columns = {each: column for each, column in changes.columns.items() if is_known(column)}
    selected = [
        f'"{each}"'
        if each == "id"
        else 'max("received_at") AS "received_at"'
        if each == "received_at"
        else f'max_by("{each}", "received_at") FILTER (WHERE "{each}" IS NOT NULL) AS "{each}"'
        for each in columns
    ]
    query = f'SELECT {", ".join(selected)} FROM "{changes.name}" GROUP BY "id"'
    document = {
        "originalSql": query,
        "catalog": "awsdatacatalog",
        "schema": database,
        "columns": [{"name": each, "type": _TRINO[column["Type"]]} for each, column in columns.items()],
    }
    definition = {
        "Name": name,
        "Description": LATEST,
        "TableType": "VIRTUAL_VIEW",
        "Parameters": {"presto_view": "true", "comment": "Presto View"},
        "ViewOriginalText": f"/* Presto View: {base64.b64encode(orjson.dumps(document)).decode()} */",
        "ViewExpandedText": "/* Presto View */",
        "StorageDescriptor": {"SerdeInfo": {}},
    }
    return Table(
        definition, {each: {"Name": each, "Type": column["Type"]} for each, column in columns.items()}, version
    )
