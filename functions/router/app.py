"""From the events queue to the archive's queue and one queue per destination."""

import os
from collections.abc import Mapping
from typing import Any

from sluice.aws import clients
from sluice.aws.dedupe import DynamoSeenIds
from sluice.aws.event_source import bodies, eldest_first, give_back, message_ids
from sluice.aws.idempotency import DynamoLedger
from sluice.aws.sqs import SqsQueue
from sluice.memory import collect_rarely
from sluice.router.packs import Target
from sluice.router.report import report
from sluice.router.router import Router, route
from sluice.telemetry import observe
from sluice.workspace.compiled import load

collect_rarely()
_sqs = clients.sqs()
_dynamodb = clients.dynamodb()
_dead_letters = SqsQueue(_sqs, os.environ["EVENTS_DLQ_URL"])
_archive_url = os.environ["ARCHIVE_QUEUE_URL"]
_prefix = os.environ["DESTINATION_QUEUE_PREFIX"]


def _queue(target: Target) -> SqsQueue:
    """A destination's queue is the archive's neighbour, so its address follows from its name."""
    _, destination = target
    neighbours = _archive_url.rpartition("/")[0]
    return SqsQueue(_sqs, _archive_url if destination is None else f"{neighbours}/{_prefix}{destination}")


_router = Router(
    workspace=load(),
    ledger=DynamoLedger(_dynamodb, os.environ["LEDGER_TABLE"], "router"),
    seen=DynamoSeenIds(_dynamodb, os.environ["DEDUPE_TABLE"]),
    queues=_queue,
    spill=SqsQueue(_sqs, os.environ["EVENTS_QUEUE_URL"]),
)


def handler(event: Mapping[str, Any], context: Any) -> Mapping[str, Any]:
    observe.invocation(context)
    event = eldest_first(event)
    batch = route(bodies(event), _router, report, lambda: context.get_remaining_time_in_millis() / 1000)
    observe.messages(message_ids(event), batch.failed, batch.poison, batch.repeats)
    return give_back(event, batch.failed, batch.poison, _dead_letters)
