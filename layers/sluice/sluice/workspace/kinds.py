"""The kinds of destination: folders of functions/destinations, each with a module `destination`."""

import importlib
import sys
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import Any, Protocol

#: The folders are loaded below this name, so that a kind called like a library hides nothing.
_PACKAGE = "sluice_destinations"


class Kind(Protocol):
    """What building needs to know of a destination; `sluice.destinations.destination` has the rest."""

    @property
    def settings(self) -> type[Any]: ...
    @property
    def names(self) -> Sequence[str]: ...
    @property
    def actions(self) -> Sequence[Any]: ...
    @property
    def presets(self) -> Sequence[Any]: ...


class UnknownKindError(LookupError):
    """No folder of that name."""


def kinds(folder: Path) -> list[str]:
    return sorted(path.parent.name for path in folder.glob("*/destination.py"))


def load(folder: Path, kind: str) -> Any:
    """The `destination` object of a kind, which is a Kind and more. Raises UnknownKindError."""
    if kind not in kinds(folder):
        raise UnknownKindError(kind)
    package = sys.modules.get(_PACKAGE)
    if package is None:
        package = sys.modules[_PACKAGE] = ModuleType(_PACKAGE)
        package.__path__ = []
    if str(folder) not in package.__path__:
        package.__path__ = [str(folder)]
    return importlib.import_module(f"{_PACKAGE}.{kind}.destination").destination
