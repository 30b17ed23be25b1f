"""Events and objects to rows: the tables that each has a row in, and the columns of those.

https://segment.com/docs/connections/storage/warehouses/schema/
"""

from collections.abc import Collection, Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import orjson

from sluice.warehouses.names import Dialect, column_of, identifier, snake_case, told_apart

#: Types of events, and the table that has a row for each event of the type.
OF_CALLS = {
    "track": "tracks", "page": "pages", "screen": "screens", "identify": "identifies", "group": "groups",
    "alias": "aliases",
}  # fmt: skip
#: Tables of events with one row for each id, of which the latest values count, as in the table of a collection.
MERGED = frozenset({"users", "accounts"})
#: Tables that are Segment's own. An event that is called like one has its table under another name.
TABLES = MERGED | set(OF_CALLS.values())
#: Names of our own tables, before which `_sluice_` stands. Tables of the latest values may be kept under such names.
_OWN = frozenset({"loads", "rejects"})
#: Names of tables that are called otherwise, with `_` before them, where an event or a collection has the name.
TAKEN = TABLES | _OWN
#: In a table of objects, but for `users` and `accounts`: the collection as it was sent. No property has such a name.
COLLECTION = "_collection"
#: What is added to a name that the other kind has: for the tables of objects, and for those of events. No event and no
#: collection has such a name by itself, for snake case has single underscores.
_OBJECTS, _EVENTS = BESIDE = ("__objects", "__events")
#: Columns whose values are times, whatever they look like.
TIMES = ("received_at", "original_timestamp", "timestamp", "sent_at")

_COMMON = {
    "messageId": "id",
    "anonymousId": "anonymous_id",
    "userId": "user_id",
    "receivedAt": "received_at",
    "originalTimestamp": "original_timestamp",
    "timestamp": "timestamp",
    "sentAt": "sent_at",
}


@dataclass(slots=True)
class Row:
    """A row of a table. `misnamed` are values that have no column: of a name with nothing in it, or of one taken.

    `is_merged`: its table has one row for each id, of which the latest values count.
    """

    table: str
    values: dict[str, Any]
    misnamed: list[tuple[str, Any]] = field(default_factory=list)
    is_merged: bool = False


def rows_of(event: Mapping[str, Any], dialect: Dialect) -> list[Row]:
    """Return the rows of an event, or of an object, as the archive has it.

    A value is a text, a number or a truth; null is no value.
    """
    if "type" not in event:
        return _object(event, dialect)
    common = {column: event[name] for name, column in _COMMON.items() if event.get(name) is not None}
    about = Row("", common)
    _flatten(about, event.get("context"), "context", dialect)
    match event.get("type"):
        case "track":
            return _tracked(event, about, dialect)
        case "identify":
            merged = _merged("users", event.get("userId"), event, dialect)
            return [_with(about, "identifies", event.get("traits"), dialect), *merged]
        case "group":
            about.values.update(_given(event, groupId="group_id"))
            merged = _merged("accounts", event.get("groupId"), event, dialect)
            return [_with(about, "groups", event.get("traits"), dialect), *merged]
        case "page" | "screen" as call:
            about.values.update(_given(event, name="name", category="category"))
            return [_with(about, OF_CALLS[call], event.get("properties"), dialect)]
        case "alias":
            about.values.update(_given(event, previousId="previous_id"))
            return [_with(about, "aliases", event.get("traits"), dialect)]
    return []


def is_wanted(event: Mapping[str, Any], names: Collection[str]) -> bool:
    """Return whether `integrations` lets an event into the warehouse of these ids. `All` alone says nothing about any.

    https://segment.com/docs/connections/storage/warehouses/faq/#can-i-control-what-data-is-sent-to-my-warehouse
    """
    integrations = event.get("integrations")
    said = integrations.get("Warehouses") if isinstance(integrations, dict) else None
    if isinstance(said, bool):
        return said
    if not isinstance(said, dict):
        return True
    named = said.get("warehouseIds")
    if isinstance(named, list):
        return any(name in named for name in names)
    return said.get("all", said.get("All", True)) is not False


@lru_cache(100_000)
def event_table(event: str, dialect: Dialect) -> str:
    """Return the table of events with this name; "" where nothing of the name can be said in one."""
    name = snake_case(event)
    return identifier(f"_{name}" if name in TABLES else name, dialect) if name else ""


