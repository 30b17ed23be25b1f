"""How fakesnow reads CSV, mended to be as Snowflake reads it; and its slow translation of SQL, remembered."""

from collections.abc import Callable
from typing import Any

import fakesnow.copy_into
import fakesnow.cursor

#: Statements whose translation follows from their text. That of others depends on the session, as of CREATE STAGE.
PURE = ("select", "insert", "update", "delete", "alter")


def mend() -> None:
    csv, cursor = fakesnow.copy_into.ReadCSV, fakesnow.cursor.FakeSnowflakeCursor
    csv.read_expression = _reading_csv(csv.read_expression)
    cursor._transform = _remembering(cursor._transform)
    cursor._describe_last_sql = _remembering_constants(cursor._describe_last_sql)


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
    """Return fakesnow's translation to DuckDB's SQL, remembered: it reads a statement 76 times."""
    known: dict[str, Any] = {}

    def remembered(cursor: Any, expression: Any, params: Any) -> Any:
        is_table = expression.key == "create" and expression.args["kind"] == "TABLE" and not expression.expression
        if not is_table and expression.key not in PURE:
            return transform(cursor, expression, params)
        text = expression.sql()
        if text in known:
            return known[text].copy()
        found = transform(cursor, expression, params)
        known[text] = found.copy()
        return found

    return remembered


def _remembering_constants(describe: Callable[..., Any]) -> Callable[..., Any]:
    """Return how columns of answers are described, remembered for an answer of constants: a text, or a count."""
    known: dict[str, Any] = {}

    def remembered(cursor: Any) -> Any:
        text = cursor._last_sql
        if " FROM " in text.upper() or cursor._last_params:
            return describe(cursor)
        if text not in known:
            known[text] = describe(cursor)
        return known[text]

    return remembered
