"""A type of destination: data first. The kit maps, batches, sends, retries and counts for all of them alike."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sluice.destinations.action import Action, Preset


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentImport:
    """The import of Segment's configuration: its names of the destination, and its settings as arguments of ours.

    `settings` gets Segment's settings, and its subscriptions, each with `partnerAction`, `subscribe` and `mapping`.
    `private` are settings that are no secret here and may hold one there, such as an address with a token in it.
    `apart` gets Segment's settings, and returns those of each destination that they make here.
    """

    slugs: tuple[str, ...]
    settings: Callable[[Mapping[str, Any], Sequence[Mapping[str, Any]]], dict[str, Any]]
    private: tuple[str, ...] = ()
    apart: Callable[[Mapping[str, Any]], Sequence[Mapping[str, Any]]] = lambda theirs: [theirs]


_NOT_AT_SEGMENT = SegmentImport(slugs=(), settings=lambda *_: {})


#: Spelt out here, because a destination has a field called `type`.
type SettingsClass[S] = type[S]


@dataclass(frozen=True, slots=True, kw_only=True)
class Destination[S]:
    """A type of destination.

    `names` are those by which an event's `integrations` object may call it, ours first; the title if there are none.
    `settings` is a class that `sluice.destinations.settings` made. `presets` are the subscriptions of a destination
    whose workspace names none. `segment` is left out for a type that Segment does not have.
    """

    type: str
    title: str
    description: str
    names: tuple[str, ...] = ()
    settings: SettingsClass[S]
    actions: Sequence[Action[S]]
    presets: Sequence[Preset] = ()
    segment: SegmentImport = _NOT_AT_SEGMENT

    def __post_init__(self) -> None:
        if not self.names:
            object.__setattr__(self, "names", (self.title,))

    def action(self, id: str) -> Action[S] | None:  # noqa: A002 - the field's own name
        return next((action for action in self.actions if action.id == id), None)
