"""From the events queue to the archive's queue and one queue per destination."""

import os
from collections.abc import Mapping
from typing import Any

from sluice import observe
from sluice.aws import clients
from sluice.aws.batch import bodies, give_back, message_ids
from sluice.aws.ledger import DynamoLedger
from sluice.aws.queue import SqsQueue
from sluice.aws.seen import DynamoSeenIds
from sluice.memory import collect_rarely
from sluice.reporting.routed import report
from sluice.route.packing import Target
from sluice.route.routing import route
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
    report(routed)
    return give_back(event, routed.failed, routed.poison, _dead_letters)
