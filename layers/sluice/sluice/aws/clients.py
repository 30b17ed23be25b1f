"""AWS clients with limits that fit where they are used.

They are those of boto3, which has them from botocore; asking botocore itself saves what boto3 imports besides, a
quarter of a cold start.
"""

import gzip
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import botocore
import orjson
from botocore.config import Config
from botocore.loaders import JSONFileLoader, Loader
from botocore.session import Session, get_session

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_firehose import FirehoseClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sqs import SQSClient

#: What requests call us; botocore would put its own together anew for each, which takes a fifth of the whole call.
_USER_AGENT = f"Sluice Botocore/{botocore.__version__}"
#: At the edge a client is waiting and `sluice.edge.acceptance` counts the attempts: each is one call, and short.
EDGE = Config(
    connect_timeout=1,
    read_timeout=2,
    retries={"total_max_attempts": 1, "mode": "standard"},
    tcp_keepalive=True,
    user_agent=_USER_AGENT,
)
#: Behind the queues there is time: throttling and passing faults are botocore's to sit out.
PIPELINE = Config(
    connect_timeout=2,
    read_timeout=10,
    retries={"total_max_attempts": 5, "mode": "standard"},
    tcp_keepalive=True,
    user_agent=_USER_AGENT,
)


@cache
def session() -> Session:
    """Return the process's only session, which loads what clients have in common."""
    session = get_session()
    session.register_component("data_loader", Loader(file_loader=_Models()))
    return session


class _Models(JSONFileLoader):
    """botocore's descriptions of services, parsed by orjson: half a megabyte of JSON, a tenth of a cold start."""

    def load_file(self, file_path: str) -> Any:
        """The document, or None where there is none; `file_path` has no ending, as botocore asks."""
        plain, packed = Path(f"{file_path}.json"), Path(f"{file_path}.json.gz")
        if plain.is_file():
            return orjson.loads(plain.read_bytes())
        if packed.is_file():
            return orjson.loads(gzip.decompress(packed.read_bytes()))
        return None


def sqs(config: Config = PIPELINE) -> "SQSClient":
    return cast("SQSClient", session().create_client("sqs", config=config))


def dynamodb() -> "DynamoDBClient":
    config = PIPELINE.merge(Config(max_pool_connections=16))
    return cast("DynamoDBClient", session().create_client("dynamodb", config=config))


def s3() -> "S3Client":
    return cast("S3Client", session().create_client("s3", config=PIPELINE))


def firehose() -> "FirehoseClient":
    return cast("FirehoseClient", session().create_client("firehose", config=PIPELINE))
