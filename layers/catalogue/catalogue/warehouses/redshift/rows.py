"""Rows as Redshift can take them: as CSV for a COPY, and no longer than its columns are.

JSON would do as well, but what COPY makes of a backslash in it is told in two ways, and of a text `\\N` in none.
https://docs.aws.amazon.com/redshift/latest/dg/copy-parameters-data-format.html
"""

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, TextIO

import orjson

from sluice.warehouses.batches import OVERFLOW, Reject
from sluice.warehouses.column_types import ColumnType

#: Bytes that a text may have. https://docs.aws.amazon.com/redshift/latest/dg/r_Character_types.html
LONGEST_TEXT = 65_535
#: Bytes of texts in a row. COPY takes rows of 4 MB, and counts some characters twice.
_LONGEST_ROW = 1_900_000
#: Bytes of the names of the columns that rows are put in with at once.
_MAX_NAMES = 60_000


def parts(
    columns: Mapping[str, ColumnType], rows: Sequence[Mapping[str, Any]]
) -> Iterator[tuple[Mapping[str, ColumnType], Sequence[Mapping[str, Any]]]]:
    """Yield rows with the columns that they need, in parts whose names fit into a statement: mostly all in one."""
    if sum(len(name) + 4 for name in columns) <= _MAX_NAMES:
        yield columns, rows
        return
    part: list[Mapping[str, Any]] = []
    names: set[str] = set()
    for row in rows:
        together = names | row.keys()
        if part and sum(len(name) + 4 for name in together) > _MAX_NAMES:
            yield {name: kind for name, kind in columns.items() if name in names}, part
            part, together = [], set(row)
        part.append(row)
        names = together
    yield {name: kind for name, kind in columns.items() if name in names}, part


def fit(table: str, rows: Iterable[dict[str, Any]], room: Mapping[str, int]) -> Iterator[Reject]:
    """Make the texts of rows fit into their columns, in place. Yield what does not fit.

    `room` is in bytes, for columns that have another than ours; 0 is a column of a type that is not ours, which takes
    nothing. Other texts are cut, between two characters, and overflows between two values.
    """
    for row in rows:
        size = 0
        for name, value in list(row.items()):
            if type(value) is not str:
                continue
            most = min(room.get(name, LONGEST_TEXT), _LONGEST_ROW - size)
            if _size(value) > most:
                kept, lost = _overflow(value, most) if name == OVERFLOW else (cut(value, most), {name: value})
                for column, each in lost.items():
                    yield Reject(table, row["id"], column, cut(each), "type" if room.get(name) == 0 else "range")
                if kept:
                    row[name] = kept
                else:
                    del row[name]
            size += min(_size(value), most)


def _size(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode())


def cut(text: str, most: int = LONGEST_TEXT) -> str:
    """Return as many characters as fit into so many bytes. A null character, which no engine takes, is left out."""
    text = text.replace("\0", "")
    return text if _size(text) <= most else text.encode()[:most].decode(errors="ignore")


def _overflow(text: str, most: int) -> tuple[str, Mapping[str, str]]:
    """Return the values of an overflow that fit, as JSON, and the texts of those that do not."""
    try:
        values = orjson.loads(text)
    except orjson.JSONDecodeError:
        values = None
    if not isinstance(values, dict):
        return cut(text, most), {OVERFLOW: text}
    kept: dict[str, Any] = {}
    lost: dict[str, str] = {}
    size = len("{}")
    for name, value in values.items():
        needed = len(orjson.dumps({name: value})) - 1
        if size + needed <= most:
            kept[name] = value
            size += needed
        else:
            lost[name] = value if isinstance(value, str) else orjson.dumps(value).decode()
    return orjson.dumps(kept).decode(), lost


class _Absent:
    """The mark for no value in CSV: not a text, so that it gets no quotation marks."""

    def __init__(self, mark: str) -> None:
        self._mark = mark

    def __str__(self) -> str:
        return self._mark


def absent(rows: Iterable[Mapping[str, Any]]) -> str:
    """Return a mark for no value that is no value of any row.

    Whether COPY takes it for no value in quotation marks, too, is not told.
    """
    marks = {value for row in rows for value in row.values() if type(value) is str and value[:1] == "~" == value[-1:]}
    mark = "~"
    while mark in marks:
        mark += "~"
    return mark


def write(file: TextIO, columns: Iterable[str], rows: Iterable[Mapping[str, Any]], mark: str) -> None:
    """Write rows as CSV, a column after the other, with that mark where there is no value."""
    writer = csv.writer(file, quoting=csv.QUOTE_STRINGS, lineterminator="\n")
    names, nothing = list(columns), _Absent(mark)
    for row in rows:
        writer.writerow([_cell(row.get(name), nothing) for name in names])


def _cell(value: Any, nothing: _Absent) -> Any:
    """Return a value as `csv` writes what COPY reads. A moment is in UTC."""
    if value is None:
        return nothing
    if isinstance(value, bool):
        return "true" if value else "false"
    return value.replace(tzinfo=None).isoformat(" ") if isinstance(value, datetime) else value
