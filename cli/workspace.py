"""`python -m cli.workspace`: check, build, schema, sync-template, check-template."""

import argparse
import json
import sys
from pathlib import Path
from urllib.parse import urlsplit

from catalogue import types as catalogue
from cli.permissions import TEMPLATE
from cli.templates.synchronised import synchronise
from sluice.destinations.addresses import is_loopback_host
from sluice.workspace.compiler import InvalidWorkspaceError, check_file, compile_file, warnings
from sluice.workspace.models import Workspace


def main(arguments: list[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    try:
        match options.command:
            case "check":
                _warn(options.workspace, _read(options.workspace))
            case "build":
                _warn(options.workspace, compile_file(options.workspace, options.target, catalogue))
            case "schema":
                sys.stdout.write(json.dumps(schema(), indent=2) + "\n")
            case "sync-template":
                _sync(options.workspace, options.template)
            case "check-template":
                return _check_template(options.workspace, options.template)
    except InvalidWorkspaceError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    except OSError as error:
        sys.stderr.write(f"{error.filename}: {error.strerror}\n")
        return 1
    return 0


def schema() -> dict[str, object]:
    """JSON Schema of workspace.yaml, for editors."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **Workspace.model_json_schema()}


def _read(path: Path) -> Workspace:
    return check_file(path, catalogue)


def _warn(path: Path, workspace: Workspace) -> None:
    sys.stderr.write("".join(f"{each}\n" for each in warnings(path, workspace)))


def _sync(workspace: Path, template: Path) -> None:
    before = template.read_text("utf-8")
    after = synchronise(before, _read(workspace), drivers())
    if after != before:
        template.write_text(after, "utf-8")


def _check_template(workspace: Path, template: Path) -> int:
    """Check what is deployed; a local system does not ask for this."""
    before, read = template.read_text("utf-8"), _read(workspace)
    problems = [
        f"{workspace}: destinations.{at}.settings.url: is this machine, which only `make run` reaches"
        for at, each in enumerate(read.destinations)
        if each.enabled and _is_this_machine(each.settings.get("url"))
    ]
    problems += [
        f"{workspace}: warehouses.{at}.type: is a file on this machine, which only `make run` keeps"
        for at, each in enumerate(read.warehouses)
        if each.type == "duckdb"
    ]
    if synchronise(before, read, drivers()) != before:
        problems.append(f"{template.name} does not have what {workspace} names; run `make workspace`")
    sys.stderr.write("".join(f"{each}\n" for each in problems))
    return 1 if problems else 0


def drivers() -> list[str]:
    """Return the types of warehouse that bring a driver: `sam build` makes a layer of it."""
    return sorted(folder.name for folder in (TEMPLATE.parent / "layers/drivers").iterdir())


def _is_this_machine(url: object) -> bool:
    return isinstance(url, str) and is_loopback_host(urlsplit(url).hostname or "")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m cli.workspace", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    for name, others, text in (
        ("check", (), "say what is wrong with a workspace"),
        ("build", ("target",), "compile it to JSON"),
        ("sync-template", ("template",), "write its sources and destinations into the template"),
        ("check-template", ("template",), "fail if the template does not have them"),
    ):
        command = commands.add_parser(name, help=text)
        command.add_argument("workspace", type=Path)
        for other in others:
            command.add_argument(other, type=Path)
    commands.add_parser("schema", help="print the JSON Schema of workspace.yaml")
    return parser


if __name__ == "__main__":
    sys.exit(main())
