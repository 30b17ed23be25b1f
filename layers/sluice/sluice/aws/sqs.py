"""SQS: messages on a queue, failures told apart."""

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from sluice.aws import clients
from sluice.aws.calls import calls
from sluice.messages.encoding import MAX_MESSAGE_BYTES
from sluice.messages.queue import QueueUnavailableError

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.type_defs import MessageAttributeValueTypeDef, SendMessageBatchRequestEntryTypeDef

#: Entries of one SendMessageBatch call.
_MAX_ENTRIES = 10
#: Calls for what of a batch was not taken, after those of the client at the call as a whole.
_ATTEMPTS = 3
#: Where a dead letter says why it is one.
REASON_ATTRIBUTE = "reason"
_MAX_REASON_CHARACTERS = 200


def waiting_on(client: "SQSClient", url: str) -> int:
    """Return about how many messages there are to be had from a queue."""
    answer = client.get_queue_attributes(QueueUrl=url, AttributeNames=["ApproximateNumberOfMessages"])
    return int(answer["Attributes"]["ApproximateNumberOfMessages"])


def events_queue() -> "SqsQueue":
    """Return the events queue for the edge, where a client is waiting."""
    return SqsQueue(clients.sqs(clients.EDGE), os.environ["EVENTS_QUEUE_URL"])


class SqsQueue:
    """Satisfies `Queue` and `DeadLetters` of `sluice.messages.queue`."""

    def __init__(self, client: "SQSClient", url: str) -> None:
        self._client = client
        self._url = url

    def send(self, body: str, delay: int = 0) -> None:
        """Send one message. Raises QueueUnavailableError without a confirmation; the message may be there."""
        try:
            self._client.send_message(QueueUrl=self._url, MessageBody=body, DelaySeconds=delay)
        except (BotoCoreError, ClientError) as error:
            raise QueueUnavailableError(type(error).__name__) from error

    def send_dead(self, body: str, reason: str) -> None:
        """Send with the message attribute `reason`; the body stays as it was. Raises QueueUnavailableError."""
        attribute: MessageAttributeValueTypeDef = {"DataType": "String", "StringValue": reason[:_MAX_REASON_CHARACTERS]}
        try:
            self._client.send_message(
                QueueUrl=self._url, MessageBody=body, MessageAttributes={REASON_ATTRIBUTE: attribute}
            )
        except (BotoCoreError, ClientError) as error:
            raise QueueUnavailableError(type(error).__name__) from error

    def send_many(self, bodies: Sequence[str], delay: int = 0) -> list[int]:
        """Send in as few calls as the limits allow; return the indices of unconfirmed messages."""
        unsent: list[int] = []
        for run in calls((len(body.encode()) for body in bodies), _MAX_ENTRIES, MAX_MESSAGE_BYTES):
            unsent += self._send_run(bodies, run, delay)
        return unsent

    def _send_run(self, bodies: Sequence[str], run: Sequence[int], delay: int) -> list[int]:
        left = list(run)
        for _ in range(_ATTEMPTS):
            entries: list[SendMessageBatchRequestEntryTypeDef] = [
                {"Id": str(index), "MessageBody": bodies[index], "DelaySeconds": delay} for index in left
            ]
            try:
                answer = self._client.send_message_batch(QueueUrl=self._url, Entries=entries)
            except (BotoCoreError, ClientError):
                return left
            left = [int(entry["Id"]) for entry in answer.get("Failed", [])]
            if not left:
                break
        return left
