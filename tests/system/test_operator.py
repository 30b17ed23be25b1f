"""The operator's command on the local system, and every command of docs/operating.md."""

import base64
import json
import os
import shlex
import time
import urllib.request
import uuid
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from local.cloud.aws import client
from local.cloud.partition import UnprocessableError, error_document
from sluice.messages import pack
from sluice.messages.pack import Pack, PackHeader
from sluice.spec.times import iso
from tests.pages import commands
from tests.system.conftest import System, eventually

LOCAL_AWS, LOCAL_API = "http://127.0.0.1:4566", "http://127.0.0.1:3000"


@pytest.fixture(scope="module")
def operator(system: System) -> System:
    """The system, with what the page says to export first: only the port is another."""
    exported = [line for line in commands("docs/operating.md") if line.startswith("export ")]
    here = [line.replace(LOCAL_AWS, system.aws_url).replace(LOCAL_API, system.url) for line in exported]
    pairs = [each.partition("=") for line in here for each in shlex.split(line)[1:]]
    variables = {name: value for name, _, value in pairs}
    return replace(system, environment={**system.environment, **variables})


@pytest.fixture
def run() -> Iterator[str]:
    yield f"op-{uuid.uuid4().hex[:8]}"


def post(system: System, *events: dict[str, Any]) -> None:
    body = json.dumps({"batch": events}).encode()
    key = "Basic " + base64.b64encode(b"wk_website:").decode()
    with urllib.request.urlopen(urllib.request.Request(f"{system.url}/v1/batch", body, {"authorization": key})) as sent:
        assert sent.status == 200


def archived(system: System, run: str, count: int, *options: str) -> list[dict[str, Any]]:
    def look() -> list[dict[str, Any]]:
        return [each for each in system.archived(*options) if run in json.dumps(each)]

    return eventually(look, lambda found: len(found) >= count)


def received(system: System, run: str, count: int) -> list[dict[str, Any]]:
    def look() -> list[dict[str, Any]]:
        return [json.loads(each.body) for each in list(system.receiver.received) if run.encode() in each.body]

    return eventually(look, lambda found: len(found) >= count)


def dead_letters(operator: System) -> tuple[Any, str, str]:
    """SQS, the receiver's queue and its dead-letter queue."""
    sqs = client("sqs", operator.aws_url)
    queues = ("sluice-local-destination-receiver", "sluice-local-dlq-destination-receiver")
    url, dead = (sqs.get_queue_url(QueueName=name)["QueueUrl"] for name in queues)
    return sqs, url, dead


def test_a_replay_delivers_the_archived_events_again(operator: System, run: str) -> None:
    post(operator, *({"type": "track", "event": run, "userId": f"u{number}"} for number in range(20)))
    post(operator, {"type": "track", "event": f"{run} other", "userId": "u"})
    first = received(operator, run, 21)
    archived(operator, run, 21)
    command = ("bin/sluice", "replay", "--destination", "receiver", "--source", "website", "--from", "1h")
    counted = operator.run(*command, "--event", run, "--dry-run")
    assert counted.splitlines()[:2] == ["20 events would be sent to receiver", f"         20  {run}"]
    operator.run(*command, "--event", run)
    again = received(operator, run, 41)[21:]
    sent = {each["messageId"]: each for each in first if each["event"] == run}
    assert sorted(each["messageId"] for each in again) == sorted(sent)
    for each in again:
        assert each == {**sent[each["messageId"]], "integrations": {"All": False, "Webhook": True}}


