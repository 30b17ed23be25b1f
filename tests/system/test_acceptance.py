"""What anyone would try before trusting it: counts that must agree, a queue that is gone, a process that is killed."""

import contextlib
import json
import os
import signal
import threading
import time
import urllib.error
import urllib.request
import uuid
from collections import Counter
from pathlib import Path
from typing import Any

from local.cloud.aws import client
from tests.examples import basic, message_id
from tests.system.conftest import System, eventually

QUEUE = "sluice-local-events"


def post(system: System, events: list[dict[str, Any]]) -> int:
    body = json.dumps({"batch": events}).encode()
    request = urllib.request.Request(system.url + "/v1/batch", body, basic("wk_server"))
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        with error:
            assert error.code != 503 or int(error.headers["retry-after"]) > 0
            return error.code


def track(run: str, number: int) -> dict[str, Any]:
    moment = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    return {"type": "track", "event": "E", "userId": run, "messageId": message_id(run, number), "timestamp": moment}


def archived(system: System, run: str) -> Counter[str]:
    return Counter(each["messageId"] for each in system.archived() if each.get("userId") == run)


def test_a_thousand_good_and_ten_bad_in_and_exactly_as_many_out(system: System) -> None:
    run = f"count-{uuid.uuid4().hex[:8]}"
    events = [track(run, number) for number in range(1010)]
    for bad in events[::101]:
        del bad["event"]
    for start in range(0, 1010, 101):
        assert post(system, events[start : start + 101]) == 200

    good = eventually(lambda: archived(system, run), lambda found: len(found) >= 1000)
    rejected = eventually(
        lambda: [each for each in system.archived("--rejected") if run in each["original"]],
        lambda found: len(found) >= 10,
    )
    assert (len(good), set(good.values())) == (1000, {1})
    assert Counter(each["reason"] for each in rejected) == {"event_not_defined": 10}


def test_without_its_queue_it_asks_clients_to_come_back_and_loses_nothing(system: System) -> None:
    sqs = client("sqs", system.aws_url)
    url = sqs.get_queue_url(QueueName=QUEUE)["QueueUrl"]
    kept = ("VisibilityTimeout", "MessageRetentionPeriod", "RedrivePolicy")
    attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    run = f"queue-{uuid.uuid4().hex[:8]}"
    events = [track(run, number) for number in range(50)]

    sqs.delete_queue(QueueUrl=url)
    try:
        assert post(system, events) == 503
    finally:
        sqs.create_queue(QueueName=QUEUE, Attributes={name: attributes[name] for name in kept})

    assert eventually(lambda: post(system, events), lambda status: status == 200) == 200
    found = eventually(lambda: archived(system, run), lambda found: len(found) >= 50)
    assert (len(found), set(found.values())) == (50, {1})


def test_a_router_that_is_killed_in_the_middle_loses_nothing(system: System) -> None:
    run = f"kill-{uuid.uuid4().hex[:8]}"
    killed: set[int] = set()
    over = threading.Event()

    def kill() -> None:
        while not over.wait(0.1):
            for process in _workers(system, "router"):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(process, signal.SIGKILL)
                    killed.add(process)

    killer = threading.Thread(target=kill)
    killer.start()
    sent, until = 0, time.monotonic() + 60
    try:
        while (sent < 1000 or len(killed) < 3) and time.monotonic() < until:
            assert post(system, [track(run, number) for number in range(sent, sent + 20)]) == 200
            sent += 20
            time.sleep(0.03)
    finally:
        over.set()
        killer.join()

    # What a router died with comes back when its time is over, which SHORT_TIMEOUTS makes seconds instead of minutes.
    found = eventually(lambda: archived(system, run), lambda found: len(found) >= sent, seconds=120)
    assert len(killed) >= 3
    assert len(found) == sent


def _workers(system: System, service: str) -> list[int]:
    """Processes of one function of this system, by what stands in their environment."""
    marks = (f"POWERTOOLS_SERVICE_NAME={service}\0".encode(), str(system.state).encode())
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            environment = (folder / "environ").read_bytes()
        except OSError:
            continue
        if all(mark in environment for mark in marks):
            found.append(int(folder.name))
    return found
