"""A type of destination: data first. The kit maps, batches, sends, retries and counts for all of them alike."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NewType

from sluice.destinations.action import Action, Preset

#: A settings value that is a secret; a dataclass field of this type wants `field(repr=False)`.
Secret = NewType("Secret", str)


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentImport:
    """How Segment's configuration becomes ours: its names of the destination, and its settings as arguments of ours.

    `settings` gets Segment's settings, and its subscriptions, each with `partnerAction`, `subscribe` and `mapping`.
    """

    slugs: tuple[str, ...]
    settings: Callable[[Mapping[str, Any], Sequence[Mapping[str, Any]]], dict[str, Any]]


#: Spelt out here, because a destination has a field called `type`.
type SettingsClass[S] = type[S]


@dataclass(frozen=True, slots=True, kw_only=True)
class Destination[S]:
    """`names` are those of Segment's `integrations` object, ours first; `settings` is a dataclass.

    `presets` are the subscriptions of a destination whose workspace names none.
    """

    type: str
    title: str
    description: str
    names: tuple[str, ...]
    settings: SettingsClass[S]
    actions: Sequence[Action[S]]
    presets: Sequence[Preset]
    segment: SegmentImport

    def action(self, id: str) -> Action[S] | None:  # noqa: A002 - the field's own name
        return next((action for action in self.actions if action.id == id), None)
