"""From the events queue to the archive's queue and one queue per destination."""

import os
from collections import Counter
from collections.abc import Mapping
from typing import Any

from sluice import observe
from sluice.aws import clients
from sluice.aws.batch import bodies, give_back, message_ids
from sluice.aws.ledger import DynamoLedger
from sluice.aws.queue import SqsQueue
from sluice.aws.seen import DynamoSeenIds
from sluice.memory import collect_rarely
from sluice.route.packing import Target
from sluice.route.routing import Routed, route
from sluice.workspace.compiled import load

collect_rarely()
_workspace = load()
_sqs = clients.sqs()
_dynamodb = clients.dynamodb()
_events = SqsQueue(_sqs, os.environ["EVENTS_QUEUE_URL"])
_dead_letters = SqsQueue(_sqs, os.environ["EVENTS_DLQ_URL"])
_ledger = DynamoLedger(_dynamodb, os.environ["LEDGER_TABLE"], "router")
_seen = DynamoSeenIds(_dynamodb, os.environ["DEDUPE_TABLE"])
_archive_url = os.environ["ARCHIVE_QUEUE_URL"]
_prefix = os.environ["DESTINATION_QUEUE_PREFIX"]


def _queue(target: Target) -> SqsQueue:
    """A destination's queue is the archive's neighbour, so its address follows from its name."""
    _, destination = target
    neighbours = _archive_url.rpartition("/")[0]
    return SqsQueue(_sqs, _archive_url if destination is None else f"{neighbours}/{_prefix}{destination}")


def handler(event: Mapping[str, Any], context: Any) -> Mapping[str, Any]:
    observe.invocation(context)
    seconds = context.get_remaining_time_in_millis() / 1000
    routed = route(bodies(event), _workspace, _ledger, _seen, _queue, _events, seconds)
    observe.messages(message_ids(event), routed.failed, routed.poison, routed.repeats)
    _report(routed)
    return give_back(event, routed.failed, routed.poison, _dead_letters)


def _report(routed: Routed) -> None:
    events, duplicates = (Counter(each.source for each in some) for some in (routed.events, routed.duplicates))
    for source, requests in routed.requests.items():
        observe.metrics(
            observe.counted("RequestsAccepted", requests),
            observe.counted("EventsRouted", events[source]),
            observe.counted("EventsDuplicate", duplicates[source]),
            source=source,
        )
    for (source, reason), count in Counter((each.source, each.reason) for each in routed.rejections).items():
        observe.count("EventsRejected", count, source=source, reason=reason)
    for (destination, why), count in routed.filtered.items():
        observe.count("EventsDiscarded", count, destination=destination, reason=why)
    if observe.is_debugging():
        _trace(routed)


def _trace(routed: Routed) -> None:
    """The request that brought an event, and the event: what `follow one event` in docs/operating.md goes by."""
    for each in routed.events:
        observe.step("routed", source=each.source, request_id=each.request, **observe.event_fields(each.fields))
    for each in routed.duplicates:
        fields = observe.event_fields(each.fields)
        observe.step("duplicate", source=each.source, request_id=each.request, **fields)
    for rejection in routed.rejections:
        about: dict[str, Any] = {"reason": rejection.reason, "message_id": rejection.message_id}
        observe.step("rejected", source=rejection.source, request_id=rejection.request, **about)
