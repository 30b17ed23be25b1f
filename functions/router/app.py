"""Route the events queue to the archive's queue and one queue per destination."""

import os

from sluice.aws import clients
from sluice.aws.dedupe import DynamoDedupeStore
from sluice.aws.event_source import sqs_handler
from sluice.aws.idempotency import DynamoIdempotencyStore
from sluice.aws.sqs import SqsQueue
from sluice.memory import collect_rarely
from sluice.router.envelope_kinds import Translators
from sluice.router.events import NO_TRANSLATORS, Enrich
from sluice.router.packs import Target
from sluice.router.report import report
from sluice.router.router import Router, route
from sluice.workspace.compiled import Enrichment, load, path

collect_rarely()
_workspace = load()
_sqs = clients.sqs()
_dynamodb = clients.dynamodb()
_events_url = os.environ["EVENTS_QUEUE_URL"]


def _queue(target: Target) -> SqsQueue:
    """Return the queue of a target. All queues of a stage are neighbours, so its address follows from its name."""
    return SqsQueue(_sqs, _events_url.removesuffix("events") + target.queue)


def _translators() -> Translators:
    """Return what makes events of hooks. Without a source that takes some, the catalogue is not there."""
    if not any(source.is_hook for source in _workspace.sources.values()):
        return NO_TRANSLATORS
    from catalogue.sources.translators import translators

    return translators(_workspace)


def _enrich() -> Enrich | None:
    """Return what fills events in, if anything is switched on. What it takes is imported for that alone."""
    if _workspace.enrichment == Enrichment():
        return None
    from sluice.enrichment.enrichment import of_workspace

    return of_workspace(_workspace.enrichment, path().parent / "geo")


_router = Router(
    workspace=_workspace,
    translators=_translators(),
    enrich=_enrich(),
    store=DynamoIdempotencyStore(_dynamodb, os.environ["LEDGER_TABLE"], "router"),
    dedupe=DynamoDedupeStore(_dynamodb, os.environ["DEDUPE_TABLE"]),
    queues=_queue,
    spill=SqsQueue(_sqs, _events_url),
)

handler = sqs_handler(
    lambda bodies, seconds_left: route(bodies, _router, report, seconds_left),
    SqsQueue(_sqs, os.environ["EVENTS_DLQ_URL"]),
)
