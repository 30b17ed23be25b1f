"""Files beside the workspace that it names: a database of places, and functions."""

import ast
from collections.abc import Iterator
from pathlib import Path

from sluice.workspace.consistency import meant
from sluice.workspace.models import Workspace

type Place = tuple[str | int, ...]

#: Handlers of a function, and how many arguments each takes: what it is about, and the settings.
HANDLERS = (
    "on_identify", "on_track", "on_page", "on_screen", "on_group", "on_alias", "on_batch", "transform",
)  # fmt: skip
_ARGUMENTS = 2


def errors(workspace: Workspace, folder: Path) -> Iterator[tuple[Place, str]]:
    """Yield each file that is not below `folder`, the workspace's own, and each function without a handler."""
    geo = workspace.enrichment.geo
    if geo is not None and not (folder / "geo" / geo).is_file():
        yield ("enrichment", "geo"), f"there is no {folder / 'geo' / geo}; `bin/sluice geo refresh` fetches a database"
    for at, destination in enumerate(workspace.destinations):
        if destination.insert is not None:
            yield from _of_function(("destinations", at, "insert", "file"), destination.insert.file, folder)
        file = destination.settings.get("file")
        if destination.type == "function" and isinstance(file, str):
            yield from _of_function(("destinations", at, "settings", "file"), file, folder)


def _of_function(place: Place, name: str, folder: Path) -> Iterator[tuple[Place, str]]:
    functions = folder / "functions"
    path = functions / name
    if "/" in name or not path.is_file():
        known = sorted(each.name for each in functions.glob("*.py"))
        yield place, f"there is no {path}" + (f"; {meant(name, known)}" if known else "")
        return
    try:
        tree = ast.parse(path.read_text("utf-8"), name)
    except (SyntaxError, ValueError) as error:
        line = error.lineno if isinstance(error, SyntaxError) else "?"
        yield place, f"{name}, line {line}: no Python"
        return
    handlers = [each for each in tree.body if isinstance(each, ast.FunctionDef) and each.name in HANDLERS]
    if not handlers:
        yield place, f"{name} has no handler; write one of {', '.join(HANDLERS)}"
    for each in handlers:
        if len(each.args.posonlyargs) + len(each.args.args) != _ARGUMENTS:
            yield place, f"{name}, line {each.lineno}: {each.name} takes the event and the settings"
    for other in tree.body:
        if isinstance(other, ast.AsyncFunctionDef) and other.name in HANDLERS:
            yield place, f"{name}, line {other.lineno}: {other.name} is async; nobody awaits it"
        if isinstance(other, ast.FunctionDef) and other.name.startswith("on_") and other.name not in HANDLERS:
            yield place, f"{name}, line {other.lineno}: nobody calls {other.name}; {meant(other.name, HANDLERS)}"
