"""workspace.yaml → workspace.json: every error found here, with its line and a way out."""

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import orjson
from pydantic import TypeAdapter, ValidationError

from sluice.workspace import consistency, routing_rules, secrets
from sluice.workspace import subscriptions as subscribing
from sluice.workspace.catalogue import Catalogue
from sluice.workspace.compiled import VERSION
from sluice.workspace.explanations import explained
from sluice.workspace.models import Destination, Workspace
from sluice.workspace.omissions import omissions
from sluice.workspace.routing_rules import rule
from sluice.workspace.yaml_positions import YamlError, line_of, read


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


def compile_file(source: Path, target: Path, catalogue: Catalogue) -> Workspace:
    """Compile `source` to `target`, in one step: a file with an error never replaces a good one.

    Raises InvalidWorkspaceError, or OSError.
    """
    workspace = check_file(source, catalogue)
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=target.parent, prefix=target.name, delete=False) as draft:
        draft.write(dump(workspace, catalogue))
    Path(draft.name).chmod(0o644)
    Path(draft.name).replace(target)
    return workspace


def check_file(source: Path, catalogue: Catalogue) -> Workspace:
    """Return the workspace of a file. Raises InvalidWorkspaceError, or OSError."""
    content = source.read_bytes()
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise InvalidWorkspaceError([InvalidPlace(str(source), line, "", "not UTF-8; save it as UTF-8")]) from error
    return check(text, str(source), catalogue)


def check(text: str, file: str, catalogue: Catalogue) -> Workspace:
    """Return the workspace that `text` describes. Raises InvalidWorkspaceError."""
    try:
        document, lines = read(text)
    except YamlError as error:
        raise InvalidWorkspaceError([InvalidPlace(file, error.line, "", f"not valid YAML: {error}")]) from error

    def located(path: tuple[str | int, ...], text: str) -> InvalidPlace:
        return InvalidPlace(file, line_of(path, lines), ".".join(map(str, path)), text)

    try:
        workspace = Workspace.model_validate(document)
    except ValidationError as error:
        raise InvalidWorkspaceError([located(each["loc"], explained(each)) for each in error.errors()]) from error
    found = [located(path, text) for path, text in consistency.errors(workspace)]
    found += [located(path, text) for path, text in _settings_errors(workspace, catalogue)]
    found += [located(path, text) for path, text in _rule_errors(workspace)]
    if found:
        raise InvalidWorkspaceError(found)
    return workspace


def warnings(source: Path, workspace: Workspace) -> list[InvalidPlace]:
    """Return what its author may not have meant, in a workspace that `check_file` read. Raises OSError."""
    if not (found := list(omissions(workspace))):
        return []
    _, lines = read(source.read_text("utf-8-sig"))
    return [
        InvalidPlace(str(source), line_of(path, lines), ".".join(map(str, path)), f"warning: {text}")
        for path, text in found
    ]


def _settings_errors(workspace: Workspace, catalogue: Catalogue) -> Iterator[tuple[tuple[str | int, ...], str]]:
    for index, destination in enumerate(workspace.destinations):
        at: tuple[str | int, ...] = ("destinations", index)
        try:
            of_type = catalogue.destination_type(destination.type)
        except LookupError:
            known = catalogue.destination_types()
            yield (*at, "type"), f"no such type: {destination.type!r}; {consistency.meant(destination.type, known)}"
            continue
        for path, reference in secrets.references(destination.settings):
            if (text := secrets.misplaced(reference, destination.id)) is not None:
                yield (*at, "settings", *path), text
        literals = secrets.literals(destination.settings, of_type.settings, destination.id)
        yield from (((*at, "settings", *path), text) for path, text in literals)
        yield from (((*at, *path), text) for path, text in subscribing.errors(destination, of_type))
        try:
            TypeAdapter(of_type.settings).validate_python(destination.settings)
        except ValidationError as error:
            known = [each.name for each in fields(of_type.settings)]
            for each in error.errors():
                place = ("settings", *each["loc"])
                yield (*at, *place), explained({**each, "loc": place}, known)


def _rule_errors(workspace: Workspace) -> Iterator[tuple[tuple[str | int, ...], str]]:
    for index, device in enumerate(workspace.device_destinations):
        for number, each in enumerate(device.filters):
            if (text := routing_rules.error(each)) is not None:
                yield ("device_destinations", index, "filters", number, "if"), text


def dump(workspace: Workspace, catalogue: Catalogue) -> bytes:
    """Return the compiled form, which `sluice.workspace.compiled` reads."""

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

    return orjson.dumps(
        {
            "version": VERSION,
            "sources": [
                {**source.model_dump(exclude={"write_keys"}), "name": source.name or source.id}
                for source in workspace.sources
            ],
            "write_keys": {key: source.id for source in workspace.sources for key in source.write_keys},
            "destinations": [destination(each) for each in workspace.destinations],
            "device_destinations": [
                {**each.model_dump(exclude={"filters"}), "rules": [rule(each.name, one) for one in each.filters]}
                for each in workspace.device_destinations
            ],
            "web": workspace.web.model_dump(),
        },
        option=orjson.OPT_INDENT_2,
    )
