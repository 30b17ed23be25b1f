"""Metrics in CloudWatch's embedded format: counts and distributions, by dimensions of few values."""

import os
import re
from collections.abc import Sequence
from typing import NamedTuple

from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.metrics.provider.cloudwatch_emf.cloudwatch import AmazonCloudWatchEMFProvider

from sluice.spec.reasons import meanings

_STAGE = os.environ.get("STAGE", "unknown")
_NAMESPACE = os.environ.get("POWERTOOLS_METRICS_NAMESPACE", "Sluice")
#: How many values stand for a distribution: a percentile of them is one of the whole within a twentieth.
_VALUES = 20
#: Statuses that vendors do answer with. The others are counted by their first digit.
_STATUSES = frozenset(
    {"400", "401", "403", "404", "409", "410", "413", "422", "429", "500", "502", "503", "504"}
)  # fmt: skip
_STATUS = re.compile(r"[1-5]\d\d")


class Metric(NamedTuple):
    name: str
    unit: MetricUnit
    values: Sequence[float]


def emit(*found: Metric, **dimensions: str) -> None:
    """Write one line with the metrics that have values. Dimensions must have few values.

    CloudWatch adds nothing up over dimensions: alarms and dashboards name all of them, `stage` and `service` too. A
    line is paid for by the byte, so of many values some that are evenly spread stand for all.
    """
    found = tuple(each for each in found if each.values)
    if not found:
        return
    emitted = AmazonCloudWatchEMFProvider(namespace=_NAMESPACE)
    emitted.add_dimension("stage", _STAGE)
    for name, value in dimensions.items():
        emitted.add_dimension(name, value)
    for each in found:
        for number in _spread(each.values):
            emitted.add_metric(each.name, each.unit, number)
    emitted.flush_metrics()


def counted(metric: str, value: int) -> Metric:
    """Return a count. A count of zero has no values."""
    return Metric(metric, MetricUnit.Count, [value] if value else [])


def count(metric: str, value: int, **dimensions: str) -> None:
    """Write a line with one count."""
    emit(counted(metric, value), **dimensions)


def _spread(values: Sequence[float]) -> Sequence[float]:
    if len(values) <= _VALUES:
        return values
    ordered = sorted(values)
    return [ordered[(2 * index + 1) * len(ordered) // (2 * _VALUES)] for index in range(_VALUES)]


def bounded(reason: str) -> str:
    """Return a reason as a dimension. Each value is a metric that is paid for, and vendors invent statuses."""
    if reason in meanings() or reason in _STATUSES:
        return reason
    return f"{reason[0]}xx" if _STATUS.fullmatch(reason) else "other"
