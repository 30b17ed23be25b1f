"""Move packs from the archive's queue to Firehose, which writes S3."""

import os
from collections.abc import Mapping

from sluice.archive.records import archive
from sluice.aws import clients
from sluice.aws.event_source import sqs_handler
from sluice.aws.firehose import FirehoseStream
from sluice.aws.idempotency import DynamoIdempotencyStore
from sluice.aws.sqs import SqsQueue
from sluice.telemetry import metrics, steps

_store = DynamoIdempotencyStore(clients.dynamodb(), os.environ["LEDGER_TABLE"], "archive")
_client = clients.firehose()
#: By kind of pack. Firehose tells objects from events.
_events = FirehoseStream(_client, os.environ["EVENTS_STREAM"])
_rejected = FirehoseStream(_client, os.environ["REJECTED_STREAM"])
_streams = {"events": _events, "objects": _events, "rejected": _rejected}


def _report(counts: Mapping[str, int]) -> None:
    for kind, count in counts.items():
        metrics.count("EventsArchived", count, kind=kind)
        steps.step("archived", count=count, type=kind)


handler = sqs_handler(
    lambda bodies, seconds_left: archive(bodies, _store, _streams.__getitem__, _report, seconds_left()),
    SqsQueue(clients.sqs(), os.environ["ARCHIVE_DLQ_URL"]),
)
