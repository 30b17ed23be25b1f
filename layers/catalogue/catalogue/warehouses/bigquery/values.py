"""Values on their way to BigQuery, as JSON and as parameters, and back from it.

https://docs.cloud.google.com/bigquery/docs/loading-data-cloud-storage-json
"""

import gzip
import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import orjson

from sluice.warehouses.column_types import ColumnType

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def packed(columns: Mapping[str, ColumnType], rows: Iterable[Mapping[str, Any]]) -> bytes:
    """Return rows as lines of JSON, with gzip. Their columns are called c0, c1, c2 …; no value is no member.

    Integers are texts in it: those beyond 2^53 would not arrive whole otherwise.
    """
    members = [(name, f"c{at}", _WRITTEN[kind]) for at, (name, kind) in enumerate(columns.items())]
    file = io.BytesIO()
    with gzip.GzipFile(fileobj=file, mode="wb", compresslevel=3, mtime=0) as lines:
        for row in rows:
            line = {short: write(row[name]) for name, short, write in members if row.get(name) is not None}
            lines.write(orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE))
    return file.getvalue()


def _same(value: Any) -> Any:
    return value


def moment(value: datetime) -> str:
    """Return a moment as BigQuery reads one, in UTC."""
    return f"{value.astimezone(UTC).replace(tzinfo=None).isoformat(' ')}+00:00"


_WRITTEN: Mapping[ColumnType, Callable[[Any], Any]] = {
    "timestamp": moment,
    "integer": str,
    "float": float,
    "boolean": _same,
    "varchar": _same,
}


def parameter(name: str, value: str | int | datetime | Sequence[str]) -> Mapping[str, Any]:
    """Return a parameter that a statement calls `@name`. A sequence of texts is an array.

    https://docs.cloud.google.com/bigquery/docs/reference/rest/v2/QueryParameter
    """
    if isinstance(value, str):
        return _scalar(name, "STRING", value)
    if isinstance(value, int):
        return _scalar(name, "INT64", str(value))
    if isinstance(value, datetime):
        return _scalar(name, "TIMESTAMP", moment(value))
    return {
        "name": name,
        "parameterType": {"type": "ARRAY", "arrayType": {"type": "STRING"}},
        "parameterValue": {"arrayValues": [{"value": each} for each in value]},
    }


def _scalar(name: str, kind: str, value: str) -> Mapping[str, Any]:
    return {"name": name, "parameterType": {"type": kind}, "parameterValue": {"value": value}}


def _truth(text: str) -> bool:
    return text == "true"


def _microseconds(text: str) -> datetime:
    return _EPOCH + timedelta(microseconds=int(text))


#: How values of a type are read; the others stay texts. Times are asked for in microseconds.
_READ: Mapping[str, Callable[[str], Any]] = {
    "INTEGER": int,
    "INT64": int,
    "FLOAT": float,
    "FLOAT64": float,
    "NUMERIC": Decimal,
    "BIGNUMERIC": Decimal,
    "BOOLEAN": _truth,
    "BOOL": _truth,
    "TIMESTAMP": _microseconds,
    "DATE": date.fromisoformat,
    "DATETIME": datetime.fromisoformat,
}


def rows(fields: Sequence[Mapping[str, Any]], given: Iterable[Mapping[str, Any]]) -> list[tuple[Any, ...]]:
    """Return the rows of an answer, whose columns are described by `fields`."""
    return [tuple(_value(field, cell.get("v")) for field, cell in zip(fields, row["f"], strict=True)) for row in given]


def _value(field: Mapping[str, Any], value: Any) -> Any:
    if value is None:
        return None
    if field.get("mode") == "REPEATED":
        return [_value({**field, "mode": ""}, each.get("v")) for each in value]
    if field["type"] in ("RECORD", "STRUCT"):
        (found,) = rows(field["fields"], [value])
        return dict(zip((each["name"] for each in field["fields"]), found, strict=True))
    read: Callable[[str], Any] = _READ.get(field["type"], _same)
    return read(value)
