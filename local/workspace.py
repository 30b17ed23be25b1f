"""The workspace of a local run: the person's own, plus a webhook receiver and a warehouse that are always there."""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import yaml

from local import processes
from local.banner import say
from local.cloud import aws
from local.settings import INBOX, LIBRARIES, ROOT, WAREHOUSE, Settings

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

_REFERENCE = re.compile(r"^\$\{(secret|secretsmanager):([^}]+)\}$")
PLACEHOLDER = "local"  # the value of secrets for which none is given


class WorkspaceError(Exception):
    """The compiler's own words: every error with file and line."""


@dataclass(frozen=True)
class Target:
    """A destination, as a person wants to see it."""

    id: str
    type: str
    url: str
    """Empty where the type knows it."""
    enabled: bool


@dataclass(frozen=True)
class Compiled:
    """A workspace that compiled, not yet in force."""

    source: Path
    """The YAML with the inbox and the warehouse."""
    target: Path
    """The JSON that functions load."""
    document: Mapping[str, Any]

    @property
    def shape(self) -> tuple[tuple[str, ...], ...]:
        """Return the template's input: while it stays the same, nothing has to be deployed."""
        named = ("sources", "destinations", "warehouses")
        hooks = tuple(each["id"] for each in self.document["sources"] if each["settings"] is not None)
        return *(tuple(each["id"] for each in self.document[place]) for place in named), hooks

    @property
    def write_key(self) -> str:
        return str(next(iter(self.document["write_keys"])))

    @property
    def targets(self) -> list[Target]:
        return [
            Target(each["id"], each["type"], str(each["settings"].get("url", "")), each["enabled"])
            for each in self.document["destinations"]
        ]

    def put_in_force(self, settings: Settings) -> None:
        self.target.replace(settings.compiled_workspace)


def with_company(text: str, url: str) -> str:
    """Return the workspace with the destination `inbox` and the warehouse `local`.

    Not with one whose id its author has taken, and as it is if it cannot be read.
    """
    with contextlib.suppress(yaml.YAMLError, ValueError, TypeError, ArithmeticError, RecursionError):
        document = yaml.safe_load(text)
        places = "destinations", "device_destinations", "warehouses"
        lists = {place: document.get(place) or [] for place in places} if isinstance(document, dict) else {}
        if lists and all(isinstance(each, list) for each in lists.values()):
            taken = {each.get("id") for some in lists.values() for each in some if isinstance(each, dict)}
            ours = {
                "destinations": {"id": INBOX, "type": "webhook", "settings": {"url": url}},
                "warehouses": {"id": WAREHOUSE, "type": "duckdb", "settings": {"path": "a file of the local system"}},
            }
            added = {place: [*lists[place], each] for place, each in ours.items() if each["id"] not in taken}
            if added:
                return yaml.safe_dump({**document, **added}, sort_keys=False, allow_unicode=True)
    return text


async def compile_workspace(settings: Settings) -> Compiled:
    """Compile the workspace. Raises WorkspaceError; the workspace in force stays."""
    source, target = settings.state / "workspace.yaml", settings.state / "workspace.next.json"
    source.parent.mkdir(parents=True, exist_ok=True)
    try:
        text = settings.workspace.read_text("utf-8-sig", errors="surrogateescape")  # the compiler says what is wrong
    except OSError as error:
        raise WorkspaceError(f"{settings.workspace}: {error.strerror}") from error
    _link_files(settings)
    source.write_text(with_company(text, settings.inbox_url), "utf-8", errors="surrogateescape")
    status, output = await _command("build", source, target)
    if status:
        # Once more on the person's own file, whose lines are the ones to name.
        own_status, own_output = await _command("build", settings.workspace, target)
        raise WorkspaceError((own_output if own_status else output).strip())
    if output:
        _, own_output = await _command("check", settings.workspace)
        say((own_output or output).strip())
    return Compiled(source, target, json.loads(target.read_text()))


def _link_files(settings: Settings) -> None:
    """Have functions and databases of places lie beside the compiled workspace, as the layer has them."""
    for name in ("geo", "functions"):
        link, folder = settings.state / name, settings.workspace.parent / name
        link.unlink(missing_ok=True)
        if folder.is_dir():
            link.symlink_to(folder.resolve())


async def synchronise_template(compiled: Compiled, template: Path) -> None:
    """Write the workspace's sources and destinations into a template. Raises WorkspaceError."""
    status, output = await _command("sync-template", compiled.source, template)
    if status:
        raise WorkspaceError(output.strip())


async def _command(*arguments: str | Path) -> tuple[int, str]:
    environment = {**processes.inherited_environment(), "PYTHONPATH": LIBRARIES}
    return await processes.run([sys.executable, "-m", "cli.workspace", *arguments], environment, ROOT)


async def provide_secrets(compiled: Compiled, settings: Settings) -> None:
    """Create every secret the workspace refers to, with the person's value from secrets.json or a placeholder.

    Raises WorkspaceError when secrets.json is not an object of texts.
    """
    await asyncio.to_thread(_provide_secrets, set(references(compiled.document)), _own_secrets(settings), settings)


def references(value: object) -> Iterator[tuple[str, str]]:
    """(store, name) of each `${secret:/name}` and `${secretsmanager:/name}` in a document."""
    if isinstance(value, str) and (found := _REFERENCE.match(value)):
        yield found[1], found[2]
    elif isinstance(value, dict):
        for each in value.values():
            yield from references(each)
    elif isinstance(value, list):
        for each in value:
            yield from references(each)


def _own_secrets(settings: Settings) -> dict[str, str]:
    if not settings.secrets_file.exists():
        return {}
    try:
        own = json.loads(settings.secrets_file.read_text())
    except ValueError as error:
        raise WorkspaceError(f"{settings.secrets_file}: not valid JSON: {error}") from error
    if not isinstance(own, dict) or not all(isinstance(value, str) for value in own.values()):
        raise WorkspaceError(f'{settings.secrets_file}: must be an object of texts: {{"/sluice/crm/api-key": "…"}}')
    return own


def _provide_secrets(names: set[tuple[str, str]], own: Mapping[str, str], settings: Settings) -> None:
    for store, name in names:
        value = own.get(name, PLACEHOLDER)
        if store == "secret":
            ssm = aws.client("ssm", settings.aws_url)
            ssm.put_parameter(Name=name, Value=value, Type="SecureString", Overwrite=True)
        else:
            secrets = aws.client("secretsmanager", settings.aws_url)
            try:
                secrets.create_secret(Name=name, SecretString=value)
            except secrets.exceptions.ResourceExistsException:
                secrets.put_secret_value(SecretId=name, SecretString=value)
