"""Rows as a lake can take them: what was said of users and accounts, and values that fit as Parquet has them."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Literal

import orjson

from catalogue.warehouses.lake.tables import EXACT
from sluice.warehouses.batches import OVERFLOW, Reject

#: Types for which the kit has made all values fit.
_UNCHECKED = frozenset({"timestamp", "boolean", "string"})


def changes(rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return what was said of each id at each moment as one row: what comes later in the file counts."""
    found: dict[tuple[Any, Any], dict[str, Any]] = {}
    for row in rows:
        kept = found.setdefault((row["id"], row.get("received_at")), {})
        before = kept.get(OVERFLOW)
        kept.update(row)
        if before and row.get(OVERFLOW):
            kept[OVERFLOW] = orjson.dumps(orjson.loads(before) | orjson.loads(row[OVERFLOW])).decode()
    return list(found.values())


def fit(table: str, rows: Iterable[dict[str, Any]], columns: Mapping[str, Mapping[str, Any]]) -> Iterator[Reject]:
    """Make values fit into columns of Glue, in place. Yield those that do not; no digit of a number is lost."""
    checked = {name: column["Type"] for name, column in columns.items() if column["Type"] not in _UNCHECKED}
    for row in rows if checked else ():
        for name in checked.keys() & row.keys():
            value = row[name]
            if value is None:
                continue
            reason = _misfit(value, checked[name])
            if reason is not None:
                text = value if isinstance(value, str) else orjson.dumps(value).decode()
                yield Reject(table, str(row.get("id", "")), name, text, reason)
                del row[name]
            elif checked[name] == "bigint":
                row[name] = int(value)


def _misfit(value: Any, kind: str) -> Literal["type", "range"] | None:
    """Return why a value does not fit, or None. A float may have been an integer, of which it has all digits."""
    if kind == "double":
        return "range" if type(value) is int and abs(value) > EXACT else None
    if kind == "bigint":
        if type(value) is int:
            return None
        return "type" if not value.is_integer() else "range" if abs(value) >= EXACT else None
    return "type"