def test_dead_letters_go_back_and_are_delivered(operator: System, run: str) -> None:
    """Patience that began five hours ago is over with the next failure."""
    sqs, url, dead = dead_letters(operator)
    began = iso(datetime.now(UTC) - timedelta(hours=5))
    header = PackHeader(kind="delivery", count=1, destination="receiver", attempt=9, first_attempt_at=began)
    document = json.dumps({"type": "track", "event": run, "messageId": run, "integrations": {}}).encode()

    def waiting() -> int:
        names = ["ApproximateNumberOfMessages"]
        return int(sqs.get_queue_attributes(QueueUrl=dead, AttributeNames=names)["Attributes"][names[0]])

    before, operator.receiver.answer = operator.receiver.answer, lambda _: (503, {}, b"down for repairs")
    try:
        sqs.send_message(QueueUrl=url, MessageBody=pack.dump(Pack(header, (document,))))
        assert eventually(waiting, bool) == 1
        assert "1  503" in operator.run("bin/sluice", "redrive", "receiver", "--dry-run")
        assert waiting() == 1, "looking takes nothing away"
        operator.receiver.answer = before
        operator.run("bin/sluice", "redrive", "receiver")
    finally:
        operator.receiver.answer = before
    assert [each["messageId"] for each in received(operator, run, 2)] == [run, run]
    assert waiting() == 0


def test_a_rejected_event_is_repaired_and_archived_once(operator: System, run: str) -> None:
    post(operator, {"type": "track", "userId": run, "messageId": run}, {"type": "track", "userId": run})
    rejected = archived(operator, run, 2, "--rejected")
    assert {each["reason"] for each in rejected} == {"event_not_defined"}
    command = ("bin/sluice", "recover", "--from", "1h", "--reason", "event_not_defined", "--set", f"event={run} fixed")
    assert "event_not_defined from website" in operator.run(*command, "--dry-run")
    operator.run(*command)
    archived(operator, f"{run} fixed", 2)
    operator.run(*command)
    post(operator, {"type": "track", "event": f"{run} last", "userId": run})
    archived(operator, f"{run} last", 1)
    time.sleep(1)
    mine = [each for each in archived(operator, f"{run} fixed", 2) if each["userId"] == run]
    assert len(mine) == len({each["messageId"] for each in mine}) == 2
    assert {each["receivedAt"] for each in mine} == {each["receivedAt"] for each in rejected}


def test_what_firehose_could_not_write_is_written(operator: System, run: str) -> None:
    # Given an event that Firehose put below errors/, because too many hours were being written
    post(operator, {"type": "track", "event": f"{run} first", "userId": run})
    (event,) = archived(operator, f"{run} first", 1)
    document = json.dumps({**event, "messageId": f"{run}-lost", "event": f"{run} lost"}).encode() + b"\n"
    limit = UnprocessableError("DynamicPartitioning.ActivePartitionLimitExceeded", "too many")
    s3, now = client("s3", operator.aws_url), datetime.now(UTC)
    bucket = next(each["Name"] for each in s3.list_buckets()["Buckets"] if "-archive-" in each["Name"])
    key = f"errors/events/processing-failed/day={now:%Y-%m-%d}/{run}"
    s3.put_object(Bucket=bucket, Key=key, Body=error_document(document, limit, now).encode())

    # When an operator looks, and recovers
    looked = operator.run("bin/sluice", "recover", "--errors", "--from", "1h", "--dry-run")
    operator.run("bin/sluice", "recover", "--errors", "--from", "1h")

    # Then it is in the archive, and no longer below errors/
    assert "ActivePartitionLimitExceeded of events" in looked
    assert f"{run}-lost" in looked
    archived(operator, f"{run} lost", 1)
    assert "Contents" not in s3.list_objects_v2(Bucket=bucket, Prefix=key)


#: Without what sets the environment, and what deletes the stack: test_deploy runs that.
COMMANDS = [line for line in commands("docs/operating.md") if not line.startswith(("export ", ".venv-sam/"))]


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_of_the_page(operator: System, command: str) -> None:
    """Only the destination has another name here."""
    words = shlex.split(command)
    assert words[0] == "bin/sluice"
    printed = operator.run(*("receiver" if word == "crm" else word for word in words))
    assert printed
    assert os.access(words[0], os.X_OK)
