"""Destination functions: a user's function in the place of a vendor.

https://segment.com/docs/connections/functions/destination-functions/
"""

from collections.abc import Callable, Sequence
from typing import Any

import orjson

from sluice.destinations.http import Request, Response, Transport
from sluice.destinations.outcome import Delivered, Discarded, Outcome, Retry, by_status, encoded
from sluice.functions.errors import NotSupported
from sluice.functions.insert import FUNCTION_FAILED, REFUSED_BY_FUNCTION, outcome_of
from sluice.functions.runner import Function

#: Seconds of a batch, as Segment's.
BATCH_SECONDS = 10.0


def transport_to(function: Callable[[], Function]) -> Transport:
    """Return what carries the events of a request, a JSON array, to a function, and their outcomes back.

    It has to be used by the main thread alone: only there a handler can be ended.
    """

    def send(request: Request) -> Response:
        found = function()
        events: list[dict[str, Any]] = orjson.loads(request.body)
        handler = found.batch_handler
        outcomes = [_single(found, each) for each in events] if handler is None else _batch(found, handler, events)
        return Response(200, {}, encoded(outcomes))

    return send


def _single(function: Function, event: dict[str, Any]) -> Outcome:
    handler = function.handler(event.get("type"))
    try:
        if handler is None:
            raise NotSupported
        function.run(handler, event)
    except BaseException as error:  # noqa: BLE001 - whatever it raises, SystemExit too
        return outcome_of(function, error)
    return Delivered(200)


def _batch(function: Function, handler: Callable[..., Any], events: Sequence[dict[str, Any]]) -> list[Outcome]:
    """Return the outcomes of a batch: those that its handler returns, one for each event, or the same for all."""
    try:
        results = function.run(handler, list(events), BATCH_SECONDS)
    except BaseException as error:  # noqa: BLE001 - whatever it raises, SystemExit too
        return [outcome_of(function, error)] * len(events)
    if results is None:
        return [Delivered(200)] * len(events)
    if not isinstance(results, list) or len(results) != len(events):
        text = f"{function.name} returned no list of {len(events)} results"
        return [Retry(FUNCTION_FAILED, response=text)] * len(events)
    return [_result(function, each) for each in results]


def _result(function: Function, result: Any) -> Outcome:
    status = result.get("status") if isinstance(result, dict) else None
    if not isinstance(status, int) or isinstance(status, bool):
        return Retry(FUNCTION_FAILED, response=f"{function.name} returned a result without a status")
    outcome = by_status(Response(status))
    if isinstance(outcome, Delivered | Retry):
        return outcome
    return Discarded(REFUSED_BY_FUNCTION, status, f"{status} of {function.name}")
