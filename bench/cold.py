"""Cold starts: a fresh interpreter, from its start to its first answer, with compiled files as they are shipped.

AWS and a webhook are a server on loopback; other vendors answer in the process. The floor is boto3 with one client, in
a fresh interpreter too. What Lambda does before it starts Python, and how much of a processor it gives, is not in it.
"""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

from bench.answering import answering
from bench.destinations import SETTINGS
from bench.figures import Figure, compared
from bench.functions import ROOT
from bench.router import compiled
from layers.compiled.build import modules, required

_EDGE, _DESTINATION = 1.15, 1.5
_ROUNDS = 5
_FLOOR = "import boto3\nboto3.client('sqs')"
_FIRST = """
import json, sys
sys.path.insert(0, ".")
import app
class Context:
    aws_request_id = "r"
    get_remaining_time_in_millis = staticmethod(lambda: 60_000)
if sys.argv[2] == "no vendor":
    import dataclasses
    from sluice.deliver.messages import Response
    app._route = dataclasses.replace(app._route, transport=lambda _: Response(200))
with open(sys.argv[1]) as event:
    app.handler(json.load(event), Context)
"""
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
    with answering() as address:
        workspace = compiled(_workspace(address), folder)
        environment = _environment(address, workspace)

        def figure(what: str, name: str, event: str, goal: float | None, **more: str) -> Figure:
            vendor = "vendor" if what.endswith("webhook") else "no vendor"
            first = [_FIRST, str(ROOT / "events" / f"{event}.json"), vendor if name == "destinations" else ""]
            cwd, mine = ROOT / "functions" / name, {**environment, **more}
            if name == "settings":
                del mine["EVENTS_QUEUE_URL"]  # as in the template: it sends nothing
            measured = compared(
                lambda: _milliseconds(first, cwd, mine), lambda: _milliseconds([_FLOOR], cwd, environment), _ROUNDS
            )
            return Figure(part="cold start", what=what, unit="ms", goal=goal, **measured)

        for name, event, goal in _FUNCTIONS:
            yield figure(name, name, event, goal)
        for kind in SETTINGS:
            yield figure(
                f"destination {kind}", "destinations", "destination-webhook-pack", _DESTINATION, DESTINATION=kind
            )
        bare = {"PYTHONPATH": str(_uncompiled(folder)), "PYTHONDONTWRITEBYTECODE": "1"}
        yield figure("tracking, not compiled", "tracking", "tracking-track", None, **bare)
        amplitude = {**bare, "DESTINATION": "amplitude"}
        yield figure(
            "destination amplitude, not compiled", "destinations", "destination-webhook-pack", None, **amplitude
        )


def _workspace(address: str) -> dict[str, object]:
    settings = {**SETTINGS, "webhook": {"url": f"{address.replace('127.0.0.1', 'localhost')}/hook"}}
    return {
        "sources": [
            {"id": "website", "type": "browser", "write_keys": ["wk_website"]},
            {"id": "server", "type": "server", "write_keys": ["wk_server"]},
        ],
        "destinations": [{"id": kind, "type": kind, "settings": each} for kind, each in settings.items()],
    }


def _environment(address: str, workspace: Path) -> dict[str, str]:
    queues = ("EVENTS_QUEUE_URL", "EVENTS_DLQ_URL", "ARCHIVE_QUEUE_URL", "ARCHIVE_DLQ_URL", "QUEUE_URL", "DLQ_URL")
    return {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT / "layers/sluice"),
        "AWS_ENDPOINT_URL": address,
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "STAGE": "prod",
        "POWERTOOLS_SERVICE_NAME": "bench",
        "POWERTOOLS_METRICS_NAMESPACE": "Sluice",
        "SLUICE_WORKSPACE": str(workspace),
        "SLUICE_ALLOW_LOOPBACK": "true",
        "DEDUPE_TABLE": "dedupe",
        "LEDGER_TABLE": "ledger",
        "EVENTS_STREAM": "events",
        "REJECTED_STREAM": "rejected",
        "DESTINATION_QUEUE_PREFIX": "destination-",
        **{name: f"{address}/000000000000/{name.lower()}" for name in queues},
    }


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
