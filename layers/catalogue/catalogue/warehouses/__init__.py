"""Look up a type of warehouse by name. Each is a folder here with the modules `settings` and `warehouse`.

The second may need a driver, which only functions of that type have: `settings` is all that building a workspace needs.
"""

import importlib
from collections.abc import Sequence
from contextlib import AbstractContextManager
from functools import cache
from pathlib import Path
from typing import Any

from sluice.warehouses.settings import Staging
from sluice.warehouses.warehouse import Warehouse


class UnknownTypeError(LookupError):
    """There is no type of that name."""


@cache
def warehouse_types() -> Sequence[str]:
    """Return the names of all types, in order."""
    return sorted(
        path.name for folder in __path__ for path in Path(folder).iterdir() if (path / "settings.py").is_file()
    )


def warehouse_settings(name: str) -> type[Any]:
    """Return the settings of the type called `name`. Raises UnknownTypeError."""
    if name not in warehouse_types():
        raise UnknownTypeError(name)
    found: type[Any] = importlib.import_module(f"{__name__}.{name}.settings").Settings
    return found


def connect(name: str, settings: Any, staging: Staging | None = None) -> AbstractContextManager[Warehouse]:
    """Open a warehouse of the type called `name`; rows that it fetches wait in `staging`.

    Raises UnknownTypeError, UnavailableError, and ValueError where `staging` is needed.
    """
    if name not in warehouse_types():
        raise UnknownTypeError(name)
    module = importlib.import_module(f"{__name__}.{name}.warehouse")
    opened: AbstractContextManager[Warehouse] = module.connect(settings, staging)
    return opened
