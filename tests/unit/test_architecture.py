"""The shape of the house: rooms of at most 15 modules, arrows that point one way, and AWS in one place.

docs/architecture.md has the list of rooms that is held here.
"""

import ast
from collections.abc import Container, Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

from tests.pages import ROOT, blocks

LIBRARY, CATALOGUE = ROOT / "layers/sluice", ROOT / "layers/catalogue"
MOST_MODULES = 15

#: The rooms from the bottom up, as docs/architecture.md has them. A room may use those on lines above its own.
(LEVELS,) = blocks("docs/architecture.md", "text")
LEVEL = {room: number for number, line in enumerate(LEVELS.strip().splitlines()) for room in line.split()}


def modules() -> dict[str, Path]:
    """Return every module of the library and the catalogue by its full name."""
    found: dict[str, Path] = {}
    for root in (LIBRARY, CATALOGUE):
        for path in (root / root.name).rglob("*.py"):
            parts = path.relative_to(root).with_suffix("").parts
            found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


MODULES = modules()


def imports(path: Path, at_runtime_only: bool = False, among: Container[str] = MODULES) -> Iterator[str]:
    """Yield the modules that a module imports, from wherever in it, and by default those for types alone too."""
    tree = ast.parse(path.read_text())
    skipped = {id(each) for each in _for_types(tree)} if at_runtime_only else set[int]()
    for node in ast.walk(tree):
        if id(node) in skipped:
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                whole = f"{node.module}.{alias.name}"
                yield whole if whole in among else node.module


def _for_types(tree: ast.AST) -> Iterator[ast.AST]:
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            for each in node.body:
                yield from ast.walk(each)


def room(module: str) -> str:
    """Return the room of a module: `sluice.edge` for `sluice.edge.endpoints.pixel`."""
    return "catalogue" if module.split(".")[0] == "catalogue" else ".".join(module.split(".")[:2])


def test_every_room_is_drawn() -> None:
    assert {room(name) for name in MODULES} - {"sluice"} == set(LEVEL)


def test_every_room_is_described() -> None:
    page = (ROOT / "docs/architecture.md").read_text()
    assert [name for name in LEVEL if f"| `{name}` |" not in page] == []


#: What builds, operates and measures the system. Its folders are held to the library's measure.
AROUND = [path for folder in ("cli", "local", "checks", "functions") for path in (ROOT / folder).rglob("*.py")]


def test_no_folder_has_more_modules_than_one_can_look_over() -> None:
    folders = {path.parent for path in [*MODULES.values(), *AROUND] if "node_modules" not in path.parts}
    crowded = {
        str(folder.relative_to(ROOT)): count
        for folder in folders
        if (count := sum(1 for each in folder.glob("*.py") if each.name != "__init__.py")) > MOST_MODULES
    }
    assert crowded == {}


def test_arrows_point_one_way() -> None:
    wrong = {
        f"{name} -> {used}"
        for name, path in MODULES.items()
        for used in imports(path)
        if used in MODULES and room(used) != room(name) and not LEVEL.get(room(used), -1) < LEVEL.get(room(name), 99)
    }
    assert wrong == set()


@pytest.mark.parametrize("folder", ["cli", "local", "checks"])
def test_no_modules_around_the_library_import_each_other_in_a_circle(folder: str) -> None:
    modules = {
        ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
        for path in (ROOT / folder).rglob("*.py")
        if "node_modules" not in path.parts
    }
    hold_no_circle(modules)


def test_no_modules_import_each_other_in_a_circle() -> None:
    hold_no_circle(MODULES)


def hold_no_circle(modules: dict[str, Path]) -> None:
    graph = {
        name: {used for used in imports(path, at_runtime_only=True, among=modules) if used in modules and used != name}
        for name, path in modules.items()
    }
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(f"a circle: {' -> '.join(error.args[1])}")


def test_only_the_adapters_know_aws() -> None:
    knowing = {
        room(name)
        for name, path in MODULES.items()
        for used in imports(path)
        if used.split(".")[0] in ("boto3", "botocore")
    }
    assert knowing == {"sluice.aws"}


def test_the_kit_knows_nothing_of_the_engine() -> None:
    """An author of a destination imports the kit; the engine imports both."""
    kit = {used for name, path in MODULES.items() if room(name) == "sluice.destinations" for used in imports(path)}
    types = {used for name, path in MODULES.items() if room(name) == "catalogue" for used in imports(path)}
    assert not any(used.startswith("sluice.delivery") for used in kit | types)


@pytest.mark.parametrize(
    ("types", "rooms"),
    [
        (
            "catalogue.destinations",
            {"sluice.destinations", "sluice.mapping", "sluice.fql", "sluice.javascript", "sluice.spec"},
        ),
        ("catalogue.warehouses", {"sluice.warehouses", "sluice.aws"}),
    ],
)
def test_what_the_catalogue_has_uses_its_kit_and_the_languages_alone(types: str, rooms: set[str]) -> None:
    used = {room(used) for name, path in MODULES.items() if name.startswith(types) for used in imports(path)}
    assert {each for each in used if each.startswith("sluice.")} <= rooms


def test_the_library_needs_none_of_what_builds_and_operates_it() -> None:
    outside = {used.split(".")[0] for path in MODULES.values() for used in imports(path)}
    assert not outside & {"cli", "local", "checks", "tests", "layers", "functions"}
