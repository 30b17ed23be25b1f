"""Logs and metrics: one logger per function, and the steps of an event by name.

No payload and no secret is ever logged. What happened to each single event is logged at DEBUG, which `make run`
uses and a deployment only while someone is looking; metrics count everything always.
"""

import logging
import os
import re
import traceback
from collections.abc import Mapping, Sequence
from typing import Any, Literal, NamedTuple

from aws_lambda_powertools import Logger
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.metrics.provider.cloudwatch_emf.cloudwatch import AmazonCloudWatchEMFProvider

type Step = Literal[
    "accepted",
    "refused",
    "routed",
    "duplicate",
    "rejected",
    "archived",
    "delivered",
    "discarded",
    "retrying",
    "waiting",
    "paused",
    "dead",
]

logger = Logger()
#: The root logger writes for all libraries what the function's level lets through; while debugging these would quote
#: what they send.
for _library in ("boto3", "botocore", "httpcore", "urllib3"):
    logging.getLogger(_library).setLevel(logging.WARNING)
_LOG = {logging.DEBUG: logger.debug, logging.INFO: logger.info, logging.ERROR: logger.error}

_STAGE = os.environ.get("STAGE", "unknown")
_NAMESPACE = os.environ.get("POWERTOOLS_METRICS_NAMESPACE", "Sluice")
#: How many values stand for a distribution: a percentile of them is one of the whole within a twentieth.
_VALUES = 20
#: Why events are not delivered, and the answers that vendors do give.
_REASONS = frozenset({
    "FILTERED_BY_RULES", "FILTERED_BY_INTEGRATIONS_OBJECT", "FILTERED_BY_END_USER_CONSENT", "MESSAGE_SENT_CLIENT_SIDE",
    "NO_MATCHING_MAPPING", "FILTERED_AT_MAPPING", "INVALID_SETTINGS", "MESSAGE_REJECTED", "INTERNAL", "RETRY",
    "EREFUSED", "ECONNRESET", "ENOTFOUND", "ETIMEDOUT", "no time",
    "400", "401", "403", "404", "409", "410", "413", "422", "429", "500", "502", "503", "504",
})  # fmt: skip
_STATUS = re.compile(r"[1-5]\d\d")
#: Names of track events are shown while debugging, and only this much of them.
_MAX_NAME_CHARACTERS = 80


class Metric(NamedTuple):
    name: str
    unit: MetricUnit
    values: Sequence[float]


def metrics(*found: Metric, **dimensions: str) -> None:
    """One line in CloudWatch's embedded format; dimensions must have few values. Metrics without values are left out.

    CloudWatch adds nothing up over dimensions: alarms and dashboards name all of them, `stage` and `service` too. It is
    paid for by the byte, so of many values some that are evenly spread stand for all.
    """
    found = tuple(each for each in found if each.values)
    if not found:
        return
    emitted = AmazonCloudWatchEMFProvider(namespace=_NAMESPACE)
    emitted.add_dimension("stage", _STAGE)
    for name, text in dimensions.items():
        emitted.add_dimension(name, text)
    for each in found:
        for value in _spread(each.values):
            emitted.add_metric(each.name, each.unit, value)
    emitted.flush_metrics()


def counted(metric: str, value: int) -> Metric:
    """Nothing for a count of zero."""
    return Metric(metric, MetricUnit.Count, [value] if value else [])


def count(metric: str, value: int, **dimensions: str) -> None:
    metrics(counted(metric, value), **dimensions)


def _spread(values: Sequence[float]) -> Sequence[float]:
    if len(values) <= _VALUES:
        return values
    ordered = sorted(values)
    return [ordered[(2 * index + 1) * len(ordered) // (2 * _VALUES)] for index in range(_VALUES)]


def bounded(reason: str) -> str:
    """A delivery's reason as a dimension: each value is a metric that is paid for, and vendors invent statuses."""
    if reason in _REASONS:
        return reason
    return f"{reason[0]}xx" if _STATUS.fullmatch(reason) else "other"


def invocation(context: Any) -> None:
    """Every line of this invocation says which it is."""
    logger.append_keys(invocation=context.aws_request_id)


def messages(ids: Sequence[str], failed: Mapping[int, str], poison: Mapping[int, str], repeats: int) -> None:
    """What became of queue messages that were not worked on: a line for each, with its id and why.

    `ids` are those of SQS, of all messages of the invocation; `failed` and `poison` have indices of them.
    """
    for index, reason in failed.items():
        logger.warning("message given back", extra={"reason": reason, "queue_message_id": ids[index]})
    for index, reason in poison.items():
        logger.error("message cannot be read", extra={"reason": reason, "queue_message_id": ids[index]})
    metrics(
        counted("MessagesGivenBack", len(failed)),
        counted("MessagesUnreadable", len(poison)),
        counted("MessagesRepeated", repeats),
    )


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
