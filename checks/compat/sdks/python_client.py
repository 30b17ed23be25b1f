"""Runs one of the Python SDKs. A job comes on standard input, what became of its calls goes to standard output.

Runs in an environment that has the SDK and nothing of ours. All runs of a job go on at the same time, each with a
client of its own.
"""

import importlib
import json
import sys
import threading
import traceback
from collections.abc import Mapping
from datetime import datetime
from typing import Any

_ARGUMENTS = {
    "userId": "user_id",
    "anonymousId": "anonymous_id",
    "groupId": "group_id",
    "previousId": "previous_id",
    "event": "event",
    "name": "name",
    "category": "category",
    "properties": "properties",
    "traits": "traits",
    "context": "context",
    "integrations": "integrations",
    "timestamp": "timestamp",
}


def main() -> None:
    job = json.load(sys.stdin, object_hook=untagged)
    results: dict[str, dict[str, Any]] = {}
    threads = [
        threading.Thread(target=_run, args=(job, run, results.setdefault(run["name"], {"calls": [], "errors": []})))
        for run in job["runs"]
    ]
    for thread in threads:
        thread.daemon = True
        thread.start()
    for thread, result in zip(threads, results.values(), strict=True):
        thread.join(job["seconds"])
        if thread.is_alive():
            result["errors"].append("did not end in time")
    json.dump({"runs": results}, sys.stdout)
    sys.stdout.flush()


def untagged(value: dict[str, Any]) -> Any:
    """See checks/compat/script.py."""
    match value:
        case {"$date": str(text)}:
            return datetime.fromisoformat(text)
        case {"$number": str(text)}:
            return float(text)
        case {"$int": str(text)}:
            return int(text)
    return value


def arguments(call: Mapping[str, Any]) -> dict[str, Any]:
    given = {_ARGUMENTS[name]: value for name, value in call.items() if name != "type"}
    if "timestamp" in given:
        given["timestamp"] = datetime.fromisoformat(given["timestamp"])
    return given


def _run(job: Mapping[str, Any], run: Mapping[str, Any], result: dict[str, Any]) -> None:
    def failed(error: Exception, _events: object) -> None:
        result["errors"].append(repr(error))

    try:
        client = importlib.import_module(job["program"]).Client(
            job["writeKey"], host=run["host"], on_error=failed, **job["options"]
        )
        for call in run["calls"]:
            result["calls"].append(_send(client, call))
        if not client.sync_mode:
            client.shutdown()
    except Exception:  # noqa: BLE001 - reported, whatever it is
        result["errors"].append(traceback.format_exc())


def _send(client: Any, call: Mapping[str, Any]) -> dict[str, Any]:
    try:
        _, message = getattr(client, call["type"])(**arguments(call))
    except Exception as error:  # noqa: BLE001 - that is how the synchronous client tells its caller
        return {"messageId": None, "error": repr(error)[:300]}
    return {"messageId": message["messageId"] if message else None, "error": None if message else "not queued"}


if __name__ == "__main__":
    main()
