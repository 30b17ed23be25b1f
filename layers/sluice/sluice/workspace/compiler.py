"""workspace.yaml → workspace.json: every error found here, with its line and a way out."""

import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from pathlib import Path as File
from typing import Any

import orjson
from pydantic import TypeAdapter, ValidationError

from sluice.workspace import consistency, files, routing_rules, secrets
from sluice.workspace import subscriptions as subscribing
from sluice.workspace.catalogue import Catalogue
from sluice.workspace.compiled import VERSION
from sluice.workspace.explanations import explained
from sluice.workspace.models import CLIENTS, OF_CLIENTS, Destination, Source, Workspace
from sluice.workspace.omissions import omissions
from sluice.workspace.routing_rules import rule
from sluice.workspace.warehouse import Warehouse
from sluice.workspace.yaml_positions import Path, YamlError, line_of, read


@dataclass(frozen=True, slots=True)
class InvalidPlace:
    """One thing that is wrong: where (`workspace.yaml:12`), what (`destinations.0.settings.url`) and why."""

    file: str
    line: int
    place: str
    text: str

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}: "
        return where + (f"{self.place}: {self.text}" if self.place else self.text)


class InvalidWorkspaceError(ValueError):
    """Carries every error, not only the first."""

    def __init__(self, errors: list[InvalidPlace]) -> None:
        super().__init__("\n".join(map(str, errors)))
        self.errors = errors


def compile_file(source: File, target: File, catalogue: Catalogue) -> Workspace:
    """Compile `source` to `target`, in one step: a file with an error never replaces a good one.

    Raises InvalidWorkspaceError, or OSError.
    """
    workspace = check_file(source, catalogue)
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=target.parent, prefix=target.name, delete=False) as draft:
        draft.write(dump(workspace, catalogue))
    File(draft.name).chmod(0o644)
    File(draft.name).replace(target)
    return workspace


def check_file(source: File, catalogue: Catalogue) -> Workspace:
    """Return the workspace of a file. Raises InvalidWorkspaceError, or OSError."""
    content = source.read_bytes()
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise InvalidWorkspaceError([InvalidPlace(str(source), line, "", "not UTF-8; save it as UTF-8")]) from error
    workspace = check(text, str(source), catalogue)
    _check_files(workspace, source)
    return workspace


def _check_files(workspace: Workspace, source: File) -> None:
    """Raise InvalidWorkspaceError if a file that the workspace names is not beside it, or is no function."""
    found = list(files.errors(workspace, source.parent))
    if not found:
        return
    _, lines = read(source.read_text("utf-8-sig"))
    raise InvalidWorkspaceError(
        [InvalidPlace(str(source), line_of(path, lines), ".".join(map(str, path)), text) for path, text in found]
    )


def check(text: str, file: str, catalogue: Catalogue) -> Workspace:
    """Return the workspace that `text` describes. Raises InvalidWorkspaceError."""
    try:
        document, lines = read(text)
    except YamlError as error:
        raise InvalidWorkspaceError([InvalidPlace(file, error.line, "", f"not valid YAML: {error}")]) from error

    def located(path: Path, text: str) -> InvalidPlace:
        return InvalidPlace(file, line_of(path, lines), ".".join(map(str, path)), text)

    try:
        workspace = Workspace.model_validate(document)
    except ValidationError as error:
        raise InvalidWorkspaceError([located(each["loc"], explained(each)) for each in error.errors()]) from error
    found = [located(path, text) for path, text in consistency.errors(workspace)]
    found += [located(path, text) for path, text in _settings_errors(workspace, catalogue)]
    found += [located(path, text) for path, text in _hook_errors(workspace, catalogue)]
    found += [located(path, text) for path, text in _rule_errors(workspace)]
    if found:
        raise InvalidWorkspaceError(found)
    return workspace


def warnings(source: File, workspace: Workspace) -> list[InvalidPlace]:
    """Return what its author may not have meant, in a workspace that `check_file` read. Raises OSError."""
    if not (found := list(omissions(workspace))):
        return []
    _, lines = read(source.read_text("utf-8-sig"))
    return [
        InvalidPlace(str(source), line_of(path, lines), ".".join(map(str, path)), f"warning: {text}")
        for path, text in found
    ]


