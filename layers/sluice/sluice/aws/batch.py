"""SQS event source mappings: what they hand over, and how to give single messages back.

https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any


def bodies(event: Mapping[str, Any]) -> list[str]:
    return [record["body"] for record in event["Records"]]


def give_back(event: Mapping[str, Any], failed: Iterable[int]) -> dict[str, Sequence[dict[str, str]]]:
    """The answer that makes SQS deliver the messages at these indices again, and delete the others."""
    records = event["Records"]
    return {"batchItemFailures": [{"itemIdentifier": records[index]["messageId"]} for index in sorted(failed)]}