@lru_cache(10_000)
def object_table(collection: str, dialect: Dialect) -> str:
    """Return the table of the objects of a collection, if no event has that name.

    Two collections never share one: an id may be in both. What tells them apart is not left out of a name.
    """
    name = snake_case(collection)
    if name != collection:
        name = told_apart(name, collection)
    return identifier(f"_{name}" if name in TAKEN - MERGED else name, dialect)


def _object(document: Mapping[str, Any], dialect: Dialect) -> list[Row]:
    key, collection = document.get("id"), document.get("collection")
    if not isinstance(key, str) or not key or not isinstance(collection, str) or not snake_case(collection):
        return []
    table = object_table(collection, dialect)
    values = {"id": key, "received_at": document.get("receivedAt")}
    row = Row(table, values if table in MERGED else {**values, COLLECTION: collection}, is_merged=True)
    _flatten(row, document.get("properties"), "", dialect)
    return [row]


def is_merged(table: str, columns: Container[str]) -> bool:
    """Return whether a table that has these columns has one row for each id, of which the latest values count."""
    return table in MERGED or COLLECTION in columns


@dataclass(slots=True)
class Places:
    """The tables that rows are put into, in a schema that has the tables `found` and gets those of new rows."""

    found: Mapping[str, Container[str]]
    dialect: Dialect
    _taken: dict[tuple[str, bool], str] = field(default_factory=dict)
    _new: dict[str, bool] = field(default_factory=dict)

    def of(self, rows: Iterable[Row]) -> Iterator[Row]:
        """Yield rows, each with its table, in place."""
        for row in rows:
            row.table = self.table(row.table, is_object=row.is_merged)
            yield row

    def table(self, name: str, *, is_object: bool) -> str:
        """Return the table of what is called so: where the other kind has it, one whose name says which kind it is."""
        table = self._taken.get((name, is_object))
        if table is None:
            table = name
            while table not in TABLES and self._is_of_objects(table) is not is_object:
                if table not in self.found and table not in self._new:
                    self._new[table] = is_object
                    break
                table = identifier(f"{table}{_OBJECTS if is_object else _EVENTS}", self.dialect)
            self._taken[name, is_object] = table
        return table

    def _is_of_objects(self, table: str) -> bool | None:
        """Return whether a table is of objects; None if there is none."""
        if table in self.found:
            return is_merged(table, self.found[table])
        return self._new.get(table)


def _tracked(event: Mapping[str, Any], about: Row, dialect: Dialect) -> list[Row]:
    """Return a row of `tracks`, which has no property, and one of the event's own table, which has all of them."""
    text = str(event.get("event", ""))
    table = event_table(text, dialect)
    about.values |= {"event": snake_case(text), "event_text": text}
    tracks = Row("tracks", dict(about.values), list(about.misnamed))
    if not table:
        tracks.misnamed.append(("event", text))
        return [tracks]
    return [tracks, _with(about, table, event.get("properties"), dialect)]


def _merged(table: str, key: Any, event: Mapping[str, Any], dialect: Dialect) -> list[Row]:
    if not isinstance(key, str) or not key:
        return []
    row = Row(table, {"id": key, "received_at": event.get("receivedAt")})
    _flatten(row, event.get("traits"), "", dialect)
    return [Row(table, row.values, is_merged=True)]  # what has no name is told with the event's own row


def _given(event: Mapping[str, Any], **names: str) -> dict[str, Any]:
    return {column: event[name] for name, column in names.items() if event.get(name) is not None}


def _with(about: Row, table: str, fields: Any, dialect: Dialect) -> Row:
    row = Row(table, dict(about.values), list(about.misnamed))
    _flatten(row, fields, "", dialect)
    return row


def _flatten(row: Row, fields: Any, prefix: str, dialect: Dialect) -> None:
    """Put fields into a row, those of objects under joined names, lists as JSON. What is there already stays."""
    if not isinstance(fields, dict):
        return
    values = row.values
    for key, value in fields.items():
        if value is None:
            continue
        whole, column = column_of(prefix, key, dialect)
        if not whole:
            row.misnamed.append((key, value))
            continue
        kind = type(value)
        if kind is dict:
            _flatten(row, value, whole, dialect)
        elif column in values:
            row.misnamed.append((column, value))
        else:
            values[column] = orjson.dumps(value).decode() if kind is list else value
