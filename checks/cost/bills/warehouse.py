"""What a warehouse adds to the bill: a million events that its loader puts into a real Postgres, and a month of rest.

What the database itself costs is not in it. The loader waits for the server, which works on this machine as well; that
time is billed as it was here.
"""

import itertools
import tempfile
import time
from pathlib import Path

import orjson

from catalogue.warehouses.postgres.warehouse import Postgres
from checks.bench.parts.delivery import corpus
from checks.cost.bills.rest import MONTH_SECONDS
from checks.cost.deployment import loader
from checks.cost.pace import pace
from checks.cost.prices import Assumptions, Prices
from sluice.archive.reader import Archive
from sluice.warehouses.file_list import body_of
from sluice.warehouses.loader import Loader, load
from sluice.warehouses.memory import Memory
from sluice.workspace.compiled import Warehouse
from tests.postgres import postgres
from tests.unit.warehouses.loader_twins import BucketTwin, ListTwin

#: Events of a file, and files; and events of an hour at the reference's thousand a second.
_EVENTS, _FILES, _AN_HOUR = 10_000, 3, 3_600_000
_RECEIVED = "2026-01-15T12:00:00.000Z"
_EVERY = 3600.0


def bill(prices: Prices, assumed: Assumptions, events: int = _EVENTS) -> dict[str, dict[str, float]]:
    """Return the dollars of a million events by what they are paid for, and those of a month of rest."""
    seconds = _seconds(events, assumed)
    memory, alarms = loader()
    gb_seconds = prices.lambda_gb_second_arm64 * memory / 1024
    loads = MONTH_SECONDS / _EVERY
    # A notice, the list's message on and off it, an object read; and a load itself, for all of its files.
    file = prices.eventbridge_event + 3 * prices.sqs_request + prices.s3_get
    a_load = prices.lambda_request + prices.scheduler_invocation + 2 * prices.sqs_request + 2 * prices.dynamodb_write
    return {
        "a million events": {
            "the loader's time": seconds * 1e6 * gb_seconds,
            "files: notices, list, S3": file * assumed.objects_per_hour / _AN_HOUR * 1e6,
            "loads: schedule, lease": a_load / _AN_HOUR * 1e6,
        },
        "a month of rest": {
            "720 loads of nothing": loads * (a_load + assumed.idle_load_seconds * gb_seconds),
            f"{alarms} alarms": alarms * prices.alarm_month,
        },
    }


def _seconds(events: int, assumed: Assumptions) -> float:
    """Return the billed seconds of an event, on the reference."""
    bucket, waiting = BucketTwin(), ListTwin()
    documents, numbers = itertools.cycle(map(orjson.loads, corpus())), itertools.count()
    for file in range(_FILES):
        some = ({"receivedAt": _RECEIVED, **next(documents), "messageId": f"m{next(numbers)}"} for _ in range(events))
        waiting.add([body_of(bucket.file(str(file), *some))])
    with tempfile.TemporaryDirectory() as folder, postgres(Path(folder)) as address:
        configured = Warehouse(id="main", type="postgres", names=("main",), settings={})
        memory = Memory({"web": time.time()})
        one = Loader(configured, waiting, Archive(bucket), lambda _: Postgres(address), lambda: 900.0, time.time)
        before = pace(assumed.reference_event_seconds)
        started = time.perf_counter()
        found = load(one, memory)
        spent = time.perf_counter() - started
        after = pace(assumed.reference_event_seconds)
    if (found.files, found.failed) != (_FILES, 0):
        raise RuntimeError(f"the loader says: {found}")
    return spent / found.events / ((before + after) / 2)
