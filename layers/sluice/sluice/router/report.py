"""Report the results of requests and their events at the router."""

from collections import Counter
from typing import Any

import orjson

from sluice.router.router import Routed
from sluice.router.subscribers import RoutedEvent
from sluice.telemetry import logs, metrics, steps


def report(routed: Routed) -> None:
    events, duplicates = (Counter(each.source for each in some) for some in (routed.events, routed.duplicates))
    for source, requests in routed.requests.items():
        metrics.emit(
            metrics.counted("RequestsAccepted", requests),
            metrics.counted("EventsRouted", events[source]),
            metrics.counted("EventsDuplicate", duplicates[source]),
            metrics.counted("TimestampsUnreadable", routed.unreadable_times[source]),
            source=source,
        )
    for (source, reason), count in Counter((each.source, each.reason) for each in routed.rejections).items():
        metrics.count("EventsRejected", count, source=source, reason=reason)
    for (destination, why), count in routed.filtered.items():
        metrics.count("EventsDiscarded", count, destination=destination, reason=why)
    if logs.is_debugging():
        _trace(routed)


def _trace(routed: Routed) -> None:
    """The request that brought an event, and the event: what `follow one event` in docs/operating.md goes by."""
    for each in routed.events:
        steps.step("routed", **_about(each))
    for each in routed.duplicates:
        steps.step("duplicate", **_about(each))
    for (destination, why), count in routed.filtered.items():
        steps.step("discarded", destination=destination, reason=why, count=count)
    for rejection in routed.rejections:
        about: dict[str, Any] = {"reason": rejection.reason, "message_id": rejection.message_id}
        steps.step("rejected", source=rejection.source, request_id=rejection.request, **about)


def _about(event: RoutedEvent) -> dict[str, Any]:
    fields = steps.event_fields(orjson.loads(event.document))
    return {"source": event.source, "request_id": event.request, **fields}
