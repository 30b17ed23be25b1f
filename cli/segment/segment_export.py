"""A workspace as Segment's Public API returns it, in a form to work with.

https://docs.segmentapis.com. An export is a file of JSON: one object with `sources`, `destinations`, `subscriptions`,
`filters` and `trackingPlans`, or a list of answers of the API, each with its `data`, in any order. Pages may be many.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import yaml

from catalogue import types as catalogue
from sluice.workspace.compiler import InvalidWorkspaceError, check

type Thing = Mapping[str, Any]

#: How the API calls what it returns, and how we do.
_NAMES = {
    "sources": "sources", "source": "sources", "destinations": "destinations", "destination": "destinations",
    "subscriptions": "subscriptions", "destinationSubscriptions": "subscriptions", "filters": "filters",
    "destinationFilters": "filters", "items": "selectiveSyncs", "warehouse": "warehouses",
}  # fmt: skip
#: What the API says about its answers.
_ABOUT = frozenset({"pagination", "errors", "warnings"})


class UnreadableExportError(ValueError):
    """Not what the API returns."""


def things(export: Any) -> dict[str, list[Thing]]:
    """Return all things of an export by their kind, each once, in order. Raises UnreadableExportError.

    What we have no name for has the API's, so that nothing is left out in silence.
    """
    found: dict[str, dict[str, Thing]] = defaultdict(dict)
    for kind, thing in _found(export):
        me = str(thing.get("id", f"{kind}-{len(found[kind]) + 1}"))
        found[kind][me] = {**thing, "id": me}
    if not found["sources"]:
        raise UnreadableExportError("there is no source in it; export GET /sources, /destinations and the others")
    return {kind: list(of_it.values()) for kind, of_it in found.items()}


def slug_of(thing: Thing) -> str:
    """Segment's own name of a type of source or destination."""
    metadata = thing.get("metadata")
    return str(metadata.get("slug", "")) if isinstance(metadata, dict) else ""


def _found(export: Any) -> Iterator[tuple[str, Thing]]:
    if isinstance(export, list):
        for each in export:
            yield from _found(each)
    elif isinstance(export, dict):
        inside = export["data"] if isinstance(export.get("data"), dict) else export
        for name, value in inside.items():
            is_known = name in _NAMES and name != "items"
            for thing in value if isinstance(value, list) else [value] * is_known:
                if isinstance(thing, dict) and name not in _ABOUT:
                    yield _NAMES.get(name, name), thing


_ACTION = re.compile(r"destinations\.0\.actions\.([0-9]+)")


def errors_of(destination: Mapping[str, Any], sources: Sequence[Mapping[str, Any]]) -> list[tuple[int | None, str]]:
    """Return `make workspace`'s errors: the number of the action, or None if it is about more, and why."""
    text = yaml.safe_dump({"sources": list(sources), "destinations": [dict(destination)]}, allow_unicode=True)
    try:
        check(text, "workspace.yaml", catalogue)
    except InvalidWorkspaceError as error:
        found = [(_ACTION.match(each.place), each) for each in error.errors]
        return [
            (int(match[1]) if match else None, f"{each.place.removeprefix('destinations.0.')}: {each.text}")
            for match, each in found
        ]
    return []
