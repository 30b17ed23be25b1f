"""Decide whether an event goes to a destination and what of it; if not, give Segment's reason.

https://segment.com/docs/connections/delivery-overview/ (filtered at destination)
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from typing import Any

from sluice import fql
from sluice.router import filters
from sluice.spec.reasons import NO_MATCHING_MAPPING, Reason, reason
from sluice.workspace.compiled import Destination

FILTERED_BY_CONSENT = reason(
    "FILTERED_BY_END_USER_CONSENT", "The user has not consented to a category that the destination requires."
)
FILTERED_BY_INTEGRATIONS = reason(
    "FILTERED_BY_INTEGRATIONS_OBJECT", "The event's `integrations` object switches the destination off."
)
SENT_CLIENT_SIDE = reason("MESSAGE_SENT_CLIENT_SIDE", "The browser has sent the event to this destination itself.")
FILTERED_BY_RULES = reason("FILTERED_BY_RULES", "A filter of the destination drops the event.")


#: What a destination gets of an event: itself, or another in its place; or why it gets nothing.
type Decision = Callable[[dict[str, Any]], dict[str, Any] | Reason]


@cache
def decision(destination: Destination) -> Decision:
    """Compile the decision of a destination that takes events of their source."""
    names, categories = destination.names, destination.consent
    apply = filters.compiled(destination.filters, destination.transformations)
    triggers = dict.fromkeys(each["trigger"] for each in destination.actions)
    is_wanted = fql.any_of([fql.parse(text) for text in triggers])

    def decide(event: dict[str, Any]) -> dict[str, Any] | Reason:
        if categories and not _consents(event.get("context"), categories):
            return FILTERED_BY_CONSENT
        if "_metadata" in event and _was_sent_by_the_browser(event["_metadata"], names):
            return SENT_CLIENT_SIDE
        if event["integrations"] and not allows(event["integrations"], names):
            return FILTERED_BY_INTEGRATIONS
        left = event if apply is None else apply(event)
        if left is None:
            return FILTERED_BY_RULES
        # An event that no action wants would be sent for nothing.
        return left if is_wanted(left) else NO_MATCHING_MAPPING

    return decide


def decide(event: dict[str, Any], destination: Destination) -> dict[str, Any] | Reason:
    return decision(destination)(event)


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
    if not isinstance(context, dict):
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
