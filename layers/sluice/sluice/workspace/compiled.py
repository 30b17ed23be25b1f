"""The compiled workspace, as functions load it at start: plain data, no pydantic, no YAML."""

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson

VERSION = 1
#: Where the workspace layer puts it; SLUICE_WORKSPACE names another file.
DEFAULT_PATH = "/opt/sluice/workspace.json"


class WorkspaceVersionError(RuntimeError):
    """The workspace was compiled by another version of the library: build and deploy both together."""


@dataclass(frozen=True, slots=True)
class Source:
    id: str
    name: str
    type: str
    enabled: bool
    redirect_hosts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Destination:
    """`settings` still hold references to secrets, never secrets; `sources` None means all.

    `names` are those by which an event's `integrations` object may mean this destination.
    """

    id: str
    names: tuple[str, ...]
    type: str
    sources: frozenset[str] | None
    enabled: bool
    settings: dict[str, Any]

    def wants(self, source: str) -> bool:
        return self.enabled and (self.sources is None or source in self.sources)


@dataclass(frozen=True, slots=True)
class Workspace:
    sources: dict[str, Source]
    destinations: dict[str, Destination]
    write_keys: dict[str, str] = field(repr=False)

    def source_of(self, write_key: str | None) -> Source | None:
        source = self.write_keys.get(write_key) if write_key else None
        return self.sources[source] if source is not None else None


def load(path: str | Path | None = None) -> Workspace:
    """Read the compiled workspace. Raises OSError, or WorkspaceVersionError."""
    return from_json(Path(path or os.environ.get("SLUICE_WORKSPACE") or DEFAULT_PATH).read_bytes())


def from_json(text: bytes) -> Workspace:
    document = orjson.loads(text)
    if document["version"] != VERSION:
        raise WorkspaceVersionError(f"compiled as version {document['version']}, this library reads {VERSION}")
    sources = [Source(**{**each, "redirect_hosts": tuple(each["redirect_hosts"])}) for each in document["sources"]]
    destinations = [
        Destination(
            id=each["id"],
            names=tuple(each["names"]),
            type=each["type"],
            sources=None if each["sources"] is None else frozenset(each["sources"]),
            enabled=each["enabled"],
            settings=each["settings"],
        )
        for each in document["destinations"]
    ]
    return Workspace(
        {source.id: source for source in sources},
        {destination.id: destination for destination in destinations},
        document["write_keys"],
    )
