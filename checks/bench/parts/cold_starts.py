"""Cold starts: a fresh interpreter, from its start to its first answer, on the layers that `sam build` makes.

AWS and a webhook are a server on loopback; other vendors answer in the process. The floor is boto3 with one client, in
a fresh interpreter too. What Lambda does before it starts Python, and how much of a processor it gives, is not in it.
"""

import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

from checks.bench.built import built
from checks.bench.figures import Figure, compared
from checks.bench.functions import ROOT
from checks.bench.parts.router import compiled
from checks.bench.processes import INVOCATION, environment, workspace
from checks.bench.server import answering

_EDGE, _DESTINATION = 1.15, 1.5
_ROUNDS = 5
_FLOOR = "import boto3\nboto3.client('sqs')"
#: A function's folder, what comes to it first, and its goal.
_FUNCTIONS = (
    ("tracking", "tracking-track", _EDGE),
    ("pixel", "pixel-open-in-email", _EDGE),
    ("querystring", "querystring-click", _EDGE),
    ("settings", "settings-of-a-website", _EDGE),
    ("router", "router-one-batch", None),
    ("archive", "archive-two-packs", None),
)


def figures(folder: Path) -> Iterator[Figure]:
    with answering() as server:
        document, code = workspace(server.address), built(folder)
        known = compiled(document, folder)

        def figure(what: str, name: str, event: str, goal: float | None, layers: str, **more: str) -> Figure:
            vendor = "no vendor" if name == "destination" and not what.endswith("webhook") else ""
            first = [INVOCATION, str(ROOT / "events" / f"{event}.json"), vendor]
            cwd, mine = code.functions / name, _environment(environment(server.address, known, name, **more), layers)
            measured = compared(
                lambda: _milliseconds(first, cwd, mine), lambda: _milliseconds([_FLOOR], cwd, floors), _ROUNDS
            )
            return Figure(part="cold start", what=what, unit="ms", goal=goal, **measured)

        floors = _environment(environment(server.address, known, "tracking"), code.layers)
        for name, event, goal in _FUNCTIONS:
            yield figure(name, name, event, goal, code.layers)
        pack = "destination-webhook-pack"
        for name in (destination["id"] for destination in document["destinations"]):
            what = f"destination {name}"
            yield figure(what, "destination", pack, _DESTINATION, code.layers, DESTINATION=name)
        yield figure("tracking, not compiled", "tracking", "tracking-track", None, code.uncompiled)
        what = "destination amplitude, not compiled"
        yield figure(what, "destination", pack, None, code.uncompiled, DESTINATION="amplitude")


def _environment(found: Mapping[str, str], layers: str) -> Mapping[str, str]:
    """Return the environment of a function that has these layers, and cannot write beside its code."""
    return {**found, "PYTHONPATH": layers, "PYTHONDONTWRITEBYTECODE": "1"}


def _milliseconds(arguments: list[str], cwd: Path, environment: Mapping[str, str]) -> float:
    """Return how long an interpreter takes that sees nothing of this one's packages."""
    started = time.perf_counter()
    command = [sys.executable, "-S", "-c", *arguments]
    subprocess.run(command, cwd=cwd, env=dict(environment), check=True, stdout=subprocess.DEVNULL)
    return (time.perf_counter() - started) * 1000
