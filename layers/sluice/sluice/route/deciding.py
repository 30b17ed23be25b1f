"""Whether an event goes to a destination, and if not, Segment's name for why.

https://segment.com/docs/connections/delivery-overview/ (filtered at destination)
"""

from collections.abc import Iterable, Mapping
from typing import Any, Literal

from sluice.workspace.compiled import Destination

type Filtered = Literal["FILTERED_BY_INTEGRATIONS_OBJECT", "MESSAGE_SENT_CLIENT_SIDE"]


def objection(event: Mapping[str, Any], destination: Destination) -> Filtered | None:
    """Why a destination that takes events of this source does not get this one, or None."""
    if _was_sent_by_the_browser(event.get("_metadata"), destination.names):
        return "MESSAGE_SENT_CLIENT_SIDE"
    return None if allows(event["integrations"], destination.names) else "FILTERED_BY_INTEGRATIONS_OBJECT"


def allows(integrations: Mapping[str, Any], names: Iterable[str]) -> bool:
    """Names are case-sensitive; a name that is not there follows `All`, and `All` is true unless it says false.

    An object instead of true carries options, and counts as true.
    https://segment.com/docs/connections/spec/common/#integrations
    """
    for name in names:
        if name in integrations:
            return integrations[name] is not False
    return integrations.get("All", True) is not False


def _was_sent_by_the_browser(metadata: Any, names: Iterable[str]) -> bool:
    """analytics.js notes which destinations it has sent the event to by itself."""
    bundled = metadata.get("bundled") if isinstance(metadata, dict) else None
    return isinstance(bundled, list) and any(name in bundled for name in names)
