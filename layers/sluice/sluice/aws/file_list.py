"""The list of files of a warehouse: a queue of SQS, whose messages its loader takes when it is time."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from sluice.aws.sqs import SqsQueue, waiting_on
from sluice.messages.queue import DeadLetterQueue
from sluice.warehouses.file_list import Entry

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

#: What one ReceiveMessage gives at most, and the seconds that it waits for the first: without, it may find none of few.
_AT_ONCE, _WAITS = 10, 1


class SqsFileList:
    """Satisfies `sluice.warehouses.file_list.FileList`. Raises botocore's errors."""

    def __init__(self, client: "SQSClient", url: str, dead_letters: DeadLetterQueue) -> None:
        self._client, self._url, self._dead_letters = client, url, dead_letters

    def waiting(self) -> int:
        return waiting_on(self._client, self._url)

    def add(self, bodies: Sequence[str]) -> Sequence[int]:
        return SqsQueue(self._client, self._url).send_many(bodies)

    def take(self) -> Sequence[Entry]:
        answer = self._client.receive_message(
            QueueUrl=self._url,
            MaxNumberOfMessages=_AT_ONCE,
            WaitTimeSeconds=_WAITS,
            MessageSystemAttributeNames=["ApproximateReceiveCount"],
        )
        return [
            Entry(each["Body"], each["ReceiptHandle"], int(each["Attributes"]["ApproximateReceiveCount"]))
            for each in answer.get("Messages", [])
        ]

    def remove(self, entry: Entry) -> None:
        self._client.delete_message(QueueUrl=self._url, ReceiptHandle=entry.receipt)

    def give_back(self, entry: Entry) -> None:
        self._client.change_message_visibility(QueueUrl=self._url, ReceiptHandle=entry.receipt, VisibilityTimeout=0)

    def give_up(self, entry: Entry, reason: str) -> None:
        self._dead_letters.send_dead(entry.body, reason)
