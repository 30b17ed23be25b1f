"""Slots: the places of a payload that a mapping fills, and with what."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sluice.destinations.action import Payload
from sluice.mapping import Parts

#: Where a value goes: the payload is number 0, and objects in it have numbers of their own; the name in it; types of
#: values that fit as they are; and what makes others fit.
type Slot = tuple[int, str, frozenset[type], Callable[[Any], Any]]
type Filled = Callable[[Any], Payload | MissingField]


@dataclass(frozen=True, slots=True)
class MissingField:
    """A payload that cannot be made: this required field has no value that fits."""

    field: str


@dataclass(frozen=True, slots=True)
class Slots:
    """`objects` are names of objects in the payload, numbered from 1. `constants` fit already: number, name and value.

    `parts` has the mapping of each other slot; its constants are done. `required` are names at the top.
    """

    objects: Sequence[str]
    constants: Sequence[tuple[int, str, Any]]
    parts: Parts[Slot]
    required: Sequence[str]
