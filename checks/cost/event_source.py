"""How Lambda reads a queue: which messages come together."""

from collections.abc import Iterator, Sequence

from checks.cost.deployment import Mapped

#: Lambda's payload, less what stands around the bodies.
_INVOCATION_BYTES = 5_500_000

#: When a message can be received, and its body.
type Message = tuple[float, str]


def batches(messages: Sequence[Message], mapped: Mapped, pollers: int) -> list[tuple[float, list[str]]]:
    """Messages by the invocation that gets them, and when that begins; in order.

    Each poller has its share of the messages. It gathers for as long as the window is, or until the batch is full.
    """
    ordered = sorted(messages, key=lambda message: message[0])
    shares = (ordered[number::pollers] for number in range(pollers))
    found = [batch for share in shares for batch in _gathered(share, mapped)]
    return sorted(found, key=lambda batch: batch[0])


def _gathered(share: Sequence[Message], mapped: Mapped) -> Iterator[tuple[float, list[str]]]:
    batch: list[str] = []
    size, until = 0, 0.0
    for at, body in share:
        if batch and (at > until or size + len(body) > _INVOCATION_BYTES):
            yield min(at, until), batch
            batch, size = [], 0
        if not batch:
            until = at + mapped.window
        batch.append(body)
        size += len(body)
        if len(batch) == mapped.batch:
            yield at, batch
            batch, size = [], 0
    if batch:
        yield until, batch
