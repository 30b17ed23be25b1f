"""One configured destination: its queue in, its vendor out. The code is its type's, the settings its own."""

import logging
import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
from aws_lambda_powertools.metrics import MetricUnit

from sluice import observe
from sluice.aws import clients, secrets
from sluice.aws.batch import bodies, give_back, message_ids
from sluice.aws.ledger import DynamoLedger
from sluice.aws.queue import SqsQueue
from sluice.deliver.destination import Destination
from sluice.deliver.handling import Handled, Route, SettingsUnavailableError, handle_all
from sluice.deliver.outcomes import Delivered, Discarded, Misconfigured, Outcome, Retry, Untried
from sluice.deliver.pacing import Pace
from sluice.deliver.subscriptions import compiled
from sluice.deliver.transport import HttpTransport
from sluice.memory import collect_rarely
from sluice.observe import Metric, Step
from sluice.spec.clock import read
from sluice.workspace.compiled import load
from sluice.workspace.kinds import load as load_kind
from sluice.workspace.secrets import resolved

collect_rarely()
_destination = load().destinations[os.environ["DESTINATION"]]
_kind: Destination[Any] = load_kind(Path(__file__).parent, _destination.type)
_sqs = clients.sqs()
_queue = SqsQueue(_sqs, os.environ["QUEUE_URL"])
_dead_letters = SqsQueue(_sqs, os.environ["DLQ_URL"])
_ledger = DynamoLedger(clients.dynamodb(), os.environ["LEDGER_TABLE"], f"destination-{_destination.id}")
#: Events of a pack whose way is timed.
_LATENCIES = 20
#: Set by the local system alone: in an account, a webhook must not reach the machine it runs on.
_transport = HttpTransport(loopback=os.environ.get("SLUICE_ALLOW_LOOPBACK") == "true")


def _settings(is_refreshed: bool) -> Any:
    try:
        return _kind.settings(**resolved(_destination.settings, lambda found: secrets.resolve(found, is_refreshed)))
    except secrets.SecretUnavailableError as error:
        raise SettingsUnavailableError(str(error)) from error
    except (TypeError, ValueError) as error:
        raise SettingsUnavailableError(f"the settings do not fit: {type(error).__name__}") from error


def _pace() -> Pace:
    rate = _destination.delivery.rate
    return Pace(rate / _destination.delivery.concurrency if rate else None)


_route = Route(
    compiled(_kind.actions, _destination.actions),
    _settings,
    _transport,
    _queue,
    _dead_letters,
    patience=timedelta(seconds=_destination.delivery.patience),
    pace=_pace(),
)


def handler(event: Mapping[str, Any], context: Any) -> Mapping[str, Any]:
    observe.invocation(context)
    batch = handle_all(bodies(event), _ledger, _route, _report, lambda: context.get_remaining_time_in_millis() / 1000)
    for error in batch.faults:
        observe.fault(error)
    observe.messages(message_ids(event), batch.failed, batch.poison, batch.repeats)
    return give_back(event, batch.failed, batch.poison, _dead_letters)


def _report(handled: Handled) -> None:
    me, names = _destination.id, [_named(outcome) for outcome in handled.outcomes]
    for (name, reason), count in Counter(names).items():
        if reason is not None:
            observe.count(f"Events{name.capitalize()}", count, destination=me, reason=observe.bounded(reason))
    if handled.paused is not None:
        observe.count("DestinationPaused", 1, destination=me)
        about = {"reason": handled.paused.reason, "status": handled.paused.status}
        observe.step("paused", logging.ERROR, destination=me, **about)
    if handled.buried:
        observe.step("dead", logging.ERROR, destination=me, count=handled.buried)
    pairs = zip(handled.pack.documents, names, strict=False)
    delivered = [text for text, (name, _) in pairs if name == "delivered"]
    observe.metrics(
        observe.counted("EventsDelivered", len(delivered)),
        observe.counted("EventsDead", handled.buried),
        Metric("DeliveryFailed", MetricUnit.NoUnit, [name != "delivered" for name, _ in names if name != "waiting"]),
        Metric("DeliveryLatency", MetricUnit.Milliseconds, list(_latencies(delivered))),
        destination=me,
    )
    if observe.is_debugging():
        _trace(handled, names)


def _latencies(delivered: Sequence[bytes]) -> Iterator[int]:
    """From receipt to now, in milliseconds; of some, because events of a pack were received together."""
    now = datetime.now(UTC)
    for text in delivered[:: -(-len(delivered) // _LATENCIES) or 1]:
        if (received := read(orjson.loads(text).get("receivedAt"))) is not None:
            yield max(0, round((now - received).total_seconds() * 1000))


def _trace(handled: Handled, names: Sequence[tuple[Step, str | None]]) -> None:
    for document, (name, reason) in zip(handled.pack.documents, names, strict=False):
        fields = observe.event_fields(orjson.loads(document))
        observe.step(
            name, destination=_destination.id, reason=reason, attempt=handled.pack.header.attempt + 1, **fields
        )


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
        case Untried():
            return "waiting", "no time"
    return "dead", outcome.reason
