"""Whether an event goes to a destination and what of it; and if not, Segment's name for why.

https://segment.com/docs/connections/delivery-overview/ (filtered at destination)
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

from sluice import fql
from sluice.route import filters
from sluice.workspace.compiled import Destination

type Filtered = Literal[
    "FILTERED_BY_END_USER_CONSENT",
    "FILTERED_BY_INTEGRATIONS_OBJECT",
    "MESSAGE_SENT_CLIENT_SIDE",
    "FILTERED_BY_RULES",
    "NO_MATCHING_MAPPING",
]


@dataclass(frozen=True, slots=True)
class _Rules:
    """`triggers` are those of the destination's actions: an event that none wants would be sent for nothing."""

    filter: filters.Filter | None
    triggers: Sequence[Callable[[Mapping[str, Any]], bool]]


@cache
def _rules(destination: Destination) -> _Rules:
    triggers = dict.fromkeys(each["trigger"] for each in destination.actions)
    return _Rules(
        filters.compiled(destination.filters, destination.transformations), [fql.compile(each) for each in triggers]
    )


def decide(event: dict[str, Any], destination: Destination) -> dict[str, Any] | Filtered:
    """What a destination that takes events of this source gets of this one: itself, or another in its place."""
    if not _consents(event.get("context"), destination.consent):
        return "FILTERED_BY_END_USER_CONSENT"
    if _was_sent_by_the_browser(event.get("_metadata"), destination.names):
        return "MESSAGE_SENT_CLIENT_SIDE"
    if not allows(event["integrations"], destination.names):
        return "FILTERED_BY_INTEGRATIONS_OBJECT"
    rules = _rules(destination)
    left = event if rules.filter is None else rules.filter(event)
    if left is None:
        return "FILTERED_BY_RULES"
    return left if any(fits(left) for fits in rules.triggers) else "NO_MATCHING_MAPPING"


def allows(integrations: Mapping[str, Any], names: Iterable[str]) -> bool:
    """Names are case-sensitive; a name that is not there follows `All`, and `All` is true unless it says false.

    An object instead of true carries options, and counts as true.
    https://segment.com/docs/connections/spec/common/#integrations
    """
    for name in names:
        if name in integrations:
            return integrations[name] is not False
    return integrations.get("All", True) is not False


def _consents(context: Any, categories: Sequence[str]) -> bool:
    """All of the destination's categories must be given, if the event says anything of consent.

    https://segment.com/docs/privacy/consent-management/consent-in-segment-connections/
    """
    if not categories or not isinstance(context, dict):
        return True
    consent = context.get("consent")
    preferences = consent.get("categoryPreferences") if isinstance(consent, dict) else None
    if not isinstance(preferences, dict):
        return True
    return all(preferences.get(category) is True for category in categories)


def _was_sent_by_the_browser(metadata: Any, names: Iterable[str]) -> bool:
    """analytics.js notes which destinations it has sent the event to by itself."""
    bundled = metadata.get("bundled") if isinstance(metadata, dict) else None
    return isinstance(bundled, list) and any(name in bundled for name in names)
