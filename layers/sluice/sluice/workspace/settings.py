"""The settings of a type of destination or warehouse, as its author declares them."""

from dataclasses import MISSING, Field, dataclass, field
from typing import Any, NewType, dataclass_transform, get_args

from sluice.workspace.secrets import reference

#: A setting that is a secret. It is never in the settings' repr.
Secret = NewType("Secret", str)


class SettingsUnavailableError(Exception):
    """The settings are not available: a secret cannot be read, or its value is wrong. The message quotes no value."""


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def settings[S](declared: type[S]) -> type[S]:
    """Make a class the settings of a type: a frozen dataclass.

    A workspace that sets something else is refused when it is built. `__post_init__` may raise ValueError for values
    that do not go together. It also runs in the build, where a reference stands in the place of a secret: see
    `is_reference`.
    """
    for name, hint in declared.__annotations__.items():
        default = declared.__dict__.get(name, MISSING)
        if _is_secret(hint) and not isinstance(default, Field):
            setattr(declared, name, field(default=default, repr=False))
    declared.__pydantic_config__ = {"extra": "forbid"}  # type: ignore[attr-defined]
    return dataclass(frozen=True, slots=True)(declared)


def is_secret(declared: type[Any], name: str) -> bool:
    """Return whether a setting of a class is a secret, or a list of them."""
    return _is_secret(declared.__annotations__.get(name))


def is_reference(value: str) -> bool:
    """Return whether a setting is still the reference to a secret, of which nothing else can be checked."""
    return reference(value) is not None


def _is_secret(hint: Any) -> bool:
    return hint is Secret or Secret in get_args(hint)
