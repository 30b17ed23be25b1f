"""The real handlers in this process, each with the environment that the template would give it, on the counting AWS."""

import contextlib
import dataclasses
import importlib.util
import io
import itertools
import json
import logging
import os
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from aws_lambda_powertools.utilities.parameters import SSMProvider
from aws_lambda_powertools.utilities.parameters.constants import DEFAULT_PROVIDERS

from checks.bench.aws import REGION, CountingAws
from sluice.aws import clients
from sluice.destinations.http import Transport
from sluice.telemetry import logs

ROOT = Path(__file__).resolve().parents[2]
QUEUES = f"https://sqs.{REGION}.amazonaws.com/123456789012/"
EVENTS, ARCHIVE = QUEUES + "sluice-prod-events", QUEUES + "sluice-prod-archive"
_NUMBERS = itertools.count()


class Context:
    """What the runtime tells a handler."""

    aws_request_id = "00000000-0000-4000-8000-000000000000"

    def get_remaining_time_in_millis(self) -> int:
        return 60_000


class Log(io.TextIOBase):
    """What functions write: its bytes, as CloudWatch takes them in, its lines, and the text."""

    def __init__(self) -> None:
        self.bytes = self.lines = 0
        self.texts: list[str] = []

    def write(self, text: str) -> int:
        self.bytes += len(text.encode())
        self.lines += text.count("\n")
        self.texts.append(text)
        return len(text)

    def metrics(self) -> set[tuple[str, ...]]:
        """Each that CloudWatch would have, by its name and its dimensions."""
        found: set[tuple[str, ...]] = set()
        for line in "".join(self.texts).splitlines():
            document = json.loads(line)
            for each in document.get("_aws", {}).get("CloudWatchMetrics", ()):
                dimensions = tuple(str(document[name]) for name in each["Dimensions"][0])
                found |= {(one["Name"], *dimensions) for one in each["Metrics"]}
        return found


@dataclass
class Invoked:
    """`seconds` are the processor's, of all threads, without those of the twin."""

    answer: Any
    seconds: float
    log_bytes: int
    log_lines: int


@dataclass
class Function:
    name: str
    module: Any
    aws: CountingAws
    log: Log
    context: Context = field(default_factory=Context)

    def invoke(self, event: Mapping[str, Any]) -> Invoked:
        written, lines, twins = self.log.bytes, self.log.lines, self.aws.seconds
        with contextlib.redirect_stdout(self.log), self._logging():
            started = time.process_time()
            answer = self.module.handler(event, self.context)
            spent = time.process_time() - started
        return Invoked(answer, spent - (self.aws.seconds - twins), self.log.bytes - written, self.log.lines - lines)

    @contextlib.contextmanager
    def _logging(self) -> Iterator[None]:
        """The logger of the library has the stream that was there when the process first loaded it."""
        handler = logs.logger.registered_handler
        assert isinstance(handler, logging.StreamHandler)  # noqa: S101 - what powertools makes
        before = handler.setStream(self.log)
        try:
            yield
        finally:
            if before is not None:
                handler.setStream(before)


@dataclass(frozen=True)
class Functions:
    """Of one deployment with this compiled workspace."""

    workspace: Path
    aws: CountingAws
    log: Log = field(default_factory=Log)

    def tracking(self) -> Function:
        return self._load("tracking", "tracking", EVENTS_QUEUE_URL=EVENTS, ALLOWED_ORIGINS="*")

    def hook(self) -> Function:
        """Return the function of hooks, whose secrets are those of the counting AWS."""
        DEFAULT_PROVIDERS["ssm"] = SSMProvider(boto3_client=cast("Any", clients.session().create_client("ssm")))
        return self._load("hook", "hook", EVENTS_QUEUE_URL=EVENTS)

    def router(self) -> Function:
        return self._load(
            "router",
            "router",
            EVENTS_QUEUE_URL=EVENTS,
            EVENTS_DLQ_URL=QUEUES + "sluice-prod-dlq-events",
            DEDUPE_TABLE="dedupe",
            LEDGER_TABLE="ledger",
        )

    def archive(self) -> Function:
        return self._load(
            "archive",
            "archive",
            ARCHIVE_DLQ_URL=QUEUES + "sluice-prod-dlq-archive",
            LEDGER_TABLE="ledger",
            EVENTS_STREAM="events",
            REJECTED_STREAM="rejected",
        )

    def destination(self, name: str, vendor: Transport) -> Function:
        function = self._load(
            f"destination-{name}",
            "destination",
            DESTINATION=name,
            QUEUE_URL=destination_queue(name),
            DLQ_URL=QUEUES + f"sluice-prod-dlq-destination-{name}",
            LEDGER_TABLE="ledger",
        )
        function.module._route = dataclasses.replace(function.module._route, transport=vendor)
        return function

    def _load(self, name: str, folder: str, **variables: str) -> Function:
        variables |= {
            "STAGE": "prod",
            "POWERTOOLS_SERVICE_NAME": name,
            "POWERTOOLS_METRICS_NAMESPACE": "Sluice",
            "POWERTOOLS_LOG_LEVEL": "INFO",
            "AWS_DEFAULT_REGION": REGION,
            "SLUICE_WORKSPACE": str(self.workspace),
        }
        module_name = f"sluice_bench_{folder}_{next(_NUMBERS)}"
        spec = importlib.util.spec_from_file_location(module_name, ROOT / "functions" / folder / "app.py")
        assert spec is not None and spec.loader is not None  # noqa: S101 - a file of this tree
        module = sys.modules[module_name] = importlib.util.module_from_spec(spec)
        with environment(variables), contextlib.redirect_stdout(self.log):
            spec.loader.exec_module(module)
        return Function(name, module, self.aws, self.log)


def destination_queue(name: str) -> str:
    return QUEUES + f"sluice-prod-destination-{name}"


@contextlib.contextmanager
def environment(variables: Mapping[str, str]) -> Iterator[None]:
    before = dict(os.environ)
    os.environ.update(variables)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def sqs_event(messages: list[tuple[str, int]]) -> dict[str, Any]:
    """What an event source mapping hands over: bodies, each with how often it was received."""
    return {
        "Records": [
            {
                "messageId": f"00000000-0000-4000-8000-{number:012d}",
                "receiptHandle": "h",
                "body": body,
                "attributes": {"ApproximateReceiveCount": str(received), "SentTimestamp": "1795447291594"},
                "messageAttributes": {},
                "eventSource": "aws:sqs",
                "eventSourceARN": f"arn:aws:sqs:{REGION}:123456789012:queue",
                "awsRegion": REGION,
            }
            for number, (body, received) in enumerate(messages)
        ]
    }
