"""Cold starts: a fresh interpreter, from its start to its first answer, with compiled files as they are shipped.

AWS and a webhook are a server on loopback; other vendors answer in the process. The floor is boto3 with one client, in
a fresh interpreter too. What Lambda does before it starts Python, and how much of a processor it gives, is not in it.
"""

import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

from checks.bench.figures import Figure, compared
from checks.bench.functions import ROOT
from checks.bench.parts.router import compiled
from checks.bench.processes import INVOCATION, environment, workspace
from checks.bench.server import answering
from layers.compiled.build import modules, required

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
        document = workspace(server.address)
        known = compiled(document, folder)

        def figure(what: str, name: str, event: str, goal: float | None, **more: str) -> Figure:
            vendor = "no vendor" if name == "destination" and not what.endswith("webhook") else ""
            first = [INVOCATION, str(ROOT / "events" / f"{event}.json"), vendor]
            cwd, mine = ROOT / "functions" / name, environment(server.address, known, name, **more)
            measured = compared(
                lambda: _milliseconds(first, cwd, mine), lambda: _milliseconds([_FLOOR], cwd, floors), _ROUNDS
            )
            return Figure(part="cold start", what=what, unit="ms", goal=goal, **measured)

        floors = environment(server.address, known, "tracking")
        for name, event, goal in _FUNCTIONS:
            yield figure(name, name, event, goal)
        for name in (destination["id"] for destination in document["destinations"]):
            yield figure(
                f"destination {name}", "destination", "destination-webhook-pack", _DESTINATION, DESTINATION=name
            )
        bare = {"PYTHONPATH": str(_uncompiled(folder)), "PYTHONDONTWRITEBYTECODE": "1"}
        yield figure("tracking, not compiled", "tracking", "tracking-track", None, **bare)
        amplitude = {**bare, "DESTINATION": "amplitude"}
        yield figure(
            "destination amplitude, not compiled", "destination", "destination-webhook-pack", None, **amplitude
        )


def _milliseconds(arguments: list[str], cwd: Path, environment: Mapping[str, str]) -> float:
    started = time.perf_counter()
    subprocess.run(
        [sys.executable, "-c", *arguments], cwd=cwd, env=dict(environment), check=True, stdout=subprocess.DEVNULL
    )
    return (time.perf_counter() - started) * 1000


def _uncompiled(folder: Path) -> Path:
    """The library and what it requires, without bytecode."""
    target = folder / "uncompiled"
    sources = [(source, place) for source, place, _ in modules()]
    for source, place in (*sources, *required(".so")):
        (target / place).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target / place)
    return target
