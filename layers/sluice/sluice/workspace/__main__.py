"""`python -m sluice.workspace`: check, build, schema, sync-template, check-template."""

import argparse
import json
import sys
from pathlib import Path

from sluice.workspace.compiler import InvalidWorkspaceError, check, compile_file
from sluice.workspace.models import Workspace
from sluice.workspace.template import synchronise

#: The house's own folder, seen from this file, which is used from the source tree.
DESTINATIONS = Path(__file__).resolve().parents[4] / "functions" / "destinations"


def main(arguments: list[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    try:
        match options.command:
            case "check":
                _read(options.workspace, options.destinations)
            case "build":
                compile_file(options.workspace, options.target, options.destinations)
            case "schema":
                sys.stdout.write(json.dumps(schema(), indent=2) + "\n")
            case "sync-template":
                _sync(options.workspace, options.template, options.destinations)
            case "check-template":
                return _check_template(options.workspace, options.template, options.destinations)
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


def _read(path: Path, destinations: Path) -> Workspace:
    return check(path.read_text("utf-8"), str(path), destinations)


def _sync(workspace: Path, template: Path, destinations: Path) -> None:
    before = template.read_text("utf-8")
    after = synchronise(before, _read(workspace, destinations))
    if after != before:
        template.write_text(after, "utf-8")


def _check_template(workspace: Path, template: Path, destinations: Path) -> int:
    before = template.read_text("utf-8")
    if synchronise(before, _read(workspace, destinations)) == before:
        return 0
    sys.stderr.write(
        f"{template.name} does not have the sources and destinations of {workspace}; run `make workspace`\n"
    )
    return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m sluice.workspace", description=__doc__)
    parser.add_argument("--destinations", type=Path, default=DESTINATIONS, help="the folder of destination types")
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