def _settings_errors(workspace: Workspace, catalogue: Catalogue) -> Iterator[tuple[Path, str]]:
    for index, destination in enumerate(workspace.destinations):
        at: Path = ("destinations", index)
        try:
            of_type = catalogue.destination_type(destination.type)
        except LookupError:
            yield _unknown(at, destination.type, catalogue.destination_types())
            continue
        yield from _errors_of(at, destination.id, destination.settings, of_type.settings)
        if destination.insert is not None:
            yield from _reference_errors((*at, "insert"), destination.id, destination.insert.settings)
        yield from (((*at, *path), text) for path, text in subscribing.errors(destination, of_type))
    for index, warehouse in enumerate(workspace.warehouses):
        at = ("warehouses", index)
        try:
            declared = catalogue.warehouse_settings(warehouse.type)
        except LookupError:
            yield _unknown(at, warehouse.type, catalogue.warehouse_types())
            continue
        yield from _errors_of(at, warehouse.id, warehouse.settings, declared)


def _hook_errors(workspace: Workspace, catalogue: Catalogue) -> Iterator[tuple[Path, str]]:
    for index, source in enumerate(workspace.sources):
        if not source.is_hook:
            continue
        at: Path = ("sources", index)
        try:
            declared = catalogue.source_type(source.type).settings
        except LookupError:
            yield _unknown(at, source.type, [*CLIENTS, *catalogue.source_types()])
            continue
        for name in OF_CLIENTS:
            if name in source.model_fields_set:
                yield (*at, name), f"{source.type} is a tool, which proves itself by its `settings`; take this line out"
        yield from _errors_of(at, source.id, source.settings, declared)


def _unknown(at: Path, name: str, known: Sequence[str]) -> tuple[Path, str]:
    return (*at, "type"), f"no such type: {name!r}; {consistency.meant(name, known)}"


def _errors_of(at: Path, name: str, settings: dict[str, Any], declared: type[Any]) -> Iterator[tuple[Path, str]]:
    """Yield what is wrong with the settings of a destination or warehouse, whose type has declared them."""
    yield from _reference_errors(at, name, settings)
    yield from (((*at, "settings", *path), text) for path, text in secrets.literals(settings, declared, name))
    try:
        TypeAdapter(declared).validate_python(settings)
    except ValidationError as error:
        known = [each.name for each in fields(declared)]
        for each in error.errors():
            place = ("settings", *each["loc"])
            yield (*at, *place), explained({**each, "loc": place}, known)


def _reference_errors(at: Path, name: str, settings: dict[str, Any]) -> Iterator[tuple[Path, str]]:
    for path, reference in secrets.references(settings):
        if (text := secrets.misplaced(reference, name)) is not None:
            yield (*at, "settings", *path), text


def _rule_errors(workspace: Workspace) -> Iterator[tuple[Path, str]]:
    for index, device in enumerate(workspace.device_destinations):
        for number, each in enumerate(device.filters):
            if (text := routing_rules.error(each)) is not None:
                yield ("device_destinations", index, "filters", number, "if"), text


def dump(workspace: Workspace, catalogue: Catalogue) -> bytes:
    """Return the compiled form, which `sluice.workspace.compiled` reads."""

    def source(each: Source) -> dict[str, Any]:
        settings = each.settings if each.is_hook else None
        return {**each.model_dump(exclude={"write_keys"}), "name": each.name or each.id, "settings": settings}

    def destination(each: Destination) -> dict[str, Any]:
        of_type = catalogue.destination_type(each.type)
        return {
            **each.model_dump(by_alias=True, exclude={"name"}, exclude_none=False),
            "names": [each.name] if each.name else list(of_type.names),
            "delivery": {
                **each.delivery.model_dump(exclude={"window"}),
                "patience": each.delivery.patience.total_seconds(),
            },
            "actions": subscribing.subscriptions(each, of_type),
        }

    def warehouse(each: Warehouse) -> dict[str, Any]:
        return {
            **each.model_dump(exclude={"drop", "types", "vpc"}),
            **each.drop.model_dump(),
            "names": [each.id, *each.names],
            "interval": each.interval.total_seconds(),
            "widens": each.types == "widen",
        }

    return orjson.dumps(
        {
            "version": VERSION,
            "sources": [source(each) for each in workspace.sources],
            "write_keys": {key: each.id for each in workspace.sources for key in each.write_keys},
            "destinations": [destination(each) for each in workspace.destinations],
            "device_destinations": [
                {**each.model_dump(exclude={"filters"}), "rules": [rule(each.name, one) for one in each.filters]}
                for each in workspace.device_destinations
            ],
            "warehouses": [warehouse(each) for each in workspace.warehouses],
            "enrichment": {**workspace.enrichment.model_dump(), "geo": workspace.enrichment.geo or ""},
            "web": workspace.web.model_dump(),
        },
        option=orjson.OPT_INDENT_2,
    )
