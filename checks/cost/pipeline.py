"""A shape of traffic through the real handlers, with everything counted that is billed.

What the functions do is done, on this machine; when it happens is computed: when requests come, which messages a poller
gathers for one invocation, how long a call takes.
"""

import hashlib
import hmac
import itertools
import json
import math
import random
import tempfile
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from catalogue import types as catalogue
from checks.bench import traffic
from checks.bench.aws import SECRET, SQS_UNIT, CountingAws, units
from checks.bench.functions import ARCHIVE, EVENTS, Function, Functions, destination_queue, sqs_event
from checks.cost.deployment import Deployment
from checks.cost.event_source import Message, batches
from checks.cost.pace import pace
from checks.cost.prices import Assumptions
from checks.cost.shapes import Shape, destination_ids, workspace
from checks.cost.usage import Stage, Usage
from checks.cost.vendor import CountingVendor
from sluice.workspace.compiler import dump
from sluice.workspace.models import Workspace

_API_UNIT = 512 * 1024
_GB = 1e9
#: Calls under way at once, of AWS and of vendors: `sluice.aws.calls.THREADS`, `sluice.delivery.send.CONCURRENCY`.
_THREADS = 8
#: Until what an invocation sends is on its queue; what it comes to is a matter of milliseconds either way.
_WORK_SECONDS = 0.2
#: What becomes of a message that is given back comes after its visibility timeout; how long that is does not matter.
_HIDDEN_SECONDS = 120.0


@dataclass
class Spent:
    """By a function: invocations, the processor's seconds, and what was billed."""

    invocations: int = 0
    messages: int = 0
    cpu_seconds: float = 0.0
    billed_seconds: float = 0.0


