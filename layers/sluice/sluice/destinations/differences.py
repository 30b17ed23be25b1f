"""Intended differences from Segment's requests, each with its reason. `make parity` reads them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal


@dataclass(frozen=True, slots=True)
class Difference:
    """`at` is a pattern for the place, name by name: `body.events.*.insert_id`, `headers.x-signature`, `body.traits.**`
    for what is at or below one; `request` for a whole one.

    `who` has the value that the other has not; `both` have one, and they differ. `holds` gets ours and theirs (None for
    none) and says whether this is the difference that was meant, not just any at this place.
    """

    at: str
    who: Literal["ours", "theirs", "both"]
    why: str
    holds: Callable[[Any, Any], bool] = lambda _ours, _theirs: True


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
