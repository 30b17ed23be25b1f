"""Segment's cloud sources that send webhooks here: a tool of the catalogue in the place of each."""

import dataclasses
import re
from typing import Any

from catalogue import types as catalogue
from cli.segment.imported import Imported, id_of
from cli.segment.segment_export import Thing, slug_of
from sluice.workspace.settings import is_secret

#: Types that no source of Segment's is meant by.
_OWN = frozenset({"webhook", "segment"})
_MARKS = re.compile(r"[^a-z0-9]")


def tool_of(thing: Thing) -> str | None:
    """Return the type of tool that a source is, None for a client with an SDK or a tool that there is not."""
    slug = _MARKS.sub("", slug_of(thing).lower())
    return slug if slug in catalogue.source_types() and slug not in _OWN else None


def tool(thing: Thing, kind: str, ids: set[str], result: Imported) -> dict[str, Any]:
    """Return a tool as the workspace has it. Its secrets are references, and noted."""
    name = str(thing.get("name") or thing.get("slug") or kind)
    made: dict[str, Any] = {"id": id_of(str(thing.get("slug") or name), ids, "-"), "name": name, "type": kind}
    declared = catalogue.source_type(kind).settings
    settings: dict[str, str] = {}
    for each in dataclasses.fields(declared):
        if is_secret(declared, each.name) and each.default is dataclasses.MISSING:
            where = f"/sluice/{made['id']}/{each.name}"
            settings[each.name] = f"${{secret:{where}}}"
            result.secrets.append(where)
    made["settings"] = settings
    return made if thing.get("enabled", True) else {**made, "enabled": False}
