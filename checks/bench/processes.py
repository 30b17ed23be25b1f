"""Functions in interpreters of their own, as Lambda has them: their code, their environment, one invocation."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from checks.bench.functions import ROOT
from checks.bench.parts.delivery import SETTINGS

#: Arguments: a file with the invocation's event, whether vendors answer in the process, and a file for what was
#: answered and the most memory that was in use, of Linux alone.
INVOCATION = """
import json, sys
sys.path.insert(0, ".")
import app
class Context:
    aws_request_id = "r"
    get_remaining_time_in_millis = staticmethod(lambda: 60_000)
if sys.argv[2] == "no vendor":
    import dataclasses
    from sluice.destinations.http import Response
    app._route = dataclasses.replace(app._route, transport=lambda _: Response(200))
with open(sys.argv[1]) as event:
    answer = app.handler(json.load(event), Context)
assert not answer.get("batchItemFailures") and answer.get("statusCode", 200) < 400, answer
if sys.argv[3:]:
    (peak,) = (line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM:"))
    with open(sys.argv[3], "w") as found:
        json.dump({"answer": answer, "megabytes": int(peak) / 1024}, found)
"""


def workspace(address: str) -> dict[str, list[dict[str, Any]]]:
    """Every kind of destination, the webhook's vendor being the server at `address`."""
    settings = {**SETTINGS, "webhook": {"url": f"{address.replace('127.0.0.1', 'localhost')}/hook"}}
    slack = {
        "id": "slack",
        "type": "slack",
        "settings": {"url": "https://hooks.slack.com/services/T/B/x"},
        "actions": [{"action": "postToChannel", "mapping": {"text": {"@template": "{{event}}"}}}],
    }
    return {
        "sources": [
            {"id": "website", "type": "browser", "write_keys": ["wk_website"]},
            {"id": "server", "type": "server", "write_keys": ["wk_server"]},
        ],
        "destinations": [*({"id": kind, "type": kind, "settings": each} for kind, each in settings.items()), slack],
    }


def environment(address: str, compiled: Path, name: str, **more: str) -> Mapping[str, str]:
    """Of the function in the folder `name`; `compiled` is its workspace, `address` where AWS answers."""
    queues = ("EVENTS_QUEUE_URL", "EVENTS_DLQ_URL", "ARCHIVE_DLQ_URL", "QUEUE_URL", "DLQ_URL")
    found = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": f"{ROOT}/layers/sluice:{ROOT}/layers/catalogue",
        "AWS_ENDPOINT_URL": address,
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "STAGE": "prod",
        "POWERTOOLS_SERVICE_NAME": "bench",
        "POWERTOOLS_METRICS_NAMESPACE": "Sluice",
        "SLUICE_WORKSPACE": str(compiled),
        "SLUICE_ALLOW_LOOPBACK": "true",
        "DEDUPE_TABLE": "dedupe",
        "LEDGER_TABLE": "ledger",
        "EVENTS_STREAM": "events",
        "REJECTED_STREAM": "rejected",
        **{name: f"{address}/000000000000/{name.lower()}" for name in queues},
        **more,
    }
    if name == "settings":
        del found["EVENTS_QUEUE_URL"]  # as in the template: it sends nothing
    return found
