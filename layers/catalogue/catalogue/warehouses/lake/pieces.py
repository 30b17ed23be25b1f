"""The rows of a file as Parquet: on the disk in pieces as they come, and then one object for each partition."""

import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
import orjson

from catalogue.warehouses.duckdb.literals import quoted, text, written

#: DuckDB's types for Hive's. A moment says in Parquet that it is UTC.
_TYPES = {
    "timestamp": "TIMESTAMPTZ", "bigint": "BIGINT", "double": "DOUBLE", "boolean": "BOOLEAN", "string": "VARCHAR",
}  # fmt: skip
_LINES = orjson.OPT_PASSTHROUGH_DATETIME | orjson.OPT_APPEND_NEWLINE
#: The partition of what has no moment, by Hive's name for it.
_NOWHERE = "__HIVE_DEFAULT_PARTITION__"
_PARQUET = "FORMAT parquet, COMPRESSION zstd"
#: What DuckDB may take of the memory; the rest is on the disk.
_MEMORY = "400MB"


@dataclass(slots=True)
class _Pieces:
    columns: dict[str, str] = field(default_factory=dict)
    paths: list[Path] = field(default_factory=list)


class Pieces:
    """The rows of a file by table. They are on the disk until `close`."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory()
        self._root = Path(self._folder.name)
        self._connection = duckdb.connect()
        self._connection.execute(f"SET TimeZone = 'UTC'; SET threads = 1; SET memory_limit = '{_MEMORY}'")
        self._connection.execute(f"SET temp_directory = {text(str(self._root / 'overflow'))}")
        self._tables: dict[str, _Pieces] = {}
        self._count = 0

    @property
    def tables(self) -> Sequence[str]:
        return list(self._tables)

    def close(self) -> None:
        self._connection.close()
        with suppress(OSError):
            self._folder.cleanup()

    def add(self, table: str, columns: Mapping[str, str], rows: Iterable[Mapping[str, Any]]) -> None:
        """Add rows with columns of these types of Hive, by way of JSON lines, which DuckDB reads fast."""
        with tempfile.NamedTemporaryFile(suffix=".json", dir=self._root) as file:
            for row in rows:
                file.write(orjson.dumps(row, default=written, option=_LINES))
            file.flush()
            if not file.tell():
                return
            declared = ", ".join(f"{text(name)}: '{_TYPES[kind]}'" for name, kind in columns.items())
            read = f"read_json({text(file.name)}, format = 'newline_delimited', columns = {{{declared}}})"
            path = self._path()
            self._connection.execute(f"COPY (SELECT * FROM {read}) TO {text(str(path))} ({_PARQUET})")
        pieces = self._tables.setdefault(table, _Pieces())
        pieces.columns.update(columns)
        pieces.paths.append(path)

    def whole(self, table: str) -> Path:
        """Return all rows of a table in one file."""
        return self._written(table, "true")

    def partitions(self, table: str) -> Iterator[tuple[tuple[str, str], Path]]:
        """Yield the rows of a table in a file for each hour that they were received in, with its day and the hour."""
        if "received_at" not in self._tables[table].columns:
            yield (_NOWHERE, _NOWHERE), self.whole(table)
            return
        hour = "date_trunc('hour', received_at)"
        found = self._connection.execute(
            f"SELECT DISTINCT {hour}::TIMESTAMP, strftime({hour}, '%Y-%m-%d'), strftime({hour}, '%H')"
            f" FROM {self._read(table)} ORDER BY 1"
        ).fetchall()
        for at, day, hr in found:
            if at is None:
                yield (_NOWHERE, _NOWHERE), self._written(table, "received_at IS NULL")
            else:
                yield (day, hr), self._written(table, f"{hour} = '{at.isoformat(' ')}'::TIMESTAMPTZ")

    def _written(self, table: str, where: str) -> Path:
        pieces, path = self._tables[table], self._path()
        names = ", ".join(map(quoted, pieces.columns))
        order = ", ".join(name for name in ("received_at", "id") if name in pieces.columns) or "ALL"
        query = f"SELECT {names} FROM {self._read(table)} WHERE {where} ORDER BY {order}"
        self._connection.execute(f"COPY ({query}) TO {text(str(path))} ({_PARQUET})")
        return path

    def _read(self, table: str) -> str:
        paths = ", ".join(text(str(path)) for path in self._tables[table].paths)
        return f"read_parquet([{paths}], union_by_name = true)"

    def _path(self) -> Path:
        self._count += 1
        return self._root / f"{self._count}.parquet"
