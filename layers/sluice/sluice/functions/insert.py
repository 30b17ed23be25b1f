"""Insert functions: a user's function between the filters of a destination and its mapping.

https://segment.com/docs/connections/functions/insert-functions/
"""

from typing import Any

import orjson

from sluice.delivery.plan import Insert
from sluice.destinations.outcome import Discarded, Outcome
from sluice.destinations.outcome import Retry as RetryOutcome
from sluice.functions.errors import Drop, Invalid, NotSupported, Retry
from sluice.functions.runner import Function
from sluice.spec.reasons import reason

FILTERED_AT_FUNCTION = reason("FILTERED_AT_FUNCTION", "A function of yours dropped the event for this destination.")
REFUSED_BY_FUNCTION = reason("REFUSED_BY_FUNCTION", "A function of yours says that the event is not as it has to be.")
FUNCTION_FAILED = reason(
    "FUNCTION_FAILED", "A function of yours broke or took too long. The event waits, and is tried again."
)


def inserted(function: Function) -> Insert:
    """Return a function as what a delivery asks for each event. An event without a handler passes as it is."""

    def insert(event: dict[str, Any]) -> dict[str, Any] | Outcome:
        handler = function.handler(event.get("type"))
        if handler is None:
            return event
        try:
            changed = function.run(handler, event)
            if changed is None:
                return Discarded(FILTERED_AT_FUNCTION)
            if not isinstance(changed, dict):
                return RetryOutcome(FUNCTION_FAILED, response=f"{function.name} returned no event")
            orjson.dumps(changed)
        except BaseException as error:  # noqa: BLE001 - whatever it raises, SystemExit too
            return outcome_of(function, error)
        return changed

    return insert


def outcome_of(function: Function, error: BaseException) -> Outcome:
    """Return what becomes of an event for which a handler raised an error."""
    match error:
        case Drop():
            return Discarded(FILTERED_AT_FUNCTION)
        case Invalid() | NotSupported():
            return Discarded(REFUSED_BY_FUNCTION, response=f"{type(error).__name__} in {function.name}")
        case Retry():
            return RetryOutcome(FUNCTION_FAILED, after=error.after, response=f"Retry in {function.name}")
    return RetryOutcome(FUNCTION_FAILED, response=function.fault(error))
