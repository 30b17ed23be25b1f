"""The price list, and what had to be assumed."""

from dataclasses import dataclass, fields
from pathlib import Path

import yaml

_FILE = Path(__file__).parent / "prices.yaml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Prices:
    """US dollars; see prices.yaml."""

    api_request: float
    lambda_request: float
    lambda_gb_second_arm64: float
    lambda_gb_second_x86_64: float
    sqs_request: float
    dynamodb_write: float
    dynamodb_read: float
    firehose_gb: float
    firehose_partitioned_gb: float
    firehose_object: float
    firehose_jq_hour: float
    s3_get: float
    eventbridge_event: float
    scheduler_invocation: float
    s3_put: float
    s3_gb_month: float
    log_gb: float
    alarm_month: float
    dashboard_month: float
    metric_month: float
    egress_gb: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Assumptions:
    """See prices.yaml."""

    pollers: int
    long_poll_seconds: float
    messages_per_receive: int
    sqs_seconds: float
    dynamodb_seconds: float
    firehose_seconds: float
    vendor_seconds: float
    reference_event_seconds: float
    memory_of_one_cpu_mb: int
    platform_log_bytes: int
    log_line_bytes: int
    jq_bytes_per_second: float
    objects_per_hour: int
    idle_load_seconds: float


def load(path: Path = _FILE) -> tuple[Prices, Assumptions]:
    """Every price must be there, and no other."""
    document = yaml.safe_load(path.read_text())
    prices, assumptions = document["prices"], document["assumptions"]
    return (
        Prices(**{each.name: float(prices.pop(each.name)) for each in fields(Prices)}, **prices),
        Assumptions(**assumptions),
    )
