"""Errors of pydantic in the words of somebody who wrote a workspace. A value that may be a secret is never quoted."""

from collections.abc import Iterator, Sequence
from typing import Any, get_args

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from sluice.workspace.consistency import meant
from sluice.workspace.fields import FORMS
from sluice.workspace.models import Workspace

type Path = Sequence[str | int]

#: Below these names a value may be a secret, or the place where somebody put one by mistake.
_PRIVATE = frozenset({"settings", "secrets_sha256", "redirect_keys", "token", "mapping"})
_LONGEST_QUOTE = 60


def explained(error: ErrorDetails, known: Sequence[str] = ()) -> str:
    """Return what is wrong and what to do. `known` are the names that may stand there, if the workspace has others."""
    match error["type"]:
        case "extra_forbidden" | "unexpected_keyword_argument":
            return f"no such field here; {meant(str(error['loc'][-1]), known or _fields_beside(error['loc']))}"
        case "missing":
            return "is missing; add it"
        case "value_error":
            return str(error["ctx"]["error"])
        case "string_pattern_mismatch":
            return f"must be {FORMS.get(error['ctx']['pattern'], 'of another form')}{_not(error)}"
        case "model_type" | "dict_type" | "dataclass_type":
            return f"must be an object, `name: value`{_not(error)}"
        case "list_type":
            return f"must be a list, `[one, another]`{_not(error)}"
        case "too_short":
            return f"must have {error['ctx']['min_length']} or more"
        case "too_long":
            return f"must have at most {error['ctx']['max_length']}"
        case "literal_error":
            return f"must be {error['ctx']['expected']}{_not(error)}"
    return f"{error['msg'].replace('Input should be', 'must be')}{_not(error)}"


def _not(error: ErrorDetails) -> str:
    """Quote the value, if it is a short one that cannot be a secret."""
    value = error["input"]
    is_plain = value is None or isinstance(value, str | int | float)
    if _PRIVATE.intersection(map(str, error["loc"])) or not is_plain or len(text := repr(value)) > _LONGEST_QUOTE:
        return ""
    if isinstance(value, bool) and error["type"] == "string_type":
        return f", not {text}; put it into quotes, because YAML reads on, off, yes and no as truth values"
    return f", not {text}"


def _fields_beside(path: Path) -> list[str]:
    """Return the names of the fields that may stand where the last part of a path stands."""
    model: type[BaseModel] | None = Workspace
    for part in path[:-1]:
        if isinstance(part, str) and model is not None:
            named = {(field.alias or name): field for name, field in model.model_fields.items()}
            model = next(_models(named[part].annotation), None) if part in named else None
    return [field.alias or name for name, field in model.model_fields.items()] if model is not None else []


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    """Yield the models in an annotation, such as that of a list."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for each in get_args(annotation):
        yield from _models(each)
