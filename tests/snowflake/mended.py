"""How fakesnow reads CSV, mended to be as Snowflake reads it; and its slow translation of SQL, remembered."""

from collections.abc import Callable
from typing import Any

import fakesnow.copy_into
import fakesnow.cursor

#: Characters of a statement that is worth remembering.
LONG = 3_000


def mend() -> None:
    csv, cursor = fakesnow.copy_into.ReadCSV, fakesnow.cursor.FakeSnowflakeCursor
    csv.read_expression = _reading_csv(csv.read_expression)
    cursor._transform = _remembering(cursor._transform)


def _reading_csv(read_expression: Callable[..., Any]) -> Callable[..., Any]:
    """Return how CSV is read: what is in quotation marks is no NULL, and nothing has a type by its looks.

    https://docs.snowflake.com/en/sql-reference/sql/copy-into-table#type-csv
    """

    def read(reader: Any, url: str) -> Any:
        found = read_expression(reader, url)
        options = {"all_varchar": True, "allow_quoted_nulls": False, "max_line_size": 1 << 24, "escape": '"'}
        for name, value in options.items():
            found.append("expressions", reader.make_eq(name, value))
        return found

    return read


def _remembering(transform: Callable[..., Any]) -> Callable[..., Any]:
    """Return fakesnow's translation to DuckDB's SQL, which remembers long statements: it reads them 76 times."""
    known: dict[str, Any] = {}

    def remembered(cursor: Any, expression: Any, params: Any) -> Any:
        text = expression.sql()
        if len(text) < LONG or expression.key not in ("create", "insert", "update", "alter"):
            return transform(cursor, expression, params)
        if text not in known:
            known[text] = transform(cursor, expression, params).copy()
        return known[text].copy()

    return remembered
