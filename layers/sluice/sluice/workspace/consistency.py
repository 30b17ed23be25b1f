"""The agreement of a workspace's parts: names are used once, and exist where they are used."""

from collections.abc import Iterator, Sequence
from difflib import get_close_matches

from sluice.workspace.compiled import UNKNOWN_SOURCE
from sluice.workspace.models import (
    MOST_DESTINATIONS,
    MOST_HOOKS,
    MOST_WAREHOUSES,
    RESERVED_DESTINATIONS,
    Destination,
    DeviceDestination,
    Workspace,
)

type Path = tuple[str | int, ...]


def errors(workspace: Workspace) -> Iterator[tuple[Path, str]]:
    """Yield each place where two parts do not agree, and what is wrong there."""
    sources = [source.id for source in workspace.sources]
    yield from _repeated([(("sources", at, "id"), each) for at, each in enumerate(sources)], "a source has this id")
    keys = [
        (("sources", at, "write_keys", number), key)
        for at, source in enumerate(workspace.sources)
        for number, key in enumerate(source.write_keys)
    ]
    yield from _repeated(keys, "a source has this write key")
    if UNKNOWN_SOURCE in sources:
        yield ("sources", sources.index(UNKNOWN_SOURCE), "id"), "is taken: it holds what no source of yours sent"
    if len(workspace.destinations) > MOST_DESTINATIONS:
        yield (
            ("destinations", MOST_DESTINATIONS),
            f"more than {MOST_DESTINATIONS} destinations do not fit into one stack; make a second stage",
        )
    yield from _clients(workspace)
    yield from _hooks(workspace)
    for number, name in enumerate(workspace.enrichment.sources or ()):
        if name not in sources:
            yield ("enrichment", "sources", number), f"there is no source {name!r}; {meant(name, sources)}"
    yield from _destinations(workspace, sources)
    yield from _warehouses(workspace, sources)


def _clients(workspace: Workspace) -> Iterator[tuple[Path, str]]:
    for at, each in enumerate(workspace.sources):
        if not each.is_hook and not each.write_keys:
            yield ("sources", at, "write_keys"), "is missing; add it: `make new-key` prints one"
        if not each.is_hook and each.settings:
            yield ("sources", at, "settings"), f"belongs to tools; a {each.type} has none"


def _hooks(workspace: Workspace) -> Iterator[tuple[Path, str]]:
    taken = {each.id for each in workspace.destinations} | {each.id for each in workspace.warehouses}
    hooks = [(at, each) for at, each in enumerate(workspace.sources) if each.is_hook]
    if len(hooks) > MOST_HOOKS:
        yield ("sources", hooks[MOST_HOOKS][0]), f"more than {MOST_HOOKS} tools do not fit into one stack"
    for at, each in hooks:
        if each.id in taken:
            text = "a destination or warehouse has this id already; secrets are below it, so each needs one of its own"
            yield ("sources", at, "id"), text


def _warehouses(workspace: Workspace, sources: Sequence[str]) -> Iterator[tuple[Path, str]]:
    if len(workspace.warehouses) > MOST_WAREHOUSES:
        yield (
            ("warehouses", MOST_WAREHOUSES),
            f"more than {MOST_WAREHOUSES} warehouses do not fit into one stack; make a second stage",
        )
    destinations = {each.id for each in workspace.destinations} | {each.id for each in workspace.device_destinations}
    places: list[tuple[Path, str]] = [
        (("warehouses", at, "id"), each.id) for at, each in enumerate(workspace.warehouses)
    ]
    yield from _repeated(places, "a warehouse has this id")
    for path, name in places:
        if name in destinations:
            yield path, "a destination has this id already; secrets are below it, so each needs one of its own"
    for at, warehouse in enumerate(workspace.warehouses):
        named: list[tuple[Path, str]] = [
            *((("sources", number), name) for number, name in enumerate(warehouse.sources or ())),
            *((("schemas", name), name) for name in warehouse.schemas),
        ]
        for path, name in named:
            if name not in sources:
                yield ("warehouses", at, *path), f"there is no source {name!r}; {meant(name, sources)}"


def _destinations(workspace: Workspace, sources: Sequence[str]) -> Iterator[tuple[Path, str]]:
    of_servers = [(("destinations", at), each) for at, each in enumerate(workspace.destinations)]
    of_browsers = [(("device_destinations", at), each) for at, each in enumerate(workspace.device_destinations)]
    every: list[tuple[Path, Destination | DeviceDestination]] = [*of_servers, *of_browsers]
    yield from _repeated([((*path, "id"), each.id) for path, each in every], "a destination has this id")
    for path, destination in of_servers:
        if destination.id in RESERVED_DESTINATIONS:
            yield (*path, "id"), "is taken: it names a queue of the pipeline"
    for where, each in every:
        for number, name in enumerate(each.sources or ()):
            if name not in sources:
                yield (*where, "sources", number), f"there is no source {name!r}; {meant(name, sources)}"


def _repeated(places: Sequence[tuple[Path, str]], what: str) -> Iterator[tuple[Path, str]]:
    seen: set[str] = set()
    for path, name in places:
        if name in seen:
            yield path, f"{what} already; each needs one of its own"
        seen.add(name)


def meant(name: str, known: Sequence[str]) -> str:
    """Return what somebody who wrote `name` may have meant, or all that there is."""
    close = get_close_matches(name, known, 1)
    return f"did you mean {close[0]!r}?" if close else f"there {'is' if len(known) == 1 else 'are'} {', '.join(known)}"
