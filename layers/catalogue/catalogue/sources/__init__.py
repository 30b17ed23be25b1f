"""Look up a type of source by name. Each is a folder here with a module `source` and an object of that name.

Another folder is another type: nothing else lists them.
"""

import importlib
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

from sluice.sources.source import Source


class UnknownTypeError(LookupError):
    """There is no type of that name."""


@cache
def source_types() -> Sequence[str]:
    """Return the names of all types, in order."""
    return sorted(path.name for folder in __path__ for path in Path(folder).iterdir() if (path / "source.py").is_file())


def source_type(name: str) -> Source[Any]:
    """Return the type called `name`. Raises UnknownTypeError."""
    if name not in source_types():
        raise UnknownTypeError(name)
    found: Source[Any] = importlib.import_module(f"{__name__}.{name}.source").source
    return found
