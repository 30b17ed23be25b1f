"""Logs and metrics: one logger per function, and the steps of an event by name.

No payload and no secret is ever logged. What happened to each single event is logged at DEBUG, which `make run`
uses and a deployment only while someone is looking; metrics count everything always.
"""

import logging
import os
import traceback
from collections.abc import Mapping
from typing import Any, Literal

from aws_lambda_powertools import Logger, single_metric
from aws_lambda_powertools.metrics import MetricUnit

type Step = Literal[
    "accepted", "refused", "routed", "duplicate", "rejected", "archived", "delivered", "discarded", "retrying", "dead"
]

logger = Logger()
_LOG = {logging.DEBUG: logger.debug, logging.INFO: logger.info, logging.ERROR: logger.error}

_STAGE = os.environ.get("STAGE", "unknown")
_NAMESPACE = os.environ.get("POWERTOOLS_METRICS_NAMESPACE", "Sluice")
#: Names of track events are shown while debugging, and only this much of them.
_MAX_NAME_CHARACTERS = 80


def count(metric: str, value: int, **dimensions: str) -> None:
    """One metric in CloudWatch's embedded format; dimensions must have few values. Nothing for a count of zero."""
    if not value:
        return
    with single_metric(name=metric, unit=MetricUnit.Count, value=value, namespace=_NAMESPACE) as emitted:
        emitted.add_dimension("stage", _STAGE)
        for name, text in dimensions.items():
            emitted.add_dimension(name, text)


def messages(failed: Mapping[int, str], poison: Mapping[int, str], repeats: int) -> None:
    """What became of queue messages that were not worked on; reasons are logged, a line for each message."""
    for reason in failed.values():
        logger.warning("message given back", extra={"reason": reason})
    for reason in poison.values():
        logger.error("message cannot be read", extra={"reason": reason})
    count("MessagesGivenBack", len(failed))
    count("MessagesUnreadable", len(poison))
    count("MessagesRepeated", repeats)


def step(name: Step, level: int = logging.DEBUG, **fields: Any) -> None:
    """A line that `make tail` shows."""
    if logger.log_level <= level:
        _LOG[level](name, extra={"step": name, **{key: value for key, value in fields.items() if value is not None}})


def is_debugging() -> bool:
    return logger.log_level <= logging.DEBUG


def event_fields(event: dict[str, object]) -> dict[str, Any]:
    """What identifies an event in a log: its id, its type, and the name of a track."""
    name = event.get("event")
    return {
        "message_id": str(event.get("messageId")),
        "type": str(event.get("type")),
        "event": name[:_MAX_NAME_CHARACTERS] if isinstance(name, str) else None,
    }


def fault(error: BaseException) -> None:
    """An exception that should not have been: its type and place, never its text, which may quote a payload."""
    frames = traceback.extract_tb(error.__traceback__)[-4:]
    places = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames]
    logger.error("unexpected error", extra={"error": type(error).__name__, "places": places})
