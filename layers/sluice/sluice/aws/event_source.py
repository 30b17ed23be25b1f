"""SQS event source mappings: from a function's event to messages, and from their results to the answer.

https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sluice.consumer import Consumed
from sluice.messages.queue import DeadLetterQueue, QueueUnavailableError
from sluice.telemetry import logs, metrics

#: How often SQS delivers a message before it moves it to the dead-letter queue: `maxReceiveCount` of the template. The
#: last time we send it there ourselves, because SQS does not say why.
MAX_RECEIVES = 10

#: Consumes the bodies of messages; the second argument returns the seconds that the process may live on.
type Consume = Callable[[Sequence[str], Callable[[], float]], Consumed]
type Handler = Callable[[Mapping[str, Any], Any], Mapping[str, Any]]


def sqs_handler(consume: Consume, dead_letters: DeadLetterQueue) -> Handler:
    """Return the Lambda handler of a consumer. Failed messages are delivered again, the others are deleted."""

    def handler(event: Mapping[str, Any], context: Any) -> Mapping[str, Any]:
        logs.invocation(context)
        records = eldest_first(event["Records"])
        consumed = consume(
            [record["body"] for record in records], lambda: context.get_remaining_time_in_millis() / 1000
        )
        _report(records, consumed)
        return give_back(records, consumed, dead_letters)

    return handler


def eldest_first(records: Sequence[Mapping[str, Any]]) -> Sequence[Mapping[str, Any]]:
    """Return the records with those first that were given back before, so that none is given back for ever."""
    return sorted(records, key=_receives, reverse=True)


def give_back(
    records: Sequence[Mapping[str, Any]], consumed: Consumed, dead_letters: DeadLetterQueue
) -> dict[str, Sequence[dict[str, str]]]:
    """Return the answer that makes SQS deliver the failed messages again and delete the others.

    Unreadable messages, and those that failed the last time that SQS delivers them, go to the dead-letter queue with
    their reason.
    """
    expired = {i: reason for i, reason in consumed.failed.items() if _receives(records[i]) >= MAX_RECEIVES}
    left = consumed.failed.keys() - expired.keys()
    for index, reason in {**expired, **consumed.unreadable}.items():
        try:
            dead_letters.send_dead(records[index]["body"], reason)
        except QueueUnavailableError:
            left.add(index)
    return {"batchItemFailures": [{"itemIdentifier": records[index]["messageId"]} for index in sorted(left)]}


def _receives(record: Mapping[str, Any]) -> int:
    return int(record.get("attributes", {}).get("ApproximateReceiveCount", 1))


def _report(records: Sequence[Mapping[str, Any]], consumed: Consumed) -> None:
    """Log each message that was not worked on, with its id of SQS and the reason, and count them."""
    for error in consumed.faults:
        logs.fault(error)
    for index, reason in consumed.failed.items():
        logs.logger.warning(
            "message given back", extra={"reason": reason, "queue_message_id": records[index]["messageId"]}
        )
    for index, reason in consumed.unreadable.items():
        logs.logger.error(
            "message cannot be read", extra={"reason": reason, "queue_message_id": records[index]["messageId"]}
        )
    metrics.emit(
        metrics.counted("MessagesGivenBack", len(consumed.failed)),
        metrics.counted("MessagesUnreadable", len(consumed.unreadable)),
        metrics.counted("MessagesRepeated", consumed.repeats),
    )