@dataclass
class Pipeline:
    shape: Shape
    deployment: Deployment
    assumed: Assumptions
    #: The reference processor's seconds of one exchange with a vendor, over a connection that is open.
    exchange_seconds: float = 0.0
    usage: Usage = field(init=False)
    spent: dict[str, Spent] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.usage = Usage(self.shape.requests * self.shape.events)
        self.aws = CountingAws()
        self._pace = pace(self.assumed.reference_event_seconds)
        self._random = random.Random(1)  # noqa: S311 - repeatable, not secret
        folder = Path(tempfile.mkdtemp(prefix="sluice-cost-"))
        # Not checked: its secrets stand in it, where no function has to read them.
        shaped = Workspace.model_validate_json(workspace(self.shape))
        (folder / "workspace.json").write_bytes(dump(shaped, catalogue))
        self._functions = Functions(folder / "workspace.json", self.aws)

    @property
    def metrics(self) -> int:
        """How many CloudWatch has of this."""
        return len(self._functions.log.metrics())

    def run(self) -> Usage:
        self.aws.install()
        messages = self._edge(self._functions.hook() if self.shape.is_hook else self._functions.tracking())
        self._read("router", "router", messages, self._functions.router())
        self._read("archive", "archive", self.aws.take(ARCHIVE), self._functions.archive())
        for name in destination_ids(self.shape.destinations):
            self._deliver(name)
        self._store()
        return self.usage

    def refuse(self) -> Usage:
        """The edge alone, for requests of which the ration admits none but the first."""
        self.aws.install()
        self._edge(self._functions.tracking(), {200, 429})
        return self.usage

    def _edge(self, tracking: Function, statuses: Collection[int] = (200,)) -> list[Message]:
        """Every request, and those that are sent again; the messages that came of them."""
        per_second = self.shape.rate / self.shape.events
        client = traffic.Client(skew=self.shape.skew)
        requests = traffic.requests(self.shape.requests, self.shape.events, per_second, client)
        for number, request in enumerate(map(_hooked, requests) if self.shape.is_hook else requests):
            for again in range(1 + (self._random.random() < self.shape.retries)):
                request["requestContext"]["requestId"] = f"Mpf4pry{number:08x}{again}"
                self.aws.now = number / per_second + again
                answer = self._invoke("edge", "tracking", tracking, request)
                assert answer["statusCode"] in statuses, answer  # noqa: S101 - else nothing was measured
                if self.deployment.front == "HttpApi":  # a function URL has no price of its own
                    self.usage.add("edge", "api_request", units(len(request["body"]), _API_UNIT))
        return self.aws.take(EVENTS)

    def _deliver(self, name: str) -> None:
        vendor = CountingVendor(self.shape.retries, self._random)
        function = self._functions.destination(name, vendor)
        while messages := self.aws.take(destination_queue(name)):
            self._read("destination", "destinations", messages, function, vendor)
        self.usage.add("destinations", "egress_gb", vendor.bytes / _GB)

    def _read(
        self,
        name: str,
        stage: Stage,
        messages: Sequence[Message],
        function: Function,
        vendor: CountingVendor | None = None,
    ) -> None:
        for at, bodies in batches(messages, self.deployment.mapped[name], self.assumed.pollers):
            self._receive(stage, bodies)
            self.aws.now = at + _WORK_SECONDS
            self._spent(name).messages += len(bodies)
            answer = self._invoke(stage, name, function, sqs_event([(body, 1) for body in bodies]), vendor)
            assert not answer["batchItemFailures"], answer  # noqa: S101 - nothing fails here but vendors

    def _receive(self, stage: Stage, bodies: Sequence[str]) -> None:
        """What reading and deleting a batch costs: by 64 KB of what is received."""
        for run in itertools.batched(bodies, self.assumed.messages_per_receive, strict=False):
            self.usage.add(stage, "sqs_request", units(sum(len(body.encode()) for body in run), SQS_UNIT))
        self.usage.add(stage, "sqs_request", math.ceil(len(bodies) / 10))

    def _invoke(
        self, stage: Stage, name: str, function: Function, event: dict[str, Any], vendor: CountingVendor | None = None
    ) -> Any:
        before = self._meters(vendor)
        invoked = function.invoke(event)
        used = self._meters(vendor)
        used.subtract(before)
        cpu = invoked.seconds / self._pace + used["vendor calls"] * self.exchange_seconds
        memory = self.deployment.memory[name]
        share = min(1.0, memory / self.assumed.memory_of_one_cpu_mb)
        billed = math.ceil(1000 * (cpu / share + self._waited(used))) / 1000
        spent = self._spent(name)
        spent.invocations += 1
        spent.cpu_seconds += cpu
        spent.billed_seconds += billed
        self.usage.add(stage, "lambda_request", 1)
        self.usage.add(stage, f"lambda_gb_second_{self.deployment.architecture}", billed * memory / 1024)
        self.usage.add(stage, "sqs_request", used["sqs send"])
        self.usage.add(stage, "dynamodb_write", used["dynamodb write"])
        self.usage.add(stage, "dynamodb_read", used["dynamodb read"])
        logged = invoked.log_bytes + invoked.log_lines * self.assumed.log_line_bytes
        if self.deployment.has_platform_logs:
            logged += self.assumed.platform_log_bytes
        self.usage.add(stage, "log_gb", logged / _GB)
        return invoked.answer

    def _meters(self, vendor: CountingVendor | None) -> Counter[str]:
        """Everything that counts up."""
        found = Counter(self.aws.units)
        for service in ("sqs", "dynamodb", "firehose"):
            found[f"{service} calls"], found[f"{service} threaded"] = (
                self.aws.calls[service],
                self.aws.threaded[service],
            )
        if vendor is not None:
            found["vendor calls"], found["vendor threaded"] = vendor.requests, vendor.threaded
        return found

    def _waited(self, used: Counter[str]) -> float:
        """Seconds of an invocation in which it waits for answers; those of threads pass side by side."""
        seconds = 0.0
        for service in ("sqs", "dynamodb", "firehose", "vendor"):
            threaded = used[f"{service} threaded"]
            rounds = used[f"{service} calls"] - threaded + math.ceil(threaded / _THREADS)
            seconds += rounds * float(getattr(self.assumed, f"{service}_seconds"))
        return seconds

    def _store(self) -> None:
        """From Firehose on: what it takes in, separates, and writes."""
        taken, delivered = self.aws.units["firehose bytes"], self.aws.units["archived bytes"]
        self.usage.add("archive", "firehose_gb", taken / _GB)
        self.usage.add("archive", "firehose_partitioned_gb", delivered / _GB)
        self.usage.add("archive", "firehose_jq_hour", delivered / self.assumed.jq_bytes_per_second / 3600)
        objects = self.assumed.objects_per_hour * self.usage.events / self.shape.rate / 3600
        self.usage.add("archive", "firehose_object", objects)
        self.usage.add("archive", "s3_put", objects)

    def _spent(self, name: str) -> Spent:
        return self.spent.setdefault(name, Spent())


def _hooked(request: dict[str, Any]) -> dict[str, Any]:
    """Return a request as another tool makes it by its webhook: the same events, with a signature."""
    document = json.loads(request["body"])
    body = json.dumps(document.get("batch", [document]), separators=(",", ":"))
    signature = hmac.new(SECRET.encode(), body.encode(), hashlib.sha1).hexdigest()
    path = "/v1/sources/upstream/hook"
    context = {**request["requestContext"], "http": {**request["requestContext"]["http"], "path": path}}
    headers = {**request["headers"], "x-signature": signature}
    return {**request, "rawPath": path, "requestContext": context, "headers": headers, "body": body}
