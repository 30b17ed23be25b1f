"""The fields of an action: the type of each, and the mapping that fills it by default."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from sluice.mapping import NOTHING

type FieldType = Literal["string", "number", "integer", "boolean", "object", "datetime"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """`default` is a mapping, as in workspace.yaml; `properties` are those of an object, whose others are left out.

    A field that is `multiple` is a list of such values. `nullable` lets null through, which otherwise counts as absent.
    `required_if_mapped` is for a field that stands for a setting: a mapping without a value must not fall back to it.
    """

    type: FieldType
    description: str
    default: Any = NOTHING
    required: bool = False
    required_if_mapped: bool = False
    multiple: bool = False
    nullable: bool = False
    choices: tuple[Any, ...] = ()
    properties: "Mapping[str, Field] | None" = None
    #: Objects only: properties that are not listed pass as they are.
    open: bool = False
    #: For a text in a markup: from a value of the event, in a template, to the same text in the markup.
    escape: Callable[[str], str] | None = field(default=None, repr=False)
    #: Another demand, on the value as it is after conversion.
    accepts: Callable[[Any], bool] | None = field(default=None, repr=False)


def string(description: str, default: Any = NOTHING, **more: Any) -> Field:
    return Field(type="string", description=description, default=default, **more)


def number(description: str, default: Any = NOTHING, **more: Any) -> Field:
    return Field(type="number", description=description, default=default, **more)


def integer(description: str, default: Any = NOTHING, **more: Any) -> Field:
    return Field(type="integer", description=description, default=default, **more)


def boolean(description: str, default: Any = NOTHING, **more: Any) -> Field:
    return Field(type="boolean", description=description, default=default, **more)


def datetime(description: str, default: Any = NOTHING, **more: Any) -> Field:
    """ISO 8601, or seconds or milliseconds since 1970; passed on as it came."""
    return Field(type="datetime", description=description, default=default, **more)


def obj(description: str, default: Any = NOTHING, **more: Any) -> Field:
    return Field(type="object", description=description, default=default, **more)


def strings(**places: str) -> dict[str, Field]:
    """Texts that are found at paths, and need no more to be said: `strings(app_name="$.context.app.name")`."""
    return {name: string(f"The {name.replace('_', ' ')}.", path(place)) for name, place in places.items()}


def path(where: str) -> dict[str, Any]:
    """`path("$.context.ip")`"""
    return {"@path": where}


def first(*places: str) -> dict[str, Any]:
    """The first of these paths that has a value: `first("$.userId", "$.anonymousId")`."""
    *others, last = places
    mapping: dict[str, Any] = path(last)
    for each in reversed(others):
        mapping = {"@if": {"exists": path(each), "then": path(each), "else": mapping}}
    return mapping


def template(text: str) -> dict[str, Any]:
    """`template("Viewed {{name}}")`"""
    return {"@template": text}
