"""Memory: the most that each function takes when it is given as much as can come, beside what the template gives it.

A fresh interpreter each time. Lambda hands over at most 6 MB, and no more messages than a batch may have; messages are
compressed, so what comes out of them is many times that. The floor is the same function with a single event.
"""

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from checks.bench import traffic
from checks.bench.aws import CountingAws
from checks.bench.figures import Figure, compared
from checks.bench.functions import EVENTS, ROOT, Functions, sqs_event
from checks.bench.parts.delivery import corpus
from checks.bench.parts.router import compiled, messages
from checks.bench.processes import INVOCATION, environment, workspace
from checks.bench.server import Server, answering
from checks.cost.deployment import deployment
from sluice.messages.pack import MAX_DOCUMENTS
from sluice.router.packs import ARCHIVE_EVENTS, MAX_DELIVERIES, PackBuilder, Target, delivery

#: Of one invocation, in bytes. https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
_MOST_BYTES = 6_000_000
#: After one to be warm; it comes out the same to the megabyte.
_ROUNDS = 1
#: A function that has no more left than this is killed by the next large event.
_SHARE = 0.75
#: Small, and as many to a request as there may be: each becomes an event of ours, many times its own size.
_TINY = {"type": "track", "event": "E", "userId": "u", "p": {str(number): {} for number in range(10)}}
_MOST_EVENTS = 2_500

type Invocation = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class _Load:
    """`folder` is the function's; `full` is the most that can come to it, `least` a single event."""

    what: str
    folder: str
    full: Invocation
    least: Invocation


def figures(folder: Path) -> Iterator[Figure]:
    with answering() as server:
        known = compiled(workspace(server.address), folder)
        for load in _loads(known):
            yield _figure(load, server, known, folder)


def _figure(load: _Load, server: Server, known: Path, folder: Path) -> Figure:
    variables = environment(server.address, known, load.folder, DESTINATION="amplitude")
    memory = deployment().memory[load.folder]

    def megabytes(event: Invocation) -> float:
        server.forget()
        return _megabytes(event, load.folder, variables, folder)

    measured = compared(lambda: megabytes(load.full), lambda: megabytes(load.least), _ROUNDS)
    return Figure(part="memory", what=load.what, unit="MB", goal=_SHARE * memory, is_absolute=True, **measured)


def _loads(known: Path) -> Iterator[_Load]:
    aws = CountingAws()
    aws.install()
    functions = Functions(known, aws)
    (small,) = traffic.requests(1, 1, 1, traffic.Client(1))
    (large,) = traffic.requests(1, 430, 1, traffic.Client(1))
    yield _Load("tracking, a request of 500 KB", "tracking", large, small)
    batch = deployment().mapped["router"].batch
    least = _event(messages(functions, 1, 1))
    for size in (1, 20, 100, 400):
        bodies = _fitting(messages(functions, batch, size))
        yield _Load(f"router, {len(bodies)} requests of {size}", "router", _event(bodies), least)
    bodies = _fitting(_hostile(functions, batch))
    yield _Load(f"router, {len(bodies)} requests of {_MOST_EVENTS:,} tiny events", "router", _event(bodies), least)
    for name, target, most in (
        ("archive", ARCHIVE_EVENTS, MAX_DOCUMENTS),
        ("destination", delivery("amplitude"), MAX_DELIVERIES),
    ):
        bodies = _fitting(_packs(target, most, deployment().mapped[name.removesuffix("s")].batch))
        yield _Load(f"{name}, {len(bodies)} packs", name, _event(bodies), _event(_packs(target, 1, 1)))


def _hostile(functions: Functions, count: int) -> list[str]:
    body = json.dumps({"batch": [_TINY] * _MOST_EVENTS}, separators=(",", ":")).encode()
    tracking = functions.tracking()
    for number in range(count):
        tracking.invoke(traffic.request("/v1/batch", body, number, 1795447291.0))
    return [message for _, message in functions.aws.take(EVENTS)]


def _packs(target: Target, events: int, count: int) -> list[str]:
    """`count` packs of so many events each."""
    documents = corpus()
    load = PackBuilder(datetime.now(UTC))
    add = load.to(target)
    for number in range(events * count):
        add((0, documents[number % len(documents)]))
    return [each.body for each in load.packs()][:count]


def _fitting(bodies: Sequence[str]) -> Sequence[str]:
    """As many as an invocation has room for."""
    left = _MOST_BYTES
    for number, body in enumerate(bodies):
        left -= len(json.dumps(_event([body])))
        if left < 0:
            return bodies[:number]
    return bodies


def _event(bodies: Sequence[str]) -> Invocation:
    return sqs_event([(body, 1) for body in bodies])


def _megabytes(event: Invocation, name: str, variables: Mapping[str, str], folder: Path) -> float:
    given, found = folder / "event.json", folder / "found.json"
    given.write_text(json.dumps(event))
    vendor = "no vendor" if name == "destination" else ""
    subprocess.run(
        [sys.executable, "-c", INVOCATION, str(given), vendor, str(found)],
        cwd=ROOT / "functions" / name,
        env=variables,
        check=True,
        stdout=subprocess.DEVNULL,
    )
    return float(json.loads(found.read_text())["megabytes"])
