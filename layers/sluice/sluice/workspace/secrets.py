"""References to secrets: `${secret:/sluice/crm/api-key}` or `${secretsmanager:/sluice/crm/api-key}`.

A destination's function may read what lies below `/sluice/<its id>/` and nothing else, so a reference to anything
else is an error at build time rather than a denial at night.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import fields
from typing import Any, Literal, NamedTuple

_REFERENCE = re.compile(r"^\$\{(secret|secretsmanager):([^}]*)\}$")
#: What somebody meant to be replaced.
_ANY_REFERENCE = re.compile(r"\$\{[^}]*\}?")
#: Names of headers and the like whose values are secrets.
_SECRETIVE = re.compile(r"auth|cookie|credential|key|passw|secret|token", re.IGNORECASE)
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


def literals(settings: Any, declared: type[Any], destination: str) -> Iterator[tuple[Path, str]]:
    """Yield the places where a secret stands itself, or what is no reference, and a way out. No value is in it.

    `declared` are the settings of the type; those that are not in its repr are secrets, and so is what a name says.
    """
    hidden = {each.name for each in fields(declared) if not each.repr}
    for name, value in settings.items() if isinstance(settings, dict) else ():
        is_secret = name in hidden and not isinstance(value, dict)
        yield from _literals(value, (name,), destination, is_secret=is_secret)


def _literals(value: Any, path: Path, destination: str, *, is_secret: bool) -> Iterator[tuple[Path, str]]:
    if isinstance(value, dict):
        for name, each in value.items():
            yield from _literals(each, (*path, name), destination, is_secret=_SECRETIVE.search(str(name)) is not None)
    elif isinstance(value, list):
        for index, each in enumerate(value):
            yield from _literals(each, (*path, index), destination, is_secret=is_secret)
    elif isinstance(value, str) and reference(value) is None:
        own = f"${{secret:/sluice/{destination}/{str(path[-1]).lower().replace('_', '-')}}}"
        if _ANY_REFERENCE.search(value):
            yield path, f"no such reference; write {own}, or the same with secretsmanager, and nothing around it"
        elif is_secret:
            yield path, f"is a secret; write {own}, and put its value there"


def misplaced(found: Reference, destination: str) -> str | None:
    """Return what is wrong with a reference of this destination, or None."""
    if not _NAME.match(found.name) or ".." in found.name:
        return f"{found.name!r} is not the name of a secret; write /sluice/{destination}/<name>"
    if not found.name.startswith(f"/sluice/{destination}/"):
        return f"only secrets below /sluice/{destination}/ may be read here; keep it there"
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
