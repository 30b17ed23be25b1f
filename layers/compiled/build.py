"""`python -m layers.compiled.build TARGET`: bytecode for the library's layer, which SAM's builder leaves out.

What is not shipped compiled is compiled at every cold start, because a function cannot write beside its code. Lambda
lays layers over one another, so these files come to lie beside their sources. Python reads a source's hash in them: of
the library it is compared with the source at each start, which takes some milliseconds and rules out that old code
runs; what is pinned needs no such look.
"""

import contextlib
import importlib.metadata
import py_compile
import re
import sys
from collections.abc import Collection, Iterator
from importlib.util import cache_from_source
from pathlib import Path, PurePath
from py_compile import PycInvalidationMode

_LIBRARY = Path("layers/sluice")
#: Our own packages, by the layer that has their sources.
_OWN = ((_LIBRARY, "sluice"), (Path("layers/catalogue"), "catalogue"))
_PIN = re.compile(r"^([A-Za-z0-9._-]+)==([^\s;]+)", re.MULTILINE)
#: Where the layer's files lie in a function.
_HOME = PurePath("/opt/python")


class VersionError(RuntimeError):
    """Bytecode would be of another version than its source, and would run in its place."""


def modules() -> Iterator[tuple[Path, PurePath, PycInvalidationMode]]:
    """Each module, where it lies in the layer, and how its bytecode is known to be its own."""
    for layer, package in _OWN:
        for path in sorted(layer.glob(f"{package}/**/*.py")):
            yield path, path.relative_to(layer), PycInvalidationMode.CHECKED_HASH
    for path, place in _required():
        yield path, place, PycInvalidationMode.UNCHECKED_HASH


def _required() -> Iterator[tuple[Path, PurePath]]:
    """Yield the modules of the packages that the library requires. Raises VersionError if one is not as pinned.

    What is required on other systems alone is not here; a source without bytecode is compiled when it is needed.
    """
    for name, pinned in _PIN.findall((_LIBRARY / "requirements.txt").read_text()):
        with contextlib.suppress(importlib.metadata.PackageNotFoundError):
            if (found := importlib.metadata.version(name)) != pinned:
                raise VersionError(f"{name} {found} is installed, the layer has {pinned}: run bin/setup")
            yield from installed(name, (".py",))


def installed(package: str, suffixes: Collection[str]) -> Iterator[tuple[Path, PurePath]]:
    """Yield an installed package's files of these kinds, and where each lies in a layer.

    Raises importlib.metadata.PackageNotFoundError.
    """
    for file in importlib.metadata.files(package) or ():
        if file.suffix in suffixes and ".." not in file.parts:
            yield Path(str(file.locate())), PurePath(file)


def build(target: Path) -> int:
    """Compile all modules and return their number."""
    count = 0
    for source, place, mode in modules():
        compiled = target / cache_from_source(str(place), optimization="")
        compiled.parent.mkdir(parents=True, exist_ok=True)
        py_compile.compile(str(source), str(compiled), str(_HOME / place), doraise=True, invalidation_mode=mode)
        count += 1
    return count


if __name__ == "__main__":
    build(Path(sys.argv[1]))
