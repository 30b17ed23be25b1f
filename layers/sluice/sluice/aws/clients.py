"""boto3 clients with limits that fit where they are used."""

from typing import TYPE_CHECKING

import boto3
from botocore.config import Config

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_firehose import FirehoseClient
    from mypy_boto3_sqs import SQSClient

#: What requests call us; botocore would put its own together anew for each, which takes a fifth of the whole call.
_USER_AGENT = f"Sluice Boto3/{boto3.__version__}"
#: At the edge a client is waiting and `sluice.collect.accept` counts the attempts: each is one call, and short.
EDGE = Config(
    connect_timeout=1,
    read_timeout=2,
    retries={"total_max_attempts": 1, "mode": "standard"},
    tcp_keepalive=True,
    user_agent=_USER_AGENT,
)
#: Behind the queues there is time: throttling and passing faults are boto3's to sit out.
PIPELINE = Config(
    connect_timeout=2,
    read_timeout=10,
    retries={"total_max_attempts": 5, "mode": "standard"},
    tcp_keepalive=True,
    user_agent=_USER_AGENT,
)


def sqs(config: Config = PIPELINE) -> "SQSClient":
    return boto3.client("sqs", config=config)


def dynamodb() -> "DynamoDBClient":
    return boto3.client("dynamodb", config=PIPELINE.merge(Config(max_pool_connections=16)))


def firehose() -> "FirehoseClient":
    return boto3.client("firehose", config=PIPELINE)
