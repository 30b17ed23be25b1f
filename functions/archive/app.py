"""From the archive's queue to Firehose, which writes S3."""

import os
from collections.abc import Mapping
from typing import Any

from sluice.archive.records import archive
from sluice.aws import clients
from sluice.aws.event_source import bodies, give_back, message_ids
from sluice.aws.firehose import FirehoseStream
from sluice.aws.idempotency import DynamoLedger
from sluice.aws.sqs import SqsQueue
from sluice.messages.pack import PackKind
from sluice.telemetry import observe

_ledger = DynamoLedger(clients.dynamodb(), os.environ["LEDGER_TABLE"], "archive")
_dead_letters = SqsQueue(clients.sqs(), os.environ["ARCHIVE_DLQ_URL"])
_client = clients.firehose()
_events = FirehoseStream(_client, os.environ["EVENTS_STREAM"])
_rejected = FirehoseStream(_client, os.environ["REJECTED_STREAM"])


def _stream(kind: PackKind) -> FirehoseStream:
    return _rejected if kind == "rejected" else _events


def handler(event: Mapping[str, Any], context: Any) -> Mapping[str, Any]:
    observe.invocation(context)
    archived = archive(bodies(event), _ledger, _stream, context.get_remaining_time_in_millis() / 1000)
    for kind, count in archived.counts.items():
        observe.count("EventsArchived", count, kind=kind)
        observe.step("archived", count=count, type=kind)
    observe.messages(message_ids(event), archived.failed, archived.poison, archived.repeats)
    return give_back(event, archived.failed, archived.poison, _dead_letters)
