"""One configured destination: its queue in, its vendor out. The code is its type's, the settings its own."""

import logging
import os
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson

from sluice import observe
from sluice.aws import clients, secrets
from sluice.aws.batch import bodies, give_back
from sluice.aws.ledger import DynamoLedger
from sluice.aws.queue import SqsQueue
from sluice.deliver.handling import Handled, Route, handle_all
from sluice.deliver.outcomes import Delivered, Discarded, Outcome, Retry
from sluice.deliver.transport import HttpTransport
from sluice.observe import Step
from sluice.workspace.compiled import load
from sluice.workspace.kinds import load as load_kind
from sluice.workspace.secrets import resolved

_destination = load().destinations[os.environ["DESTINATION"]]
_kind = load_kind(Path(__file__).parent, _destination.type)
_sqs = clients.sqs()
_queue = SqsQueue(_sqs, os.environ["QUEUE_URL"])
_dead_letters = SqsQueue(_sqs, os.environ["DLQ_URL"])
_ledger = DynamoLedger(clients.dynamodb(), os.environ["LEDGER_TABLE"], f"destination-{_destination.id}")
#: Set by the local system alone: in an account, a webhook must not reach the machine it runs on.
_transport = HttpTransport(loopback=os.environ.get("SLUICE_ALLOW_LOOPBACK") == "true")


def handler(event: Mapping[str, Any], context: Any) -> Mapping[str, Any]:
    settings = _kind.settings(**resolved(_destination.settings, secrets.resolve))
    route = Route(_kind, settings, _transport, _queue, _dead_letters)
    batch = handle_all(bodies(event), _ledger, route, _report, lambda: context.get_remaining_time_in_millis() / 1000)
    for error in batch.faults:
        observe.fault(error)
    observe.messages(batch.failed, batch.poison, batch.repeats)
    return give_back(event, batch.failed, batch.poison, _dead_letters)


def _report(handled: Handled) -> None:
    me = _destination.id
    for (name, reason), count in Counter(map(_named, handled.outcomes)).items():
        observe.count(f"Events{name.capitalize()}", count, destination=me, **({"reason": reason} if reason else {}))
    if handled.buried:
        observe.count("EventsDead", handled.buried, destination=me)
        observe.step("dead", logging.ERROR, destination=me, count=handled.buried)
    if observe.is_debugging():
        for document, outcome in zip(handled.pack.documents, handled.outcomes, strict=False):
            name, reason = _named(outcome)
            fields = observe.event_fields(orjson.loads(document))
            observe.step(name, destination=me, reason=reason, attempt=handled.pack.header.attempt + 1, **fields)


def _named(outcome: Outcome) -> tuple[Step, str | None]:
    match outcome:
        case Delivered():
            return "delivered", None
        case Discarded():
            return "discarded", outcome.reason
        case Retry():
            return "retrying", outcome.reason
    return "dead", outcome.reason
