"""The embedded AWS, with the queues, table, streams and bucket that the template's functions use.

Names and settings are read from the template, so that a function is tested in the environment that it is deployed
with. One thing differs: ministack does not take the documents of a record apart and would refuse records of several,
so the streams here put each record down as it comes, in place of partitioning it.
"""

import contextlib
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cli.permissions import expand
from local.cloud.aws import client
from local.settings import CREDENTIALS, REGION
from tests.integration.processes import Program
from tests.integration.rie import ROOT
from tests.stack import TEMPLATE

STAGE = "test"
BUCKET = "archive"
SECRET = "a shared secret"
RESOURCES = expand(TEMPLATE)
_PARAMETERS = {name: parameter.get("Default") for name, parameter in TEMPLATE["Parameters"].items()}
#: DEBUG, because what is logged then must be as harmless as what is logged always.
PARAMETERS = {**_PARAMETERS, "Stage": STAGE, "LogLevel": "DEBUG"}


class Cloud:
    """What the functions find, and what tests look at; `url` is the endpoint of every service."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._sqs, self._s3, self._firehose = client("sqs", url), client("s3", url), client("firehose", url)
        self._dynamodb, self._ssm = client("dynamodb", url), client("ssm", url)
        self._physical: dict[str, str] = {}
        self._make()

    def close(self) -> None:
        for each in (self._sqs, self._s3, self._firehose, self._dynamodb, self._ssm):
            each.close()

    def _make(self) -> None:
        self._s3.create_bucket(Bucket=BUCKET)
        self._ssm.put_parameter(Name="/sluice/crm/shared-secret", Value=SECRET, Type="SecureString")
        for logical, resource in RESOURCES.items():
            properties = resource["Properties"]
            match resource["Type"]:
                case "AWS::SQS::Queue":
                    self._physical[logical] = self._queue(properties)
                case "AWS::DynamoDB::Table":
                    self._physical[logical] = self._table(properties)
                case "AWS::KinesisFirehose::DeliveryStream":
                    self._physical[logical] = self._stream(properties)

    def _queue(self, properties: Any) -> str:
        kept = ("VisibilityTimeout", "MessageRetentionPeriod", "MaximumMessageSize")
        attributes = {name: str(properties[name]) for name in kept if name in properties}
        name = self.resolve(properties["QueueName"])
        return str(self._sqs.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"])

    def _table(self, properties: Any) -> str:
        kept = ("BillingMode", "AttributeDefinitions", "KeySchema")
        name = self.resolve(properties["TableName"])
        self._dynamodb.create_table(TableName=name, **{key: properties[key] for key in kept})
        return name

    def _stream(self, properties: Any) -> str:
        name = self.resolve(properties["DeliveryStreamName"])
        area = name.rpartition("-")[2]
        target = {"BucketARN": f"arn:aws:s3:::{BUCKET}", "RoleARN": "arn:aws:iam::000000000000:role/firehose"}
        self._firehose.create_delivery_stream(
            DeliveryStreamName=name, ExtendedS3DestinationConfiguration={**target, "Prefix": f"{area}/"}
        )
        return name

    def resolve(self, value: Any) -> str:
        """A value of the template as CloudFormation would have it."""
        match value:
            case {"Ref": name}:
                return str({**PARAMETERS, **self._physical}[name])
            case {"Fn::Sub": text}:
                return re.sub(r"\$\{(\w+)\}", lambda match: self.resolve({"Ref": match[1]}), text)
        return str(value)

    def environment(self, function: str) -> dict[str, str]:
        """The environment variables that the template gives to a function, and Lambda to each."""
        properties = RESOURCES[function]["Properties"]
        common = TEMPLATE["Globals"]["Function"]["Environment"]["Variables"]
        variables = {**common, **properties["Environment"]["Variables"]}
        return {
            **{name: self.resolve(value) for name, value in variables.items()},
            **CREDENTIALS,
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_ENDPOINT_URL": self.url,
            "AWS_LAMBDA_LOG_FORMAT": TEMPLATE["Globals"]["Function"]["LoggingConfig"]["LogFormat"],
            "AWS_LAMBDA_LOG_LEVEL": PARAMETERS["LogLevel"],
            "AWS_LAMBDA_FUNCTION_NAME": self.resolve(properties["FunctionName"]),
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(properties["MemorySize"]),
            "AWS_LAMBDA_FUNCTION_TIMEOUT": str(properties["Timeout"]),
        }

    def take(self, queue: str, wait: float = 0) -> list[str]:
        """All messages of a queue, by its logical id; waits so many seconds for the first one."""
        bodies: list[str] = []
        until = time.monotonic() + wait
        while True:
            seconds = 0 if bodies else max(0, round(until - time.monotonic()))
            answer = self._sqs.receive_message(
                QueueUrl=self._physical[queue], MaxNumberOfMessages=10, WaitTimeSeconds=seconds
            )
            messages = answer.get("Messages", [])
            for message in messages:
                self._sqs.delete_message(QueueUrl=self._physical[queue], ReceiptHandle=message["ReceiptHandle"])
                bodies.append(message["Body"])
            if not messages:
                return bodies

    def reasons(self, queue: str) -> list[str]:
        """Why what is on a dead-letter queue is there, as it stands beside each message."""
        answer = self._sqs.receive_message(
            QueueUrl=self._physical[queue], MaxNumberOfMessages=10, MessageAttributeNames=["reason"]
        )
        return [message["MessageAttributes"]["reason"]["StringValue"] for message in answer.get("Messages", [])]

    def delayed(self, queue: str) -> int:
        """How many messages of a queue are not to be seen yet."""
        name = "ApproximateNumberOfMessagesDelayed"
        answer = self._sqs.get_queue_attributes(QueueUrl=self._physical[queue], AttributeNames=[name])
        return int(answer["Attributes"][name])

    @contextlib.contextmanager
    def without(self, queue: str) -> Iterator[None]:
        """Take a queue away for a while."""
        self._sqs.delete_queue(QueueUrl=self._physical[queue])
        try:
            yield
        finally:
            self._physical[queue] = self._queue(RESOURCES[queue]["Properties"])

    def absent(self, queue: str) -> str:
        """The address of a queue that is not there."""
        return self._physical[queue] + "-absent"

    def objects(self, area: str) -> list[bytes]:
        """The contents of the archive's objects below `events/` or `rejected/`."""
        listed = self._s3.list_objects_v2(Bucket=BUCKET, Prefix=f"{area}/").get("Contents", [])
        return [self._s3.get_object(Bucket=BUCKET, Key=each["Key"])["Body"].read() for each in listed]

    def remembered(self, table: str = "DedupeTable") -> list[dict[str, Any]]:
        """The items of the dedupe table, or of the idempotency table."""
        return list(self._dynamodb.scan(TableName=self._physical[table])["Items"])

    def forget(self, table: str = "LedgerTable") -> None:
        """As if no message had been finished, or no id been seen."""
        for item in self.remembered(table):
            self._dynamodb.delete_item(TableName=self._physical[table], Key={"bucket": item["bucket"]})

    def clean(self) -> None:
        """Empty everything."""
        for logical, resource in RESOURCES.items():
            if resource["Type"] == "AWS::SQS::Queue":
                self._sqs.purge_queue(QueueUrl=self._physical[logical])
        for table in ("DedupeTable", "LedgerTable"):
            self.forget(table)
        for each in self._s3.list_objects_v2(Bucket=BUCKET).get("Contents", []):
            self._s3.delete_object(Bucket=BUCKET, Key=each["Key"])


def serve(port: int, scratch: Path) -> Iterator[Cloud]:
    """The embedded AWS on loopback, and what is in it, for as long as the iterator is held."""
    environment = {
        "PATH": "/usr/bin:/bin",
        "BIND_HOST": "127.0.0.1",
        "MINISTACK_HOST": "127.0.0.1",
        "GATEWAY_PORT": str(port),
        "MINISTACK_REGION": REGION,
        "TMPDIR": str(scratch),
        "LOG_LEVEL": "WARNING",
        # Servers of services that we do not use, and the person's Docker, which it would look through.
        "SFTP_ENABLED": "0",
        "IOT_MTLS_ENABLED": "0",
        "DOCKER_HOST": "unix:///nonexistent",
    }
    command: list[str | Path] = [ROOT / ".venv-aws/bin/python", "-m", "ministack"]
    with Program(command, environment, scratch, port, scratch / "aws.log"):
        cloud = Cloud(f"http://127.0.0.1:{port}")
        try:
            yield cloud
        finally:
            cloud.close()
