"""Intended differences from Segment's requests, each with its reason. `make parity` reads them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal


@dataclass(frozen=True, slots=True)
class Subject:
    """The event that a request is about, and the settings of its destination."""

    event: Mapping[str, Any] = field(default_factory=dict)
    settings: Any = None

    @property
    def message_id(self) -> str:
        return str(self.event.get("messageId"))

    def at(self, *names: str) -> Any:
        """Return the event's value at a path; None if there is none."""
        value: Any = self.event
        for name in names:
            value = value.get(name) if isinstance(value, Mapping) else None
        return value


@dataclass(frozen=True, slots=True)
class Difference:
    """`at` is a pattern for the place, name by name: `body.events.*.insert_id`, `headers.x-signature`, `body.traits.**`
    for what is at or below one; `request` for a whole one.

    `who` has the value that the other has not; `both` have one, and they differ. `holds` gets ours and theirs (None for
    none) and says whether this is the difference that was meant, not just any at this place. `fits` says whether ours
    (None for none) is the value that belongs there: a difference on purpose shall hide no mistake.
    """

    at: str
    who: Literal["ours", "theirs", "both"]
    why: str
    holds: Callable[[Any, Any], bool] = lambda _ours, _theirs: True
    fits: Callable[[Any, Subject], bool] = lambda _ours, _subject: True


#: Of the kit itself, and so of every destination.
COMMON = (
    Difference(
        "request",
        "ours",
        "Segment refuses an event for one field that does not fit its type; here that field is left out.",
        lambda _, theirs: "AggregateAjvError" in (theirs or "") and "missing the required" not in theirs,
    ),
    Difference(
        "request",
        "ours",
        "Segment's code breaks on the event.",
        lambda _, theirs: '"TypeError"' in (theirs or ""),
    ),
)
