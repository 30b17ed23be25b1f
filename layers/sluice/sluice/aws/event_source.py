"""SQS event source mappings: what they hand over, and what becomes of the messages that could not be worked on.

https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sluice.messages.queue import DeadLetters, QueueUnavailableError

#: How often a message is given to us before SQS puts it into the dead-letter queue: `maxReceiveCount` of the template.
#: The last time we put it there ourselves, because SQS does not say why.
MAX_RECEIVES = 10


def bodies(event: Mapping[str, Any]) -> list[str]:
    return [record["body"] for record in event["Records"]]


def eldest_first(event: Mapping[str, Any]) -> Mapping[str, Any]:
    """For who may run out of time: what was given back before comes first, so that nothing is given back for ever."""
    return {**event, "Records": sorted(event["Records"], key=_receives, reverse=True)}


def message_ids(event: Mapping[str, Any]) -> list[str]:
    return [record["messageId"] for record in event["Records"]]


def give_back(
    event: Mapping[str, Any], failed: Mapping[int, str], poison: Mapping[int, str], dead_letters: DeadLetters
) -> dict[str, Sequence[dict[str, str]]]:
    """The answer that makes SQS deliver the messages of `failed` again and delete the others.

    Those of `poison`, and those that come for the last time, are buried with their reason.
    """
    records = event["Records"]
    hopeless = {index: reason for index, reason in failed.items() if _receives(records[index]) >= MAX_RECEIVES}
    left = failed.keys() - hopeless.keys()
    for index, reason in {**hopeless, **poison}.items():
        try:
            dead_letters.bury(records[index]["body"], reason)
        except QueueUnavailableError:
            left.add(index)
    return {"batchItemFailures": [{"itemIdentifier": records[index]["messageId"]} for index in sorted(left)]}


def _receives(record: Mapping[str, Any]) -> int:
    return int(record.get("attributes", {}).get("ApproximateReceiveCount", 1))
