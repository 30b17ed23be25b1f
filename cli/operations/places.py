"""The places of a stage's system: the names that template.yaml gives, and clients for them."""

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from cli.errors import OperatorError
from sluice.archive.reader import Archive
from sluice.aws import clients
from sluice.aws.firehose import FirehoseStream
from sluice.aws.s3 import S3Objects

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sqs import SQSClient


@dataclass(frozen=True)
class Places:
    """Region, credentials and endpoint come from the environment, as boto3 finds them."""

    stage: str

    @cached_property
    def sqs(self) -> "SQSClient":
        return clients.sqs()

    @cached_property
    def s3(self) -> "S3Client":
        return boto3.client("s3", config=clients.PIPELINE)

    def queue_url(self, name: str) -> str:
        """Return the URL of `events`, `dlq-archive`, `destination-crm`, …. Raises OperatorError."""
        full = f"sluice-{self.stage}-{name}"
        try:
            return self.sqs.get_queue_url(QueueName=full)["QueueUrl"]
        except self.sqs.exceptions.QueueDoesNotExist as error:
            raise OperatorError(f"there is no queue {full} here; {self._hint}") from error

    def island(self, name: str) -> str:
        """Return `destination-crm` or `warehouse-main` for an id: the one that has a queue, or the first."""
        for kind in ("destination", "warehouse"):
            try:
                self.queue_url(f"{kind}-{name}")
            except OperatorError:
                continue
            return f"{kind}-{name}"
        return f"destination-{name}"

    def stream(self, area: str) -> FirehoseStream:
        """Return the stream that writes an area of the archive."""
        return FirehoseStream(clients.firehose(), f"sluice-{self.stage}-{area}")

    def archive(self) -> Archive:
        """Return the archive. Raises OperatorError."""
        return Archive(S3Objects(self.s3, self.bucket()))

    def bucket(self) -> str:
        """Return the archive's: the one that Firehose writes to, which may be one that was there before the stack.

        Without Firehose, or without the right to ask it, the one that a stack makes. Raises OperatorError.
        """
        name = self._bucket_of_stream() or self._own_bucket()
        try:
            self.s3.head_bucket(Bucket=name)
        except ClientError as error:
            if error.response["Error"]["Code"] not in ("404", "NoSuchBucket"):
                raise OperatorError(f"the bucket {name} may not be read with these credentials") from error
            raise OperatorError(f"there is no bucket {name} here; {self._hint}") from error
        return name

    def _bucket_of_stream(self) -> str | None:
        firehose = clients.firehose()
        try:
            found = firehose.describe_delivery_stream(DeliveryStreamName=f"sluice-{self.stage}-events")
        except (ClientError, BotoCoreError):
            return None
        (destination,) = found["DeliveryStreamDescription"]["Destinations"]
        return destination["ExtendedS3DestinationDescription"]["BucketARN"].rpartition(":")[2]

    def _own_bucket(self) -> str:
        account = boto3.client("sts").get_caller_identity()["Account"]
        return f"sluice-{self.stage}-archive-{account}-{self.s3.meta.region_name}"

    @property
    def _hint(self) -> str:
        return "is the stage right (--stage), and the region (AWS_REGION)?"
