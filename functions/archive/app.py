"""From the archive's queue to Firehose, which writes S3."""

import os
from collections.abc import Mapping
from typing import Any

from sluice import observe
from sluice.archive.archiving import archive
from sluice.aws import clients
from sluice.aws.batch import bodies, give_back
from sluice.aws.stream import FirehoseStream
from sluice.wire.pack import PackKind

_client = clients.firehose()
_events = FirehoseStream(_client, os.environ["EVENTS_STREAM"])
_rejected = FirehoseStream(_client, os.environ["REJECTED_STREAM"])


def _stream(kind: PackKind) -> FirehoseStream:
    return _rejected if kind == "rejected" else _events


def handler(event: Mapping[str, Any], _context: Any) -> Mapping[str, Any]:
    archived = archive(bodies(event), _stream)
    for kind, count in archived.counts.items():
        observe.count("EventsArchived", count, kind=kind)
        observe.step("archived", count=count, type=kind)
    for reason in archived.failed.values():
        observe.logger.warning("message given back", extra={"reason": reason})
    observe.count("MessagesGivenBack", len(archived.failed))
    return give_back(event, archived.failed)
