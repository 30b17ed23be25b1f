"""Columns of ClickHouse: what the five types are there, and how tables of the latest values keep them.

https://clickhouse.com/docs/sql-reference/data-types
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from sluice.warehouses.column_types import ColumnType

MOMENT = "DateTime64(6, 'UTC')"
TYPES: Mapping[ColumnType, str] = {
    "timestamp": MOMENT,
    "integer": "Int64",
    "float": "Float64",
    "boolean": "Bool",
    "varchar": "String",
}
#: The moments that a DateTime64 can be: https://clickhouse.com/docs/sql-reference/data-types/datetime64
FIRST, LAST = datetime(1900, 1, 1, tzinfo=UTC), datetime(2299, 12, 31, 23, 59, 59, 999999, UTC)
#: Columns of every row, which are the sorting key and so cannot be null. Without a time a row is of 1970.
REQUIRED = frozenset({"id", "received_at"})


#: What a column holds besides its values: null, nothing, or when each was received; and one that keeps the greatest.
type Form = Literal["nullable", "plain", "timed", "greatest"]


@dataclass(frozen=True, slots=True)
class Column:
    """A column as a table has it.

    One that is `timed` keeps the latest value by itself, and when that was received, because the greater of two such
    pairs is the later one. So rows with one id become one, in whatever order they come and however often.
    https://clickhouse.com/docs/sql-reference/data-types/simpleaggregatefunction
    """

    kind: ColumnType
    form: Form = "nullable"
    #: The name of its type, if it is not the one that we give it.
    other: str = ""

    @property
    def declared(self) -> str:
        """Return the name of its type."""
        if self.other:
            return self.other
        text = TYPES[self.kind]
        match self.form:
            case "plain":
                return text
            case "greatest":
                return f"SimpleAggregateFunction(max, {text})"
            case "timed":
                return f"SimpleAggregateFunction(max, Tuple(at {MOMENT}, value Nullable({text})))"
        return f"Nullable({text})"


def _known() -> Iterator[tuple[str, Column]]:
    forms: tuple[Form, ...] = ("nullable", "plain", "timed", "greatest")
    for kind in TYPES:
        for form in forms:
            column = Column(kind, form)
            yield column.declared, column
    few = "LowCardinality(String)", "LowCardinality(Nullable(String))"
    yield few[0], Column("varchar", "plain", few[0])
    yield few[1], Column("varchar", "nullable", few[1])


#: Columns by what ClickHouse calls their type. A column of any other takes nothing.
COLUMNS: Mapping[str, Column] = dict(_known())
