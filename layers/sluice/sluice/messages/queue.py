"""The protocol of a queue; `sluice.aws.sqs` implements it for SQS."""

from collections.abc import Sequence
from typing import Protocol

#: Rounds of asking all queues to take a message.
_ROUNDS = 2


class QueueUnavailableError(Exception):
    """The queue has not confirmed a message; it may have it all the same."""


class Queue(Protocol):
    def send(self, body: str, delay: int = 0) -> None:
        """Put a message on the queue, to be seen after `delay` seconds. Raises QueueUnavailableError."""
        ...

    def send_many(self, bodies: Sequence[str], delay: int = 0) -> Sequence[int]:
        """Put messages on the queue. Return the indices of those that it has not confirmed."""
        ...


class DeadLetterQueue(Protocol):
    def send_dead(self, body: str, reason: str) -> None:
        """Keep a message that cannot be worked on, with the reason beside it. Raises QueueUnavailableError."""
        ...


def send_to_any(bodies: Sequence[str], *queues: tuple[Queue, int]) -> list[int]:
    """Send each message to the first of `queues` that takes it. Return the indices of those that none has confirmed.

    Each queue stands with the seconds of its delay. To give back the message from which these were made would repeat
    work that is done; so another queue stands in for the first. If both take a message, the second is a copy, and its
    consumer knows it as one.
    """
    left = list(range(len(bodies)))
    for queue, delay in queues * _ROUNDS:
        if not left:
            break
        left = [left[position] for position in queue.send_many([bodies[index] for index in left], delay)]
    return left
