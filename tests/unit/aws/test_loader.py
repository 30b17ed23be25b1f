"""A loader's list of files and its memory, on SQS and DynamoDB."""

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

from sluice.aws.file_list import SqsFileList
from sluice.aws.loader_memory import DynamoMemoryStore
from sluice.aws.sqs import SqsQueue
from sluice.warehouses.file_list import body_of


@pytest.fixture
def queues() -> Iterator[tuple[Any, str, str]]:
    with mock_aws():
        sqs = boto3.client("sqs", region_name="eu-central-1")
        files, dead = (sqs.create_queue(QueueName=name)["QueueUrl"] for name in ("files", "dlq"))
        yield sqs, files, dead


@pytest.fixture
def table() -> Iterator[Any]:
    with mock_aws():
        client = boto3.client("dynamodb", region_name="eu-central-1")
        client.create_table(
            TableName="ledger",
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": "bucket", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "bucket", "KeyType": "HASH"}],
        )
        yield client


class Clock:
    at = 1000.0

    def __call__(self) -> float:
        return self.at


def test_an_entry_is_taken_given_back_taken_again_and_removed(queues: tuple[Any, str, str]) -> None:
    sqs, url, dead = queues
    files = SqsFileList(sqs, url, SqsQueue(sqs, dead))
    assert files.add([body_of(f"k{number}") for number in range(23)]) == []
    assert files.waiting() == 23
    taken = [entry for _ in range(3) for entry in files.take()]
    assert sorted(entry.body for entry in taken) == sorted(body_of(f"k{number}") for number in range(23))
    assert (files.waiting(), files.take()) == (0, [])
    files.give_back(taken[0])
    (again,) = files.take()
    assert (again.body, again.takes) == (taken[0].body, 2)
    files.remove(again)
    assert files.take() == []


def test_an_entry_that_is_given_up_is_a_dead_letter_with_its_reason(queues: tuple[Any, str, str]) -> None:
    sqs, url, dead = queues
    files = SqsFileList(sqs, url, SqsQueue(sqs, dead))
    files.add(["{}"])
    (entry,) = files.take()
    files.give_up(entry, "no file of the archive")
    (letter,) = sqs.receive_message(QueueUrl=dead, MessageAttributeNames=["All"])["Messages"]
    assert letter["MessageAttributes"]["reason"]["StringValue"] == "no file of the archive"


def test_one_loader_works_at_a_time_and_leaves_its_memory_to_the_next(table: Any) -> None:
    clock = Clock()
    first, second = (DynamoMemoryStore(table, "ledger", "main", clock) for _ in range(2))
    memory = first.begin(900)
    assert memory is not None
    assert second.begin(900) is None
    memory.listed["web"], memory.last = 1234.5, "2 files"
    first.end(memory)
    found = second.begin(900)
    assert found is not None
    assert (found.listed, found.last, found.is_paused) == ({"web": 1234.5}, "2 files", False)


def test_a_loader_that_died_is_waited_for_and_one_that_took_too_long_disturbs_nobody(table: Any) -> None:
    clock = Clock()
    died, other = (DynamoMemoryStore(table, "ledger", "main", clock) for _ in range(2))
    late = died.begin(900)
    assert late is not None
    clock.at += 899
    assert other.begin(900) is None
    clock.at += 1
    memory = other.begin(900)
    assert memory is not None
    late.last = "too late"
    died.end(late)
    assert DynamoMemoryStore(table, "ledger", "main", clock).begin(900) is None
    memory.last = "in time"
    other.end(memory)
    assert other.look() == (memory, False)


def test_each_warehouse_has_a_memory_of_its_own_and_can_be_paused(table: Any) -> None:
    main, other = (DynamoMemoryStore(table, "ledger", name, Clock()) for name in ("main", "other"))
    main.pause(is_paused=True)
    assert main.look()[0].is_paused
    memory, free = main.begin(900), other.begin(900)
    assert memory is not None
    assert free is not None
    assert (memory.is_paused, free.is_paused) == (True, False)
    main.end(memory)
    main.pause(is_paused=False)
    assert not main.look()[0].is_paused
