"""The router: the processor's time of an event, from queue messages to packs, with dedupe and five destinations.

Requests of 20 events, 20 requests at a time. Idempotency and dedupe are the real ones on a table in memory. The clients
of DynamoDB and SQS are left out, since a batch calls them the same few times whatever its size: `whole function` has
them.
The floor reads each message, parses its events, writes each as JSON again and packs them once, as the archive has them:
a router that hands nothing on is none. Beside it stands what it was before, parsing and writing alone.
"""

import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import orjson

from catalogue import types as catalogue
from checks.bench import traffic
from checks.bench.aws import CountingAws
from checks.bench.figures import Figure, compared
from checks.bench.functions import EVENTS, Functions, sqs_event
from sluice.aws.dedupe import DynamoDedupeStore
from sluice.aws.idempotency import DynamoIdempotencyStore
from sluice.memory import collect_rarely
from sluice.messages import envelope as wire
from sluice.messages.encoding import to_text
from sluice.messages.pack import chunks
from sluice.router.packs import Target
from sluice.router.router import Router, route
from sluice.workspace import models
from sluice.workspace.compiled import Workspace, load
from sluice.workspace.compiler import dump
from tests import dynamo
from tests.twins import MemoryQueue

#: Times the floor.
_GOAL = 5.0
_LIMIT = 4 * 1024 * 1024
#: Triggers and filters as people write them: some by name, some by a property, some that change the event.
RULES: tuple[tuple[str, tuple[dict[str, Any], ...]], ...] = (
    ('type = "track" or type = "identify"', ()),
    ('type = "track" and event = "Product Clicked"', ({"if": 'event = "Internal Test"', "do": "drop"},)),
    ("all", ({"if": "all", "do": "drop_properties", "fields": {"properties": ["email", "visit"]}},)),
    ('type = "track" and match(event, "*ed")', ({"if": 'context.library.name = "old"', "do": "drop"},)),
    ("properties.position > 5000", ({"do": "sample", "percent": 0.5, "path": "userId"},)),
)


def workspace(destinations: int = 5, sources: int = 1, rules: int = 1) -> dict[str, Any]:
    """`rules` of actions for each destination, as far as a destination takes them."""
    return {
        "sources": [
            {"id": f"s{number}", "type": "server", "write_keys": [f"wk_{number}" if number else "wk_server"]}
            for number in range(sources)
        ],
        "destinations": [_destination(number, rules) for number in range(destinations)],
    }


def _destination(number: int, rules: int) -> dict[str, Any]:
    trigger, filters = RULES[number % len(RULES)]
    more = [f'type = "track" and event = "Rule {each}"' for each in range(rules - 1)]
    return {
        "id": f"d{number}",
        "type": "webhook",
        "settings": {"url": "https://example.com/hook"},
        "filters": list(filters),
        "actions": [{"action": "send", "id": f"a{n}", "trigger": each} for n, each in enumerate([trigger, *more])],
    }


def compiled(document: dict[str, Any], folder: Path) -> Path:
    """Not checked: secrets stand in it, where no function has to read them."""
    target = folder / "workspace.json"
    target.write_bytes(dump(models.Workspace.model_validate(document), catalogue))
    return target


def messages(functions: Functions, count: int, size: int, seed: int = 1) -> list[str]:
    """Of the real edge."""
    functions.aws.take(EVENTS)  # what others have left there
    tracking = functions.tracking()
    for request in traffic.requests(count, size, 50, traffic.Client(seed)):
        request["requestContext"]["requestId"] += str(seed)
        tracking.invoke(request)
    return [body for _, body in functions.aws.take(EVENTS)]


def routed(bodies: Sequence[str], deployed: Workspace) -> float:
    """Seconds of the processor; for nobody has any of it been seen before."""
    queues: dict[Target, MemoryQueue] = {}
    table = dynamo.client(dynamo.Dynamo())
    store, dedupe = (
        DynamoIdempotencyStore(table, "ledger", "router", threads=1),
        DynamoDedupeStore(table, "dedupe", threads=1),
    )
    started = time.process_time()
    router = Router(
        workspace=deployed,
        store=store,
        dedupe=dedupe,
        queues=lambda at: queues.setdefault(at, MemoryQueue()),
        spill=MemoryQueue(),
    )
    found = route(bodies, router)
    spent = time.process_time() - started
    assert not found.failed  # noqa: S101 - else nothing was measured
    return spent


def least(bodies: Sequence[str], is_packed: bool = True) -> float:
    started = time.process_time()
    documents: list[bytes] = []
    for body in bodies:
        document = orjson.loads(wire.load(body).payload(_LIMIT))
        documents += [orjson.dumps(event) for event in document.get("batch", [document])]
    for run in chunks(documents) if is_packed else ():
        to_text(b"\n".join(documents[run.start : run.stop]))
    return time.process_time() - started


def figures(folder: Path) -> Iterator[Figure]:
    collect_rarely()
    path = compiled(workspace(), folder)
    aws = CountingAws()
    aws.install()
    functions = Functions(path, aws)
    deployed, bodies = load(path), messages(functions, 20, 20)
    events = 400 / 1e6

    yield Figure(
        part="router",
        what="parse to packs, 5 destinations",
        unit="µs an event",
        goal=_GOAL,
        **compared(lambda: routed(bodies, deployed) / events, lambda: least(bodies) / events),
    )
    yield Figure(
        part="router",
        what="the same, beside parsing and writing alone",
        unit="µs an event",
        **compared(lambda: routed(bodies, deployed) / events, lambda: least(bodies, is_packed=False) / events),
    )
    router, seeds = functions.router(), iter(range(2, 1000))

    def whole() -> float:
        fresh = messages(functions, 20, 20, next(seeds))
        return router.invoke(sqs_event([(body, 1) for body in fresh])).seconds / events

    measured = compared(whole, lambda: least(bodies) / events)
    yield Figure(part="router", what="whole function, clients of AWS included", unit="µs an event", **measured)
