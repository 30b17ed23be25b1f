"""Report the outcomes of events at a destination."""

import logging
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

import orjson
from aws_lambda_powertools.metrics import MetricUnit

from sluice.delivery.consumer import PackResult
from sluice.destinations.outcome import Delivered, Discarded, Misconfigured, NotAttempted, Outcome, Retry
from sluice.spec.times import read
from sluice.telemetry import logs, metrics, steps
from sluice.telemetry.metrics import Metric
from sluice.telemetry.steps import Step

#: Events that are delivered together whose way is timed.
_LATENCIES = 20


def report(destination: str, handled: Sequence[PackResult]) -> None:
    """Report packs that were delivered together."""
    ended = [
        (text, *_named(outcome))
        for each in handled
        for text, outcome in zip(each.pack.documents, each.outcomes, strict=False)
    ]
    for (name, reason), count in Counter((name, reason) for _, name, reason in ended).items():
        if reason is not None:
            metrics.count(f"Events{name.capitalize()}", count, destination=destination, reason=metrics.bounded(reason))
    dead = sum(each.dead for each in handled)
    if dead:
        steps.step("dead", logging.ERROR, destination=destination, count=dead)
    for paused in filter(None, (each.paused for each in handled)):
        metrics.count("DestinationPaused", 1, destination=destination)
        steps.step("paused", logging.ERROR, destination=destination, reason=paused.reason, status=paused.status)
    delivered = [text for text, name, _ in ended if name == "delivered"]
    metrics.emit(
        metrics.counted("EventsDelivered", len(delivered)),
        metrics.counted("EventsDead", dead),
        Metric("DeliveryFailed", MetricUnit.NoUnit, [name != "delivered" for _, name, _ in ended if name != "waiting"]),
        Metric("DeliveryLatency", MetricUnit.Milliseconds, list(_latencies(delivered))),
        destination=destination,
    )
    if logs.is_debugging():
        for each in handled:
            _trace(destination, each)


def _latencies(delivered: Sequence[bytes]) -> Iterator[int]:
    """Return milliseconds from receipt to now, for a sample: many events were received together."""
    now = datetime.now(UTC)
    for text in delivered[:: -(-len(delivered) // _LATENCIES) or 1]:
        if (received := read(orjson.loads(text).get("receivedAt"))) is not None:
            yield max(0, round((now - received).total_seconds() * 1000))


def _trace(destination: str, handled: PackResult) -> None:
    attempt = handled.pack.header.attempt + 1
    for document, outcome in zip(handled.pack.documents, handled.outcomes, strict=False):
        name, reason = _named(outcome)
        fields = steps.event_fields(orjson.loads(document))
        steps.step(name, destination=destination, reason=reason, attempt=attempt, **fields)


def _named(outcome: Outcome) -> tuple[Step, str | None]:
    match outcome:
        case Delivered():
            return "delivered", None
        case Discarded():
            return "discarded", outcome.reason
        case Retry():
            return "retrying", outcome.reason
        case Misconfigured():
            return "waiting", outcome.reason
        case NotAttempted():
            return "waiting", "no time"
    return "dead", outcome.reason
