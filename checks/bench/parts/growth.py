"""Growth: what an event costs with ten and a hundred times as much of something. The floor is once as much.

Flat is 1; below it, an event costs less. With more destinations each event goes to more places, so that is by event
and destination.
"""

import itertools
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import orjson

from catalogue.destinations import destination_type
from checks.bench import traffic
from checks.bench.aws import CountingAws
from checks.bench.figures import Figure, Rounds, compared
from checks.bench.functions import EVENTS, Function, Functions, sqs_event
from checks.bench.parts import delivery as destinations
from checks.bench.parts.edge import measure
from checks.bench.parts.router import compiled, messages, routed, workspace
from checks.cost.deployment import deployment
from sluice.aws import clients
from sluice.aws.sqs import SqsQueue
from sluice.memory import collect_rarely
from sluice.workspace.compiled import Workspace, load

_TIMES = (10, 100)
#: A little more than flat is noise.
_FLAT = 1.1


def figures(folder: Path) -> Iterator[Figure]:
    collect_rarely()
    for what, unit, measured in _grown(folder):
        yield Figure(part="growth", what=what, unit=unit, goal=_FLAT, **measured)


def _grown(folder: Path) -> Iterator[tuple[str, str, Rounds]]:
    path = compiled(workspace(), folder)
    aws = CountingAws()
    aws.install()
    functions = Functions(path, aws)
    one = load(path)
    few = messages(functions, 1, 10)
    many = messages(functions, 20, 20)
    for times in _TIMES:
        yield f"collect, {times} events a request", "µs an event", _collect(functions, aws, times)
        more = messages(functions, times, 10)
        yield f"router, {10 * times} events a batch", "µs an event", _route(more, one, 10 * times, few, one, 10)
        wide = destinations_of(one, times)
        yield (
            f"router, {times} destinations",
            "µs an event and destination",
            _route(many, wide, 400 * times, many, destinations_of(one, 1), 400),
        )
        yield f"router, {times} sources", "µs an event", _route(many, sources_of(one, times), 400, many, one, 400)
        ruled = rules(times)
        yield f"router, {times} rules", "µs an event", _route(many, ruled, 400, many, rules(1), 400)
        yield f"delivery, {times} events a message", "µs an event", _delivery(times)
        yield f"archive, {times} events a message", "µs an event", _archive(functions.archive(), times)


def _collect(functions: Functions, aws: CountingAws, times: int) -> Rounds:
    tracking, queue = functions.tracking(), SqsQueue(clients.sqs(clients.EDGE), EVENTS)
    single, several = (measure(tracking, queue, aws, size)["ours"] for size in (1, times))
    return {"ours": tuple(each / times for each in several), "floor": single}


def _route(bodies: list[str], deployed: Workspace, events: int, less: list[str], small: Workspace, few: int) -> Rounds:
    return compared(lambda: _each(bodies, deployed, events), lambda: _each(less, small, few))


def _each(bodies: list[str], deployed: Workspace, events: int) -> float:
    """Of a batch that is short by itself several, so that there is something to measure."""
    turns = max(1, 200 // events)
    return sum(routed(bodies, deployed) for _ in range(turns)) / turns / events * 1e6


def destinations_of(deployed: Workspace, count: int) -> Workspace:
    """Alike, and more than a stack can have."""
    pattern = deployed.destinations["d1"]
    return replace(deployed, destinations={f"d{n}": replace(pattern, id=f"d{n}") for n in range(count)})


def sources_of(deployed: Workspace, count: int) -> Workspace:
    sources = {f"s{n}": replace(deployed.sources["s0"], id=f"s{n}") for n in range(count)}
    return replace(deployed, sources=sources)


def rules(count: int) -> Workspace:
    """Of two destinations together."""
    with tempfile.TemporaryDirectory() as folder:
        return load(compiled(workspace(destinations=2, rules=max(1, count // 2)), Path(folder)))


def _delivery(times: int) -> Rounds:
    amplitude = destination_type("amplitude")
    settings = amplitude.settings(**destinations.SETTINGS["amplitude"])
    mine = destinations.subscribed(amplitude)
    documents = _documents()

    def seconds(size: int) -> float:
        bodies = destinations.bodies(documents, size)
        return 1e6 / destinations.rate(lambda body: destinations.made(body, mine, settings), bodies, size)

    return compared(lambda: seconds(times), lambda: seconds(1))


def _documents() -> list[bytes]:
    client = traffic.Client()
    return [orjson.dumps(client.event(1.8e9)) for _ in range(200)]


def _archive(archive: Function, times: int) -> Rounds:
    documents, most = _documents(), deployment().mapped["archive"].batch

    def each(size: int) -> float:
        packs = destinations.bodies(documents, size, "events")
        batches = itertools.batched(packs, most, strict=False)
        spent = sum(archive.invoke(sqs_event([(body, 1) for body in bodies])).seconds for bodies in batches)
        return spent / len(documents) * 1e6

    return compared(lambda: each(times), lambda: each(1))
