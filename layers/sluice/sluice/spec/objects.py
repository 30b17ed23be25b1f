"""Objects: things that a source knows, by collection and id, which warehouses keep the newest values of.

https://segment.com/docs/connections/sources/catalog/libraries/server/object-api/
"""

import re
from collections.abc import Mapping
from typing import Any

from sluice.spec import reasons

OBJECT_NOT_VALID = reasons.reason(
    "object_not_valid", "An object has no id, a name of a collection that is none, or lists and objects as values."
)
#: Objects of one call.
MAX_OBJECTS = 10
#: Characters of a collection's name and of an id, and bytes of a value.
_MAX_NAME, _MAX_ID, _MAX_VALUE = 100, 100, 32 * 1024
_COLLECTION = re.compile(r"[a-z0-9](?:[a-z0-9_]*[a-z0-9])?")


def problem_of_call(document: Any) -> str | None:
    """Return what is wrong with a call of `set`, in words for who sent it; None for a good one."""
    if not isinstance(document, dict):
        return "The body is not a JSON object."
    objects = document.get("objects")
    if not isinstance(objects, list) or not 1 <= len(objects) <= MAX_OBJECTS:
        return f"`objects` has to be a list of 1 to {MAX_OBJECTS}."
    for number, each in enumerate(objects):
        if (text := problem_of(document.get("collection"), each)) is not None:
            return f"objects.{number}: {text}"
    return None


def problem_of(collection: Any, each: Any) -> str | None:
    """Return what is wrong with an object of a collection, None for a good one."""
    if not isinstance(collection, str) or len(collection) > _MAX_NAME or not _COLLECTION.fullmatch(collection):
        return f"`collection` has to be small letters, digits and _ within, at most {_MAX_NAME}."
    if not isinstance(each, dict):
        return "An object has an `id` and `properties`."
    key = each.get("id")
    if isinstance(key, bool) or not isinstance(key, str | int) or not 0 < len(str(key)) <= _MAX_ID:
        return f"`id` has to be a string of at most {_MAX_ID} characters."
    properties = each.get("properties", {})
    if not isinstance(properties, dict):
        return "`properties` has to be an object."
    for name, value in properties.items():
        if isinstance(value, dict | list):
            return f"`{name[:_MAX_NAME]}` is a list or an object; only texts, numbers and truth values can be."
        if isinstance(value, str) and len(value.encode("utf-8", "surrogatepass")) > _MAX_VALUE:
            return f"`{name[:_MAX_NAME]}` has more than {_MAX_VALUE} bytes."
    return None


def archived(source: str, received_at: str, collection: str, each: Mapping[str, Any]) -> dict[str, Any]:
    """Return an object as the archive has it."""
    properties = each.get("properties") or {}
    return {
        "sourceId": source,
        "receivedAt": received_at,
        "collection": collection,
        "id": str(each["id"]),
        "properties": properties,
    }
