"""The pack: many events in one message, for one destination or for the archive.

A pack is its header line and one JSON document per line. SQS bills by 64 KB, so packs are filled; failures are
kept per event, so a pack is split rather than repeated.
"""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import accumulate, count
from operator import add
from uuid import uuid4

from sluice.messages.encoding import Encoding, to_bytes, to_text
from sluice.messages.header import construct, render, split
from sluice.messages.idempotency import MessageKey
from sluice.spec.times import second

#: A pack's payload before compression. One that does not shrink at all is still well below SQS's limit of 1 MiB.
MAX_PAYLOAD_BYTES = 240_000
#: Documents of one pack and of one Firehose record, of which Firehose separates no more, without a word:
#: https://docs.aws.amazon.com/firehose/latest/dev/dynamic-partitioning-multirecord-deaggergation.html
MAX_DOCUMENTS = 500
#: What unpacking may inflate to; ten times what we pack, for packs of later versions.
_MAX_INFLATED_BYTES = 10 * MAX_PAYLOAD_BYTES


def new_id(now: datetime | None = None) -> str:
    """Return `1795447120-5f0c…`: the time, by which the idempotency store groups messages, and something unique."""
    return f"{second(now or datetime.now(UTC))}-{uuid4().hex}"


@dataclass(frozen=True, slots=True, kw_only=True)
class PackHeader:
    """`id` is the message's own: copies of it have it in common, and whatever is made from it gets another.

    `attempt` counts what was tried before, since `first_attempt_at`; times are ISO 8601 in UTC. `waiting_since` is when
    the destination was found misconfigured: such a wait is no attempt and wears no patience out. `only` names what is
    left to do for these events, `identify/1 track/0`, if an earlier attempt did the rest. `reason`, `status` and
    `response` tell of the last attempt, for whoever reads the dead-letter queue.
    """

    kind: str
    count: int
    id: str = field(default_factory=new_id)
    destination: str | None = None
    attempt: int = 0
    first_attempt_at: str | None = None
    not_before: str | None = None
    waiting_since: str | None = None
    only: str | None = None
    reason: str | None = None
    status: int | None = None
    response: str | None = None
    encoding: Encoding = "identity"


@dataclass(frozen=True, slots=True)
class Pack:
    header: PackHeader
    documents: tuple[bytes, ...]

    @property
    def key(self) -> MessageKey:
        moment = self.header.id.partition("-")[0]
        return MessageKey(int(moment) if moment.isascii() and moment.isdigit() else 0, self.header.id)


def dump(pack: Pack) -> str:
    text, encoding = to_text(b"\n".join(pack.documents))
    return render(replace(pack.header, encoding=encoding), text)


def load(body: str) -> Pack:
    """Parse a pack. Raises MalformedMessageError or UndecodableError."""
    fields, text = split(body)
    header = construct(PackHeader, fields)
    payload = to_bytes(text, header.encoding, _MAX_INFLATED_BYTES)
    return Pack(header, tuple(payload.split(b"\n")) if payload else ())


def chunks(
    documents: Sequence[bytes], limit: int = MAX_PAYLOAD_BYTES, max_documents: int = MAX_DOCUMENTS
) -> Iterator[range]:
    """Split into runs of at most `limit` bytes and `most` documents each; a longer document stands alone."""
    sizes = list(map(add, accumulate(map(len, documents)), count(1)))  # up to each and with it, a byte between two
    start, before = 0, 0
    while start < len(documents):
        end = max(start + 1, min(start + max_documents, bisect_right(sizes, before + limit)))
        yield range(start, end)
        start, before = end, sizes[end - 1]
