"""One configured destination: its queue in, its vendor out. The code is its type's, the settings its own."""

import os
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from catalogue.destinations import destination_type
from sluice.aws import clients, secrets
from sluice.aws.event_source import bodies, give_back, message_ids
from sluice.aws.idempotency import DynamoLedger
from sluice.aws.sqs import SqsQueue
from sluice.delivery.consumer import Handled, Route, SettingsUnavailableError, handle_all
from sluice.delivery.http_client import HttpTransport
from sluice.delivery.report import report
from sluice.delivery.subscriptions import compiled
from sluice.memory import collect_rarely
from sluice.rate_limit import Pace
from sluice.telemetry import observe
from sluice.workspace.compiled import load
from sluice.workspace.secrets import resolved

collect_rarely()
_destination = load().destinations[os.environ["DESTINATION"]]
_type = destination_type(_destination.type)
_sqs = clients.sqs()
_queue = SqsQueue(_sqs, os.environ["QUEUE_URL"])
_dead_letters = SqsQueue(_sqs, os.environ["DLQ_URL"])
_ledger = DynamoLedger(clients.dynamodb(), os.environ["LEDGER_TABLE"], f"destination-{_destination.id}")
#: Set by the local system alone: in an account, a webhook must not reach the machine it runs on.
_transport = HttpTransport(loopback=os.environ.get("SLUICE_ALLOW_LOOPBACK") == "true")


def _settings(is_refreshed: bool) -> Any:
    try:
        return _type.settings(**resolved(_destination.settings, lambda found: secrets.resolve(found, is_refreshed)))
    except secrets.SecretUnavailableError as error:
        raise SettingsUnavailableError(str(error)) from error
    except (TypeError, ValueError) as error:
        raise SettingsUnavailableError(f"the settings do not fit: {type(error).__name__}") from error


def _pace() -> Pace:
    rate = _destination.delivery.rate
    return Pace(rate / _destination.delivery.concurrency if rate else None)


_route = Route(
    compiled(_type.actions, _destination.actions),
    _settings,
    _transport,
    _queue,
    _dead_letters,
    patience=timedelta(seconds=_destination.delivery.patience),
    pace=_pace(),
)


def _report(handled: Sequence[Handled]) -> None:
    report(_destination.id, handled)


def handler(event: Mapping[str, Any], context: Any) -> Mapping[str, Any]:
    observe.invocation(context)
    batch = handle_all(bodies(event), _ledger, _route, _report, lambda: context.get_remaining_time_in_millis() / 1000)
    for error in batch.faults:
        observe.fault(error)
    observe.messages(message_ids(event), batch.failed, batch.poison, batch.repeats)
    return give_back(event, batch.failed, batch.poison, _dead_letters)
