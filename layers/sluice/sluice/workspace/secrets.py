"""References to secrets: `${secret:/sluice/crm/api-key}` or `${secretsmanager:/sluice/crm/api-key}`.

A destination's function may read what lies below `/sluice/<its id>/` and nothing else, so a reference to anything
else is an error at build time rather than a denial at night.
"""

import re
from collections.abc import Callable, Iterator
from typing import Any, Literal, NamedTuple

_REFERENCE = re.compile(r"^\$\{(secret|secretsmanager):([^}]*)\}$")
_NAME = re.compile(r"^/sluice/[a-z0-9-]+/[A-Za-z0-9_./-]+$")

type Path = tuple[str | int, ...]


class Reference(NamedTuple):
    """`secret` is an SSM parameter, `secretsmanager` a secret of Secrets Manager."""

    store: Literal["secret", "secretsmanager"]
    name: str


def reference(value: Any) -> Reference | None:
    match = _REFERENCE.match(value) if isinstance(value, str) else None
    if match is None:
        return None
    return Reference("secret" if match[1] == "secret" else "secretsmanager", match[2])


def references(settings: Any, path: Path = ()) -> Iterator[tuple[Path, Reference]]:
    """Every reference below `settings`, with where it stands."""
    if (found := reference(settings)) is not None:
        yield path, found
    elif isinstance(settings, dict):
        for name, value in settings.items():
            yield from references(value, (*path, name))
    elif isinstance(settings, list):
        for index, value in enumerate(settings):
            yield from references(value, (*path, index))


def misplaced(found: Reference, destination: str) -> str | None:
    """Return what is wrong with a reference of this destination, or None."""
    if not _NAME.match(found.name) or ".." in found.name:
        return f"{found.name!r} is not the name of a secret; write /sluice/{destination}/<name>"
    if not found.name.startswith(f"/sluice/{destination}/"):
        return f"this destination may only read secrets below /sluice/{destination}/; keep it there"
    return None


def resolved(settings: Any, resolve: Callable[[Reference], str]) -> Any:
    """`settings` with each reference replaced by what `resolve` gives for it."""
    if (found := reference(settings)) is not None:
        return resolve(found)
    if isinstance(settings, dict):
        return {name: resolved(value, resolve) for name, value in settings.items()}
    if isinstance(settings, list):
        return [resolved(value, resolve) for value in settings]
    return settings
