"""What a queue is to those who use it; `sluice.aws.sqs` is one of SQS."""

from collections.abc import Sequence
from typing import Protocol


class QueueUnavailableError(Exception):
    """The queue has not confirmed a message; it may have it all the same."""


class Queue(Protocol):
    def send(self, body: str, delay: int = 0) -> None:
        """Put a message on the queue, to be seen after `delay` seconds. Raises QueueUnavailableError."""
        ...

    def send_many(self, bodies: Sequence[str], delay: int = 0) -> Sequence[int]:
        """Put messages on the queue; the indices of those that it has not confirmed."""
        ...


class DeadLetters(Protocol):
    def bury(self, body: str, reason: str) -> None:
        """Keep a message that nobody can work on, with the reason beside it. Raises QueueUnavailableError."""
        ...
