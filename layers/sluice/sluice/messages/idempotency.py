"""Idempotency: note the queue messages that were worked on, so that each is worked on once.

SQS delivers at least once, and a send whose answer was lost is sent again. A key names a message, and copies of it have
the same key. A worker claims the key before it works on the message, and completes it when everything that came of the
message is on the next queue. A copy that arrives after completion is skipped; one that arrives during processing goes
back to the queue. Only a message whose worker died stays claimed without completion: when that claim expires, the
message can be claimed again, and repeats.
"""

from collections.abc import Sequence
from typing import Literal, NamedTuple, Protocol

#: `claimed`: yours to work on. `unknown`: the store does not answer, and the key may have been claimed; the message has
#: to come again.
type Status = Literal["claimed", "in progress", "completed", "unknown"]

#: How long a process may work on a message if nothing says otherwise, in seconds: Lambda's own limit.
LONGEST_SECONDS = 900.0


class MessageKey(NamedTuple):
    """`moment` groups messages that were made together, in seconds since 1970; `name` is the message's own."""

    moment: int
    name: str


class IdempotencyStore(Protocol):
    """Remembers the status of messages for one consumer; `sluice.aws.idempotency` keeps it in DynamoDB."""

    def claim(self, keys: Sequence[MessageKey], seconds: float) -> Sequence[Status]:
        """Claim messages for at most so many seconds. Return the status of each, in order.

        Of copies in one call the first is claimed and the others are in progress.
        """
        ...

    def complete(self, keys: Sequence[MessageKey]) -> None:
        """Note that nothing is left to do for these. A key that could not be noted repeats if a copy of it comes."""
        ...
