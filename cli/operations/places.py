"""The places of a stage's system: the names that template.yaml gives, and clients for them."""

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import boto3
from botocore.exceptions import ClientError

from cli.errors import OperatorError
from sluice.aws import clients

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

    def bucket(self) -> str:
        """The archive's. Raises OperatorError."""
        account = boto3.client("sts").get_caller_identity()["Account"]
        name = f"sluice-{self.stage}-archive-{account}-{self.s3.meta.region_name}"
        try:
            self.s3.head_bucket(Bucket=name)
        except ClientError as error:
            if error.response["Error"]["Code"] not in ("404", "NoSuchBucket"):
                raise OperatorError(f"the bucket {name} may not be read with these credentials") from error
            raise OperatorError(f"there is no bucket {name} here; {self._hint}") from error
        return name

    @property
    def _hint(self) -> str:
        return "is the stage right (--stage), and the region (AWS_REGION)?"
