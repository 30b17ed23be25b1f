"""The result of an import: YAML, comments, and counts of both."""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml

_WIDTH = 118
_NAMES = ("name", "displayName", "title", "slug", "key")


@dataclass(slots=True)
class Imported:
    """`text` is workspace.yaml; `taken` and `left` count what was taken over and what was not, by kind and reason.

    `functions` are files to be put beside it, by their names.
    """

    text: str = ""
    taken: Counter[str] = field(default_factory=Counter)
    left: Counter[str] = field(default_factory=Counter)
    secrets: list[str] = field(default_factory=list)
    functions: dict[str, str] = field(default_factory=dict)


def id_of(name: str, taken: set[str], between: str) -> str:
    """Return an id as ours must be: small letters and digits, a letter first, at most 32 characters."""
    wanted = re.sub(r"[^a-z0-9]+", between, name.lower()).strip(between) or "x"
    wanted = (wanted if wanted[0].isalpha() else f"x{wanted}")[:28]
    made = next(name for name in (wanted, *(f"{wanted}{number}" for number in range(2, 10_000))) if name not in taken)
    taken.add(made)
    return made


def listed(thing: Mapping[str, Any], name: str) -> list[Any]:
    found = thing.get(name)
    return found if isinstance(found, list) else []


def block(value: Any) -> list[str]:
    """An item of a list in YAML."""
    text = yaml.safe_dump([value], sort_keys=False, allow_unicode=True, width=_WIDTH, default_flow_style=None)
    return [f"  {line}" for line in text.rstrip().split("\n")]


def comment(why: str) -> list[str]:
    """Return why something was left, and nothing of what it was: a secret may stand anywhere in it."""
    first, *more = why.split("\n")
    return [f"  # {first}", *(f"  #   {line}" for line in more)]


def named(thing: Mapping[str, Any]) -> str:
    """Return what somebody who looks for a thing at Segment needs: its name and its id."""
    name = next((each for key in _NAMES if isinstance(each := thing.get(key), str) and each), None)
    return f"{name!r} ({thing.get('id')})" if name else str(thing.get("id"))
