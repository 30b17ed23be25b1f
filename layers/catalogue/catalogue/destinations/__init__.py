"""Look up a type of destination by name. Each is a folder here with a module `destination` and an object of that name.

Another folder is another type: nothing else lists them.
"""

import importlib
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

from sluice.destinations.check import Check
from sluice.destinations.destination import Destination
from sluice.destinations.differences import Difference
from sluice.destinations.vendor import LocalVendor


class UnknownTypeError(LookupError):
    """There is no type of that name."""


@cache
def destination_types() -> Sequence[str]:
    """Return the names of all types, in order."""
    return sorted(
        path.name for folder in __path__ for path in Path(folder).iterdir() if (path / "destination.py").is_file()
    )


def destination_type(name: str) -> Destination[Any]:
    """Return the type called `name`. Raises UnknownTypeError."""
    if name not in destination_types():
        raise UnknownTypeError(name)
    found: Destination[Any] = importlib.import_module(f"{__name__}.{name}.destination").destination
    return found


def differences(name: str) -> Sequence[Difference]:
    """Return where the requests of a type differ from Segment's on purpose; none if it has no module for them."""
    found: Sequence[Difference] = _optional(name, "differences", ())
    return found


def local_vendor(name: str) -> LocalVendor:
    """Return the vendor to try a type against; one that answers 200 if the type has no module for it."""
    found: LocalVendor = _optional(name, "vendor", LocalVendor())
    return found


def check(name: str) -> Check[Any] | None:
    """Return the check of a type's credentials, None if its vendor offers no harmless request that tells."""
    found: Check[Any] | None = _optional(name, "check", None)
    return found


def _optional(name: str, part: str, default: Any) -> Any:
    """Return the object `part` of a type's module of that name."""
    if not any((Path(folder) / name / f"{part}.py").is_file() for folder in __path__):
        return default
    return getattr(importlib.import_module(f"{__name__}.{name}.{part}"), part)
