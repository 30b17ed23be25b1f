"""Rows as Snowflake copies them: as CSV, in which every text is in quotation marks, and what is absent is nothing.

https://docs.snowflake.com/en/user-guide/data-load-prepare
"""

import csv
import gzip
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any


def write(path: Path, columns: Iterable[str], rows: Iterable[Mapping[str, Any]]) -> None:
    """Write rows into a file of gzip, a column after the other."""
    names = list(columns)
    with gzip.open(path, "wt", compresslevel=1, encoding="utf-8", newline="") as file:
        writer = csv.writer(file, quoting=csv.QUOTE_NOTNULL, lineterminator="\n")
        writer.writerows([_cell(row.get(name)) for name in names] for row in rows)


def _cell(value: Any) -> Any:
    """Return a value as COPY reads it. A moment has its zone, which is UTC."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value.isoformat() if isinstance(value, datetime) else value
