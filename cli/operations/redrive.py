"""`sluice redrive`: dead letters back to the queue they came from."""

import email.utils
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cli.errors import OperatorError
from sluice.aws.sqs import REASON_ATTRIBUTE, waiting_on
from sluice.delivery.dead_letters import as_new
from sluice.messages.header import MalformedMessageError, split
from sluice.messages.queue import Queue
from sluice.rate_limit import RateLimit

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.type_defs import MessageTypeDef

#: Messages that a dry run, or the look before a run, reads at most.
LOOK_AT = 1000
_MAX_RECEIVED = 10
#: How long a message that we hold is hidden from others; it comes back by itself if we die.
_HIDDEN_SECONDS = 120
#: Receives in a row that bring nothing but what was buried since: while a vendor is down, that has no end.
_MOST_FRUITLESS = 20
#: A receive that waits asks every server of SQS, so an empty answer means an empty queue.
WAIT_SECONDS = 1


@dataclass(slots=True)
class Contents:
    """The content of a dead-letter queue: messages and events by reason."""

    messages: Counter[str] = field(default_factory=Counter)
    events: Counter[str] = field(default_factory=Counter)

    def add(self, message: "MessageTypeDef") -> int:
        reason, events = reason_of(message)
        self.messages[reason] += 1
        self.events[reason] += events
        return events


def reason_of(message: "MessageTypeDef") -> tuple[str, int]:
    """Why a message is here, and how many events it has; a request of unknown size counts as one.

    A delivery says so itself; what could not be worked on has it beside it, unless its function died each time.
    """
    attribute = message.get("MessageAttributes", {}).get(REASON_ATTRIBUTE)
    beside = attribute.get("StringValue") if attribute else None
    try:
        header, _ = split(message["Body"])
    except MalformedMessageError:
        return beside or "not a message of ours", 1
    reason, status = header.get("reason"), header.get("status")
    if beside or not reason:
        return beside or "given back too often", int(header.get("count", 1))
    said = f"{reason} ({status})" if status and str(status) != reason else str(reason)
    return said, int(header.get("count", 1))


def renewed(body: str) -> str:
    """A delivery begins anew; everything else is sent as it is."""
    try:
        return as_new(body) if split(body)[0].get("kind") == "delivery" else body
    except MalformedMessageError:
        return body


class DeadLetters:
    """A dead-letter queue as it was when this began; what is buried later is left for another run."""

    def __init__(self, client: "SQSClient", url: str) -> None:
        self._client, self._url = client, url
        self._began_ms = self._now_ms()

    def waiting(self) -> int:
        """About how many messages there are."""
        return waiting_on(self._client, self._url)

    def look(self, most: int = LOOK_AT) -> Contents:
        """Count the queue's content, or that of `most` of its messages, and delete nothing."""
        contents = Contents()
        held: list[str] = []
        try:
            for messages in self.received(most):
                for message in messages:
                    held.append(message["ReceiptHandle"])
                    contents.add(message)
        finally:
            self.release(held)
        return contents

    def received(self, most: int | None, at_once: int = _MAX_RECEIVED) -> Iterator[list["MessageTypeDef"]]:
        """Messages by the handful until there are no more; they are hidden for a while and then come back."""
        later: list[str] = []
        left, fruitless = most, 0
        try:
            while (left is None or left > 0) and fruitless < _MOST_FRUITLESS:
                answer = self._client.receive_message(
                    QueueUrl=self._url,
                    MaxNumberOfMessages=at_once if left is None else min(at_once, left),
                    VisibilityTimeout=_HIDDEN_SECONDS,
                    WaitTimeSeconds=WAIT_SECONDS,
                    MessageSystemAttributeNames=["SentTimestamp"],
                    MessageAttributeNames=[REASON_ATTRIBUTE],
                )
                messages = answer.get("Messages", [])
                if not messages:
                    return
                mine = [each for each in messages if int(each["Attributes"]["SentTimestamp"]) < self._began_ms]
                later += [each["ReceiptHandle"] for each in messages if each not in mine]
                fruitless = 0 if mine else fruitless + 1
                if mine:
                    left = left - len(mine) if left is not None else None
                    yield mine
        finally:
            self.release(later)

    def delete(self, messages: list["MessageTypeDef"]) -> None:
        """Delete messages. Raises OperatorError if SQS keeps one: it was sent, and would be sent again."""
        answer = self._client.delete_message_batch(
            QueueUrl=self._url,
            Entries=[{"Id": str(index), "ReceiptHandle": each["ReceiptHandle"]} for index, each in enumerate(messages)],
        )
        if answer.get("Failed"):
            raise OperatorError(f"{len(answer['Failed'])} messages were sent but could not be deleted; wait and look")

    def release(self, receipts: Sequence[str]) -> None:
        """Let others see them again, at once."""
        for start in range(0, len(receipts), _MAX_RECEIVED):
            self._client.change_message_visibility_batch(
                QueueUrl=self._url,
                Entries=[
                    {"Id": str(index), "ReceiptHandle": receipt, "VisibilityTimeout": 0}
                    for index, receipt in enumerate(receipts[start : start + _MAX_RECEIVED])
                ],
            )

    def _now_ms(self) -> int:
        """Return SQS's clock, which stamps the messages. Its answers have whole seconds, so one is added."""
        answer = self._client.get_queue_attributes(QueueUrl=self._url, AttributeNames=["QueueArn"])
        date = answer["ResponseMetadata"]["HTTPHeaders"].get("date")
        now = email.utils.parsedate_to_datetime(date).timestamp() if date else time.time()
        return int((now + 1) * 1000)


def redrive(
    letters: DeadLetters, queue: Queue, rate: RateLimit, most: int | None, moved: Callable[[int, int], None]
) -> None:
    """Each message is sent, then deleted: if we die in between it is sent twice and never lost.

    `moved` hears of messages and events. Raises OperatorError when the queue does not take one, which stays.
    """
    for messages in letters.received(most, 1 if rate.is_limited else _MAX_RECEIVED):
        rate.wait(count=sum(reason_of(message)[1] for message in messages))
        unsent = set(queue.send_many([renewed(message["Body"]) for message in messages]))
        sent = [message for index, message in enumerate(messages) if index not in unsent]
        if sent:
            letters.delete(sent)
        events = sum(reason_of(message)[1] for message in sent)
        moved(len(sent), events)
        if unsent:
            letters.release([messages[index]["ReceiptHandle"] for index in sorted(unsent)])
            raise OperatorError("the queue does not take more; run the same command again to continue")
