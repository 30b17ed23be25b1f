"""`sluice import-segment`: a workspace of what Segment's Public API says about one.

What cannot be taken over is kept as a comment beside what was, with the reason, and counted. A destination whose filter
cannot be read is switched off: it must not get what it was kept from. Secrets are not taken over: a reference takes
their place, and they are to be put into SSM.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from catalogue import types as catalogue
from cli.segment.import_destination import Importing
from cli.segment.import_function import stubs
from cli.segment.import_source import tool, tool_of
from cli.segment.import_warehouse import warehouses
from cli.segment.imported import Imported, block, comment, id_of, listed, named
from cli.segment.segment_export import Thing, UnreadableExportError, slug_of, things
from sluice.destinations.destination import Destination

__all__ = ["Imported", "imported"]

_BROWSERS = frozenset({"javascript"})
_MOBILE = re.compile(r"ios|android|kotlin|swift|react-native|flutter|xamarin|unity|maui")
#: What is taken over, or is about what is.
_KINDS = frozenset({
    "sources", "destinations", "subscriptions", "filters", "warehouses", "warehouseSources", "selectiveSyncs",
    "unseenSelections",
})  # fmt: skip
_CAPITAL = re.compile("[A-Z]")
_WRITE_KEY = re.compile(r"[A-Za-z0-9_.~-]{3,128}")


def imported(export: Any) -> Imported:
    """Return the workspace of an export. Raises UnreadableExportError."""
    found, result = things(export), Imported()
    _check_keys([each for each in found["sources"] if tool_of(each) is None])
    ids, keys = set[str](), set[str]()
    sources, left = dict[str, dict[str, Any]](), list[str]()
    for each in found["sources"]:
        kind = tool_of(each)
        made = _source(each, ids, keys) if kind is None else tool(each, kind, ids, result)
        if made is None:
            result.left["sources whose write keys another has"] += 1
            left += comment(f"source {named(each)}: another source has its write keys")
        else:
            sources[str(each.get("id"))] = made
    result.taken["sources"] = len(sources)
    lines = ["# Taken over from Segment. Lines that begin with # are what could not be; look at each.", "", "sources:"]
    for source in sources.values():
        lines += [*block(source), ""]
    importing = Importing(sources, result)
    destinations = list(_destinations(found, importing))
    lines += [*left, "destinations:" if result.taken["destinations"] else "destinations: []", *destinations]
    of_warehouses = list(warehouses(found, sources, importing.ids, result))
    lines += [*(["warehouses:"] if result.taken["warehouses"] else []), *of_warehouses]
    result.functions = stubs(found.get("functions", []))
    lines += _not_yet(found, result)
    result.text = "\n".join(lines).rstrip() + "\n"
    return result


def _check_keys(sources: Sequence[Thing]) -> None:
    """Raise UnreadableExportError for a source without a write key: one that we invent, no app would have."""
    without = [named(each) for each in sources if not _keys(each)]
    if without:
        raise UnreadableExportError(
            f"without a write key: {', '.join(without)}. Ask for each with GET /sources/{{id}}, with a token that may "
            "see write keys, or take the source out of the export"
        )


def _keys(thing: Thing) -> list[str]:
    return list(dict.fromkeys(str(key) for key in listed(thing, "writeKeys") if _WRITE_KEY.fullmatch(str(key))))


def _source(thing: Thing, ids: set[str], keys: set[str]) -> dict[str, Any] | None:
    """Return a source with the write keys that no other source has; None if there is none."""
    mine = [key for key in _keys(thing) if key not in keys]
    if not mine:
        return None
    slug, name = slug_of(thing), str(thing.get("name") or thing.get("slug") or "source")
    kind = "browser" if slug in _BROWSERS else "mobile" if _MOBILE.search(slug) else "server"
    made: dict[str, Any] = {"id": id_of(str(thing.get("slug") or name), ids, "-"), "name": name, "type": kind}
    made["write_keys"] = mine
    keys.update(mine)
    return made if thing.get("enabled", True) else {**made, "enabled": False}


def _destinations(found: Mapping[str, Sequence[Thing]], importing: Importing) -> Iterator[str]:
    types, left = {slug: of_type for of_type in _types() for slug in of_type.segment.slugs}, importing.result.left
    known = {str(each.get("id")) for each in found.get("destinations", ())}
    for each in found.get("destinations", ()):
        of_type = types.get(slug_of(each))
        subscriptions, filters = (
            [one for one in found.get(name, ()) if str(one.get("destinationId")) == str(each.get("id"))]
            for name in ("subscriptions", "filters")
        )
        if of_type is None:
            left["destinations of a type that there is not"] += 1
            beside = {"subscriptions": len(subscriptions), "filters": len(filters)}
            for name, count in beside.items():
                left[f"{name} of these"] += count
            with_them = "".join(f", {count} {name}" for name, count in beside.items() if count)
            why = f"destination {named(each)}{with_them}: there is no type for Segment's {slug_of(each)!r} yet"
            yield from (*comment(why), "")
            continue
        yield from importing.destination(each, of_type, subscriptions, filters)
    for name in ("subscriptions", "filters"):
        for each in found.get(name, ()):
            if str(each.get("destinationId")) not in known:
                left[f"{name} of no destination"] += 1
                yield from comment(f"{name.removesuffix('s')} {named(each)}: its destination is not in the export")


def _types() -> Iterator[Destination[Any]]:
    return map(catalogue.destination_type, catalogue.destination_types())


def _not_yet(found: Mapping[str, Sequence[Thing]], result: Imported) -> list[str]:
    """Return comments for the kinds of things that we have not."""
    lines: list[str] = []
    for kind in sorted(found.keys() - _KINDS):
        several = _CAPITAL.sub(lambda match: f" {match[0].lower()}", kind)
        result.left[several] += len(found[kind])
        lines += [line for each in found[kind] for line in comment(f"{several}: {named(each)}")]
    return lines
