"""The decisions of all destinations of a source at once: what an event's type and name decide is decided once for them.

A workspace has many triggers and filters, and most look at no more. What is left is asked of each event. The meaning
stands in `sluice.router.decisions`; here is nothing but what it comes to.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any

import orjson

from sluice import fql
from sluice.router import filters
from sluice.router.decisions import FILTERED_BY_RULES, Decision, decision
from sluice.spec.reasons import NO_MATCHING_MAPPING, Reason
from sluice.workspace.compiled import Destination

type Event = dict[str, Any]
#: From an event and its JSON to the bytes that each destination gets, or why it gets none.
type Outcomes = Callable[[Event, bytes], list[bytes | Reason]]
#: For one type and name: the reasons of those that get nothing, the places of those that get the event as it is, and
#: those that have to be asked.
type _Plan = tuple[list[bytes | Reason], Sequence[int], Sequence[tuple[int, Decision]]]

#: The destination gets the event as it is.
_AS_IT_IS = Reason("")


@cache
def outcomes(destinations: tuple[Destination, ...]) -> Outcomes:
    """Return the decisions of destinations that take events of their source, in order."""
    alone = [decision(each) for each in destinations]
    planned = [_Planner(each) for each in destinations]

    @fql.by_name
    def plan(event: Mapping[str, Any]) -> _Plan:
        return _plan([each.decision(event["type"], event.get("event")) for each in planned])

    def decide(event: Event, document: bytes) -> list[bytes | Reason]:
        name = event.get("event")
        if event["integrations"] or "_metadata" in event or not (name is None or type(name) is str):
            return [_outcome(decide(event), event, document) for decide in alone]
        template, unchanged, asked = plan(event)
        found = template.copy()
        for place in unchanged:
            found[place] = document
        for place, decide in asked:
            found[place] = _outcome(decide(event), event, document)
        return found

    return decide


def _outcome(left: Event | Reason, event: Event, document: bytes) -> bytes | Reason:
    if left is event:
        return document
    return left if isinstance(left, str) else orjson.dumps(left)


def _plan(decided: Sequence[Reason | Decision]) -> _Plan:
    template: list[bytes | Reason] = [each if isinstance(each, str) else _AS_IT_IS for each in decided]
    unchanged = [place for place, each in enumerate(decided) if each is _AS_IT_IS]
    return template, unchanged, [(place, each) for place, each in enumerate(decided) if not isinstance(each, str)]


class _Planner:
    """Decides as far as an event's type and name say it, for events that switch no destination off."""

    def __init__(self, destination: Destination) -> None:
        self._alone = decision(destination)
        self._needs_consent = bool(destination.consent)
        self._steps = [
            (step, fql.strict(step.condition), fql.is_about_name(fql.parse(step.condition)))
            for step in filters.steps(destination.filters, destination.transformations)
        ]
        triggers = [fql.parse(text) for text in dict.fromkeys(each["trigger"] for each in destination.actions)]
        self._triggers, self._is_wanted = fql.undecided(triggers), fql.any_of(triggers)

    def decision(self, kind: str, name: str | None) -> Reason | Decision:
        """Return a reason, `_AS_IT_IS`, or what remains to be asked of an event with this type and name."""
        if self._needs_consent:
            return self._alone
        event: Event = {"type": kind} if name is None else {"type": kind, "event": name}
        left: list[tuple[fql.Condition | None, filters.Filter]] = []
        is_renamed = False
        for step, fits, is_about_name in self._steps:
            if is_about_name and not is_renamed:
                if not fits(event):
                    continue
                left.append((None, step.apply))
            else:
                left.append((fits, step.apply))
            is_renamed |= step.is_renaming
        return _remaining(left, self._is_wanted if is_renamed else self._triggers(event))


def _remaining(
    steps: Sequence[tuple[fql.Condition | None, filters.Filter]], wanted: bool | Sequence[fql.Condition] | fql.Condition
) -> Reason | Decision:
    """Join what remains of the filters and of the triggers."""
    if isinstance(wanted, bool) and not steps:
        return _AS_IT_IS if wanted else NO_MATCHING_MAPPING
    apply = _joined(steps)
    if wanted is True:
        return lambda event: FILTERED_BY_RULES if (left := apply(event)) is None else left
    is_wanted = _any(wanted) if isinstance(wanted, Sequence) else wanted

    def decide(event: Event) -> Event | Reason:
        left = apply(event)
        if left is None:
            return FILTERED_BY_RULES
        return left if is_wanted and is_wanted(left) else NO_MATCHING_MAPPING

    return decide


def _joined(steps: Sequence[tuple[fql.Condition | None, filters.Filter]]) -> filters.Filter:
    if not steps:
        return lambda event: event
    (fits, only), *others = steps
    return only if fits is None and not others else filters.applied(steps)


def _any(conditions: Sequence[fql.Condition]) -> fql.Condition:
    if len(conditions) == 1:
        return conditions[0]
    return lambda event: any(fits(event) for fits in conditions)
