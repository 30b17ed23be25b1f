"""Values on their way to ClickHouse, in its RowBinary, and back from it, in JSON.

Numbers are sent as they lie in memory: where ClickHouse reads them from text, by its own default until lately, some
come out beside what was sent. https://clickhouse.com/docs/interfaces/formats/RowBinary
"""

import gzip
import struct
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from itertools import chain
from typing import Any

from catalogue.warehouses.clickhouse.columns import Column
from sluice.warehouses.column_types import ColumnType

_EPOCH, _MICROSECOND = datetime(1970, 1, 1, tzinfo=UTC), timedelta(microseconds=1)
_INTEGER, _FLOAT, _SHORT = struct.Struct("<q").pack, struct.Struct("<d").pack, struct.Struct("<H").pack
_NULL, _VALUE = b"\1", b"\0"
_NEVER = _INTEGER(0)
_TRUTHS = {True: b"\1", False: b"\0"}


@lru_cache(10_000)
def _length(count: int) -> bytes:
    """Return a length in seven bits a byte, the least first."""
    made = bytearray()
    while count > 0x7F:
        made.append(count & 0x7F | 0x80)
        count >>= 7
    made.append(count)
    return bytes(made)


def _text(value: str) -> bytes:
    encoded = value.encode()
    return _length(len(encoded)) + encoded


@lru_cache(50_000)
def _moment(value: datetime) -> bytes:
    """Remembers, because each time of an event is in several tables."""
    return _INTEGER((value - _EPOCH) // _MICROSECOND)


_WRITTEN: Mapping[ColumnType, Callable[[Any], bytes]] = {
    "timestamp": _moment,
    "integer": _INTEGER,
    "float": _FLOAT,
    "boolean": _TRUTHS.__getitem__,
}
#: What a column holds that cannot be null where nothing is.
_NOTHING: Mapping[ColumnType, bytes] = {
    "timestamp": _NEVER, "integer": _NEVER, "float": _FLOAT(0), "boolean": b"\0", "varchar": b"\0",
}  # fmt: skip


def binary(columns: Mapping[str, Column], rows: Iterable[Mapping[str, Any]], now: datetime | None = None) -> bytes:
    """Return rows in RowBinary, with gzip. A timed value is of `now`, or else of when its row was received.

    The types of the columns stand before them, so that a table which somebody else has made otherwise takes nothing.
    Rows with the same names come together: most events have few values for the columns of their table.
    https://clickhouse.com/docs/interfaces/formats/RowBinaryWithNamesAndTypes
    """
    declared = chain(columns, (column.declared for column in columns.values()))
    head = _length(len(columns)) + b"".join(map(_text, declared))
    shapes: dict[tuple[str, ...], list[Mapping[str, Any]]] = {}
    for row in rows:
        shapes.setdefault(tuple(row), []).append(row)
    blocks = (_block(columns, dict.fromkeys(names), some, now) for names, some in shapes.items())
    return gzip.compress(head + b"".join(blocks), compresslevel=1, mtime=0)


def _block(
    columns: Mapping[str, Column], names: Container[str], rows: Sequence[Mapping[str, Any]], now: datetime | None
) -> bytes:
    """Return rows that have these names. What others are not there stands before the next cell of those."""
    cells: list[list[bytes]] = []
    before = b""
    for name, column in columns.items():
        if name not in names:
            before += _absent(column)
            continue
        written = _written(column.kind, [row[name] for row in rows])
        if column.form == "timed":
            moments = (_moment(now or row.get("received_at") or _EPOCH) for row in rows)
            written = [at + _VALUE + value for at, value in zip(moments, written, strict=True)]
        elif column.form == "nullable":
            before += _VALUE
        cells.append([before + value for value in written] if before else written)
        before = b""
    cells.append([before] * len(rows))
    return b"".join(chain.from_iterable(zip(*cells, strict=True)))


def _written(kind: ColumnType, values: list[Any]) -> list[bytes]:
    if kind == "varchar":
        return [_length(len(text)) + text for text in map(str.encode, values)]
    return list(map(_WRITTEN[kind], values))


def _absent(column: Column) -> bytes:
    match column.form:
        case "timed":
            return _NEVER + _NULL
        case "nullable":
            return _NULL
    return _NOTHING[column.kind]


def numbered(texts: Iterable[tuple[int, str]]) -> bytes:
    """Return texts with a number each as rows of RowBinary: `n UInt16, text String`."""
    return b"".join(_SHORT(number) + _text(text) for number, text in texts)


def parameter(text: str) -> str:
    """Return a text as the value of a parameter is written, whose name begins with `param_`."""
    return text.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n")


def literal(moment: datetime) -> str:
    """Return a moment as it stands in a statement."""
    return f"toDateTime64('{moment.astimezone(UTC).replace(tzinfo=None).isoformat(' ')}', 6, 'UTC')"


def read(kind: str, value: Any) -> Any:
    """Return a value of an answer, of a type as ClickHouse calls it."""
    plain = kind.removeprefix("LowCardinality(").removeprefix("Nullable(").removeprefix("SimpleAggregateFunction(max, ")
    with suppress(ValueError, ArithmeticError):
        for name, made in _READ.items():
            if plain.startswith(name):
                return value if value is None else made(value)
    return value


def _utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


#: How values of a type are read, by how its name begins; the others stay as they are.
_READ: Mapping[str, Callable[[Any], Any]] = {
    "DateTime": _utc, "Date": date.fromisoformat, "Float": float, "Decimal": Decimal, "Bool": bool,
}  # fmt: skip
