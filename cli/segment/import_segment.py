"""`sluice import-segment`: a workspace of what Segment's Public API says about one.

What cannot be taken over is kept as a comment beside what was, with the reason, and counted. A destination whose filter
cannot be read is switched off: it must not get what it was kept from. Secrets are not taken over: a reference takes
their place, and they are to be put into SSM.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from catalogue import destinations as catalogue
from cli.segment.import_destination import Importing
from cli.segment.imported import Imported, block, comment, id_of, listed
from cli.segment.segment_export import Thing, slug_of, things
from sluice.destinations.destination import Destination

__all__ = ["Imported", "imported"]

_BROWSERS = frozenset({"javascript"})
_MOBILE = re.compile(r"ios|android|kotlin|swift|react-native|flutter|xamarin|unity|maui")
_WRITE_KEY = re.compile(r"[A-Za-z0-9_.~-]{3,128}")


def imported(export: Any) -> Imported:
    """Return the workspace of an export. Raises UnreadableExportError."""
    found, result = things(export), Imported()
    ids, keys = set[str](), set[str]()
    sources = {str(each.get("id")): _source(each, ids, keys) for each in found["sources"]}
    result.taken["sources"] = len(sources)
    lines = ["# Taken over from Segment. Lines that begin with # are what could not be; look at each.", "", "sources:"]
    for source in sources.values():
        lines += [*block(source), ""]
    destinations = list(_destinations(found, Importing(sources, result)))
    lines += ["destinations:" if result.taken["destinations"] else "destinations: []", *destinations]
    lines += _not_yet(found, result)
    result.text = "\n".join(lines).rstrip() + "\n"
    return result


def _source(thing: Thing, ids: set[str], keys: set[str]) -> dict[str, Any]:
    """Give the source a write key of its own if it has none that is valid, or if another source has it already."""
    slug, name = slug_of(thing), str(thing.get("name") or thing.get("slug") or "source")
    kind = "browser" if slug in _BROWSERS else "mobile" if _MOBILE.search(slug) else "server"
    made: dict[str, Any] = {"id": id_of(str(thing.get("slug") or name), ids, "-"), "name": name, "type": kind}
    theirs = dict.fromkeys(str(key) for key in listed(thing, "writeKeys") if _WRITE_KEY.fullmatch(str(key)))
    made["write_keys"] = [key for key in theirs if key not in keys] or [f"wk_{made['id'].replace('-', '_')}"]
    keys.update(made["write_keys"])
    return made if thing.get("enabled", True) else {**made, "enabled": False}


def _destinations(found: Mapping[str, Sequence[Thing]], importing: Importing) -> Iterator[str]:
    types = {slug: of_type for of_type in _types() for slug in of_type.segment.slugs}
    for each in found.get("destinations", ()):
        me, of_type = str(each.get("id")), types.get(slug_of(each))
        if of_type is None:
            importing.result.left["destinations of a type that there is not"] += 1
            why = f"destination {each.get('name')!r}: there is no type for Segment's {slug_of(each)!r} yet"
            yield from (*comment(why, each), "")
            continue
        subscriptions, filters = (
            [one for one in found.get(name, ()) if str(one.get("destinationId")) == me]
            for name in ("subscriptions", "filters")
        )
        yield from importing.destination(each, of_type, subscriptions, filters)


def _types() -> Iterator[Destination[Any]]:
    return map(catalogue.destination_type, catalogue.destination_types())


def _not_yet(found: Mapping[str, Sequence[Thing]], result: Imported) -> list[str]:
    lines: list[str] = []
    for kind, what in (("trackingPlans", "tracking plan"), ("warehouses", "warehouse"), ("functions", "function")):
        for each in found.get(kind, ()):
            result.left[f"{what}s"] += 1
            lines += comment(f"{what} {each.get('name') or each.get('id')!r}: kept for later", each)
    return lines
