"""`python -m layers.compiled.build TARGET`: bytecode for the library's layer, which SAM's builder leaves out.

What is not shipped compiled is compiled at every cold start, because a function cannot write beside its code. Lambda
lays layers over one another, so these files come to lie beside their sources. Python reads a source's hash in them: of
the library it is compared with the source at each start, which takes some milliseconds and rules out that old code
runs; what is pinned needs no such look.
"""

import importlib.metadata
import py_compile
import re
import sys
from collections.abc import Iterator
from importlib.util import cache_from_source
from pathlib import Path, PurePath
from py_compile import PycInvalidationMode

_LIBRARY = Path("layers/sluice")
_NAME = re.compile(r"^([A-Za-z0-9._-]+)==", re.MULTILINE)
#: Where the layer's files lie in a function.
_HOME = PurePath("/opt/python")


def sources() -> Iterator[tuple[Path, PurePath, PycInvalidationMode]]:
    """Each module, where it lies in the layer, and how its bytecode is known to be its own."""
    for path in sorted(_LIBRARY.glob("sluice/**/*.py")):
        yield path, path.relative_to(_LIBRARY), PycInvalidationMode.CHECKED_HASH
    for name in _NAME.findall((_LIBRARY / "requirements.txt").read_text()):
        for file in _files(name):
            if file.suffix == ".py" and ".." not in file.parts:
                yield Path(str(file.locate())), PurePath(file), PycInvalidationMode.UNCHECKED_HASH


def _files(name: str) -> list[importlib.metadata.PackagePath]:
    """None of what is required on other systems alone; a source without bytecode is compiled when it is needed."""
    try:
        return importlib.metadata.files(name) or []
    except importlib.metadata.PackageNotFoundError:
        return []


def build(target: Path) -> int:
    """How many modules were compiled."""
    count = 0
    for source, place, mode in sources():
        compiled = target / cache_from_source(str(place), optimization="")
        compiled.parent.mkdir(parents=True, exist_ok=True)
        py_compile.compile(str(source), str(compiled), str(_HOME / place), doraise=True, invalidation_mode=mode)
        count += 1
    return count


if __name__ == "__main__":
    build(Path(sys.argv[1]))
