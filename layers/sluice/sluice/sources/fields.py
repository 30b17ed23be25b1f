"""The fields of a vendor's object as properties of an event: under the Spec's names, and nothing else lost."""

from collections.abc import Container, Mapping
from typing import Any

from sluice.sources.source import HEADERS
from sluice.sources.words import in_snake_case


def renamed(
    fields: Any, names: Mapping[str, str] | None = None, *, without: Container[str] = (), snake_case: bool = False
) -> dict[str, Any]:
    """Return the fields of an object that have a value, those in `names` under these names.

    One keeps its own where a user's field is called so already. `without` are left out, because they stand elsewhere in
    the event. With `snake_case` the vendor writes `MessageID`. Ids become text. What is no object has no fields.
    """
    if not isinstance(fields, Mapping):
        return {}
    found: dict[str, Any] = {}
    for name, value in fields.items():
        if value is None or name in without or name == HEADERS:
            continue
        called = (names or {}).get(name, name)
        known = name if called != name and fields.get(called) is not None else called
        found[in_snake_case(known) if snake_case and known == name else known] = with_text_ids(value, name)
    return found


def with_text_ids(value: Any, name: str = "id") -> Any:
    """Return a value whose numbers called `id` or `…_id` are text, at any depth.

    They may be larger than 2^53, beyond which other languages round them.
    """
    if isinstance(value, dict):
        return {key: with_text_ids(each, key) for key, each in value.items()}
    if isinstance(value, list):
        return [with_text_ids(each, name) for each in value]
    return str(value) if type(value) is int and is_id(name) else value


def is_id(name: str) -> bool:
    """Return whether a field of that name has an id: `id`, `order_id` and `orderId`."""
    return name == "id" or name.endswith(("_id", "Id", "ID"))


def object_at(item: Any, *names: str) -> dict[str, Any]:
    """Return the object below `names`, an empty one where there is none."""
    for name in names:
        item = item.get(name) if isinstance(item, dict) else None
    return item if isinstance(item, dict) else {}
