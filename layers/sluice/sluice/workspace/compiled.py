"""The compiled workspace, as functions load it at start: plain data, no pydantic, no YAML.

A field that functions need has the name and the meaning that it has in `models`, which describes and checks it.
"""

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson

VERSION = 4
#: The place in the archive of what no source sent; no source may have this id.
UNKNOWN_SOURCE = "unknown"
#: Where the workspace layer puts it; SLUICE_WORKSPACE names another file.
DEFAULT_PATH = "/opt/sluice/workspace.json"


class WorkspaceVersionError(RuntimeError):
    """The workspace was compiled by another version of the library: build and deploy both together."""


@dataclass(frozen=True, slots=True)
class Token:
    public_keys: tuple[str, ...]
    issuer: str | None
    audience: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A source without any of the optional demands takes what has its write key.

    One with `settings`, which still hold references to secrets, takes hooks as its type reads them.
    """

    id: str
    name: str
    type: str
    enabled: bool = True
    origins: tuple[str, ...] = ()
    secrets_sha256: tuple[str, ...] = ()
    token: Token | None = None
    anonymous_cookie: bool = False
    redirect_hosts: tuple[str, ...] = ()
    redirect_keys: tuple[str, ...] = ()
    requests_per_second: float | None = None
    settings: dict[str, Any] | None = field(default=None, repr=False)

    @property
    def is_hook(self) -> bool:
        """Return whether it takes the hooks of a vendor, and not the events of an SDK."""
        return self.settings is not None


@dataclass(frozen=True, slots=True)
class Delivery:
    """`patience` in seconds, `rate` in events a second for all functions together."""

    patience: float = 4 * 3600.0
    concurrency: int = 10
    rate: float | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Destination:
    """`settings` still hold references to secrets, never secrets; `sources` None means all.

    `names` are those by which an event's `integrations` object may mean this destination. Each of `actions` has `id`,
    `action`, `trigger` (FQL) and the whole `mapping`; `filters` and `transformations` are as in workspace.yaml. Each
    object is equal to itself alone, so that what is compiled of it can be remembered by it.
    """

    id: str
    names: tuple[str, ...]
    type: str
    sources: tuple[str, ...] | None
    enabled: bool
    settings: dict[str, Any]
    delivery: Delivery = Delivery()
    actions: tuple[dict[str, Any], ...] = ()
    filters: tuple[dict[str, Any], ...] = ()
    transformations: tuple[dict[str, Any], ...] = ()
    consent: tuple[str, ...] = ()
    insert: dict[str, Any] | None = None

    def wants(self, source: str) -> bool:
        return self.enabled and (self.sources is None or source in self.sources)


@dataclass(frozen=True, slots=True, kw_only=True)
class Warehouse:
    """`settings` still hold references to secrets; `sources` None means all.

    `names` are those by which an event's `integrations` object may mean this warehouse; `interval` is in seconds.
    `schemas` are by source, where one is not called after it. `collections` and `properties` are left out.
    """

    id: str
    type: str
    names: tuple[str, ...]
    sources: tuple[str, ...] | None = None
    enabled: bool = True
    interval: float = 3600.0
    settings: dict[str, Any]
    schemas: dict[str, str] = field(default_factory=dict)
    collections: tuple[str, ...] = ()
    properties: dict[str, list[str]] = field(default_factory=dict)
    widens: bool = True

    def wants(self, source: str) -> bool:
        return self.enabled and (self.sources is None or source in self.sources)


@dataclass(frozen=True, slots=True)
class DeviceDestination:
    """One that the browser sends to; `plugin` has `url`, `library` and `settings`.

    `rules` are its filters as analytics.js reads them.
    """

    id: str
    name: str
    sources: tuple[str, ...] | None
    settings: dict[str, Any]
    consent: tuple[str, ...]
    plugin: dict[str, Any] | None
    rules: tuple[dict[str, Any], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Enrichment:
    """`sources` None means all; `geo` is the name of a file beside the compiled workspace, or empty."""

    sources: tuple[str, ...] | None = None
    campaign: bool = False
    agent: bool = False
    bots: bool = False
    geo: str = ""
    ip: str = "keep"


@dataclass(frozen=True, slots=True)
class Web:
    path_prefix: str | None = None
    consent_categories: tuple[str, ...] = ()
    viewer_address_header: str | None = None
    host: str | None = None


@dataclass(frozen=True, slots=True)
class Workspace:
    sources: dict[str, Source]
    destinations: dict[str, Destination]
    write_keys: dict[str, str] = field(repr=False)
    device_destinations: tuple[DeviceDestination, ...] = ()
    web: Web = Web()
    warehouses: dict[str, Warehouse] = field(default_factory=dict)
    enrichment: Enrichment = Enrichment()

    def source_of(self, write_key: str | None) -> Source | None:
        source = self.write_keys.get(write_key) if write_key else None
        return self.sources[source] if source is not None else None


def path() -> Path:
    """Return the place of the compiled workspace; what belongs to it lies beside it."""
    return Path(os.environ.get("SLUICE_WORKSPACE") or DEFAULT_PATH)


def load(file: str | Path | None = None) -> Workspace:
    """Read the compiled workspace. Raises OSError, or WorkspaceVersionError."""
    return from_json(Path(file or path()).read_bytes())


def from_json(text: bytes) -> Workspace:
    document = orjson.loads(text)
    if document["version"] != VERSION:
        raise WorkspaceVersionError(f"compiled as version {document['version']}, this library reads {VERSION}")
    sources = [_source(each) for each in document["sources"]]
    destinations = [_destination(each) for each in document["destinations"]]
    return Workspace(
        {source.id: source for source in sources},
        {destination.id: destination for destination in destinations},
        document["write_keys"],
        tuple(DeviceDestination(**_fields(each)) for each in document["device_destinations"]),
        Web(**_fields(document["web"])),
        {each["id"]: Warehouse(**_fields(each)) for each in document["warehouses"]},
        Enrichment(**_fields(document["enrichment"])),
    )


def _source(each: dict[str, Any]) -> Source:
    token = each["token"]
    return Source(**{**_fields(each), "token": token and Token(**_fields(token))})


def _destination(each: dict[str, Any]) -> Destination:
    return Destination(**{**_fields(each), "delivery": Delivery(**each["delivery"])})


def _fields(document: dict[str, Any]) -> dict[str, Any]:
    """Return the document's fields with tuples for lists. The names are those of the class, so none is listed here."""
    return {name: tuple(value) if isinstance(value, list) else value for name, value in document.items()}
