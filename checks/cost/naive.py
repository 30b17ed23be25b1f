"""The same traffic through a design that anyone would begin with, for comparison: by computation, nothing is run.

One message an event on every queue, one conditional write an event for dedupe, one record an event for Firehose, one
request an event to a vendor, a line of metrics an event, and Lambda's own lines. Queues are read ten messages at a
time, and no step is packed.
"""

from checks.cost.deployment import Deployment
from checks.cost.prices import Assumptions
from checks.cost.shapes import Shape
from checks.cost.usage import Stage, Usage

_READ = 10
_GB = 1e9
#: Bytes of an event as it is archived, and of a line of metrics.
_EVENT, _METRIC = 1250, 450
_FIREHOSE_UNIT = 5 * 1024
#: Processor's seconds of a request at the edge, and of an event behind it.
_REQUEST, _WORK = 0.0005, 0.00005


def usage(shape: Shape, deployment: Deployment, assumed: Assumptions) -> Usage:
    events = shape.requests * shape.events
    used = Usage(events)
    repeated = 1 + shape.retries
    requests = shape.requests * repeated

    def invoked(stage: Stage, name: str, count: float, cpu: float, waits: float, lines: float) -> None:
        memory = deployment.memory[name]
        seconds = cpu / min(1.0, memory / assumed.memory_of_one_cpu_mb) + waits
        used.add(stage, "lambda_request", count)
        used.add(stage, f"lambda_gb_second_{deployment.architecture}", count * seconds * memory / 1024)
        logged = assumed.platform_log_bytes + lines * (_METRIC + assumed.log_line_bytes)
        used.add(stage, "log_gb", count * logged / _GB)

    used.add("edge", "api_request", requests)
    invoked("edge", "tracking", requests, _REQUEST * shape.events, assumed.sqs_seconds * shape.events, shape.events)
    used.add("edge", "sqs_request", events * repeated)

    reads = events * repeated / _READ
    step = assumed.dynamodb_seconds + (1 + shape.destinations) * assumed.sqs_seconds
    invoked("router", "router", reads, _READ * _WORK, _READ * step, _READ)
    used.add("router", "sqs_request", 2 * reads + events * (1 + shape.destinations))
    used.add("router", "dynamodb_write", events * repeated)

    invoked("archive", "archive", events / _READ, _READ * _WORK, assumed.firehose_seconds, _READ)
    used.add("archive", "sqs_request", 2 * events / _READ)
    used.add("archive", "firehose_gb", events * _FIREHOSE_UNIT / _GB)
    used.add("archive", "firehose_partitioned_gb", events * _EVENT / _GB)
    used.add("archive", "firehose_jq_hour", events * _EVENT / assumed.jq_bytes_per_second / 3600)

    deliveries = shape.destinations * events * repeated / _READ
    invoked("destinations", "destination", deliveries, _READ * _WORK, _READ * assumed.vendor_seconds, _READ)
    used.add("destinations", "sqs_request", 2 * deliveries)
    used.add("destinations", "egress_gb", shape.destinations * events * repeated * (_EVENT + 400) / _GB)
    return used
