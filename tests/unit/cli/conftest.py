"""An installation on moto: its bucket and its queues, by the names that the template gives them."""

import gzip
import json
from collections.abc import Iterator, Sequence
from typing import Any

import boto3
import pytest
from moto import mock_aws

from cli.operations.places import Places


class Installation(Places):
    """What the command works on, and ways to put something there and to look."""

    bucket_name = "sluice-test-archive-123456789012-us-east-1"

    def put(self, key: str, *documents: Any) -> str:
        """An object of the archive, one document a line; bytes are put as they are."""
        lines = [each if isinstance(each, bytes) else json.dumps(each).encode() for each in documents]
        body = gzip.compress(b"".join(line + b"\n" for line in lines))
        self.s3.put_object(Bucket=self.bucket_name, Key=key, Body=body)
        return key

    def send(self, queue: str, *bodies: str) -> None:
        for body in bodies:
            self.sqs.send_message(QueueUrl=self.queue_url(queue), MessageBody=body)

    def take(self, queue: str) -> list[str]:
        """Everything that is visible; it is gone then."""
        url, found = self.queue_url(queue), []
        while messages := self.sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
            for message in messages:
                self.sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
                found.append(message["Body"])
        return found


def partition(received_at: str, source: str = "website", area: str = "events") -> str:
    return f"{area}/source={source}/day={received_at[:10]}/hour={received_at[11:13]}/"


def ids(documents: Sequence[bytes]) -> list[str]:
    return [json.loads(document)["messageId"] for document in documents]


@pytest.fixture
def place(monkeypatch: pytest.MonkeyPatch) -> Iterator[Installation]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("SLUICE_STAGE", "test")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    monkeypatch.setattr("cli.operations.redrive.WAIT_SECONDS", 0)
    with mock_aws():
        boto3.client("s3").create_bucket(Bucket=Installation.bucket_name)
        for name in ("events", "archive", "destination-crm"):
            for kind in ("", "dlq-"):
                boto3.client("sqs").create_queue(QueueName=f"sluice-test-{kind}{name}")
        yield Installation("test")
