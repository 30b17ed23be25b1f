"""One configured destination: its queue in, its vendor out. The code is its type's, the settings its own."""

import os
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from catalogue.destinations import destination_type, local_vendor
from sluice.aws import clients
from sluice.aws.event_source import sqs_handler
from sluice.aws.idempotency import DynamoIdempotencyStore
from sluice.aws.settings import with_secrets
from sluice.aws.sqs import SqsQueue
from sluice.delivery.consumer import PackResult, Route, deliver_all
from sluice.delivery.http_client import HttpTransport
from sluice.delivery.report import report
from sluice.delivery.send import CONCURRENCY
from sluice.delivery.subscriptions import compiled
from sluice.destinations.http import Transport
from sluice.memory import collect_rarely
from sluice.rate_limit import RateLimit
from sluice.workspace.compiled import load, path

if TYPE_CHECKING:
    from sluice.functions.user_functions import UserFunctions

collect_rarely()
_destination = load().destinations[os.environ["DESTINATION"]]
_type = destination_type(_destination.type)
_sqs = clients.sqs()
_dead_letters = SqsQueue(_sqs, os.environ["DLQ_URL"])
_store = DynamoIdempotencyStore(clients.dynamodb(), os.environ["LEDGER_TABLE"], f"destination-{_destination.id}")
_stage = os.environ["STAGE"]
_secrets: set[str] = set()


def _transport() -> Transport:
    """Return the way to the vendor: over the network, unless the local system has a vendor on this machine."""
    #: Set by the local system alone: in an account, a webhook must not reach the machine it runs on.
    http = HttpTransport(loopback=os.environ.get("SLUICE_ALLOW_LOOPBACK") == "true")
    recorder = os.environ.get("SLUICE_LOCAL_VENDORS")
    live = os.environ.get("SLUICE_LIVE", "").split(",")
    if not recorder or _destination.id in live or "all" in live:
        return http
    from sluice.delivery.local_vendor import LocalVendorTransport

    return LocalVendorTransport(
        http, f"{recorder}/{_destination.id}", local_vendor(_destination.type), lambda: _secrets
    )


def _settings(is_refreshed: bool) -> Any:
    configured = _destination.settings
    found = with_secrets(_type.settings, configured, _stage, is_refreshed=is_refreshed, note=_secrets.add)
    if _functions is not None:
        _functions.load(found, is_refreshed)
    return found


def _rate() -> RateLimit:
    """Return this process's share of the destination's rate."""
    rate = _destination.delivery.rate
    return RateLimit(rate / _destination.delivery.concurrency if rate else None)


def _user_functions() -> "UserFunctions | None":
    """Return the functions of the user that the destination has. What runs them is imported for that alone."""
    if _destination.insert is None and _type.type != "function":
        return None
    from sluice.functions.user_functions import UserFunctions

    def read(given: Mapping[str, Any], is_refreshed: bool) -> dict[str, Any]:
        return with_secrets(dict, given, _stage, is_refreshed=is_refreshed, note=_secrets.add)

    return UserFunctions(_destination, path().parent / "functions", _secrets, read)


_functions = _user_functions()
_is_function = _type.type == "function" and _functions is not None
_route = Route(
    compiled(_type.actions, _destination.actions),
    _settings,
    _functions.transport if _functions is not None and _is_function else _transport(),
    SqsQueue(_sqs, os.environ["QUEUE_URL"]),
    _dead_letters,
    patience=timedelta(seconds=_destination.delivery.patience),
    rate=_rate(),
    insert=_functions.insert if _functions is not None and _destination.insert is not None else None,
    # A handler can be ended on the main thread alone.
    concurrency=1 if _is_function else CONCURRENCY,
)


def _report(results: Sequence[PackResult]) -> None:
    report(_destination.id, results)


handler = sqs_handler(
    lambda bodies, seconds_left: deliver_all(bodies, _store, _route, _report, seconds_left), _dead_letters
)
