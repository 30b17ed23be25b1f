"""The consumer of a queue: read messages, claim them, work on them, complete them, give back the rest.

The router, the archive and each destination are a function that is handed to `consume`. It works on many messages, in
parts, and says of each what became of it. Nothing that goes wrong with one message touches another.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from sluice.messages.encoding import UndecodableError
from sluice.messages.header import MalformedMessageError
from sluice.messages.idempotency import IdempotencyStore, MessageKey, Status
from sluice.messages.queue import QueueUnavailableError

_GIVEN_BACK: dict[Status, str] = {
    "in progress": "a copy is being worked on",
    "unknown": "idempotency store not available",
}


class Message(Protocol):
    """A message of a queue. One whose key is None is not claimed: a later consumer knows copies of it."""

    @property
    def key(self) -> MessageKey | None: ...


#: What became of a message. None: all that came of it is on the next queue, and it may go. A string says why it is to
#: be delivered again; so does an exception, which is a fault unless it says that a queue did not take something.
#: UndecodableError: no further attempt makes it readable.
type Result = str | Exception | None


@dataclass(frozen=True, slots=True)
class Part:
    """Messages that were worked on together, by index. `report` is called after their completion was noted."""

    results: Mapping[int, Result]
    report: Callable[[], None] = lambda: None


@dataclass(slots=True)
class Consumed:
    """The result of a batch of messages.

    `failed` are indices of messages to be delivered again, with the reason; `unreadable` are those that no further
    attempt makes readable. `repeats` counts messages that were completed before. `faults` are exceptions that our code
    should not have raised.
    """

    failed: dict[int, str] = field(default_factory=dict)
    unreadable: dict[int, str] = field(default_factory=dict)
    repeats: int = 0
    faults: list[Exception] = field(default_factory=list)


def consume[M: Message](
    bodies: Sequence[str],
    read: Callable[[str], M],
    work: Callable[[Mapping[int, M]], Iterator[Part]],
    store: IdempotencyStore,
    seconds: float,
) -> Consumed:
    """Work on messages, each once.

    `read` raises MalformedMessageError or UndecodableError for an unreadable message. `work` gets the messages that
    were claimed, by index, and yields every one of them in one of its parts. `seconds` is how long this process may
    live on.
    """
    consumed = Consumed()
    messages = _read(bodies, read, consumed)
    for part in work(_claimed(messages, store, seconds, consumed)):
        done = [messages[index].key for index, result in part.results.items() if result is None]
        store.complete([key for key in done if key is not None])
        for index, result in part.results.items():
            _note(index, result, consumed)
        part.report()
    return consumed


def _read[M: Message](bodies: Sequence[str], read: Callable[[str], M], consumed: Consumed) -> dict[int, M]:
    messages: dict[int, M] = {}
    for index, body in enumerate(bodies):
        try:
            messages[index] = read(body)
        except (MalformedMessageError, UndecodableError) as error:
            consumed.unreadable[index] = str(error)
    return messages


def _claimed[M: Message](
    messages: Mapping[int, M], store: IdempotencyStore, seconds: float, consumed: Consumed
) -> dict[int, M]:
    keys = {index: key for index, message in messages.items() if (key := message.key) is not None}
    statuses = dict(zip(keys, store.claim(list(keys.values()), seconds) if keys else (), strict=True))
    claimed: dict[int, M] = {}
    for index, message in messages.items():
        status = statuses.get(index, "claimed")
        if status == "claimed":
            claimed[index] = message
        elif status == "completed":
            consumed.repeats += 1
        else:
            consumed.failed[index] = _GIVEN_BACK[status]
    return claimed


def _note(index: int, result: Result, consumed: Consumed) -> None:
    if result is None:
        return
    if isinstance(result, UndecodableError):
        consumed.unreadable[index] = str(result)
    elif isinstance(result, str):
        consumed.failed[index] = result
    elif isinstance(result, QueueUnavailableError):
        consumed.failed[index] = "queue not available"
    else:
        consumed.failed[index] = type(result).__name__
        consumed.faults.append(result)
