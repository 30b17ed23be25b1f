"""The ledger table: which messages are being worked on and which are done, many to an entry of a journal.

A journal is a bucket, the tickets of one consumer and of a few seconds. There are two kinds of entry. Who takes up
messages writes their tickets, when it is and until when it may live. Who has finished some writes which; none are all
that it has there. What an entry means follows from those before it: a ticket goes to whoever takes it up first, until
that one's time is over. An entry that came too early for a ticket means nothing for it; whoever wrote it is told to
wait, and makes nobody else wait.
"""

import os
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import TYPE_CHECKING, Literal

from sluice.aws.append_log import PAGE_BYTES, Journals
from sluice.aws.calls import THREADS
from sluice.messages.idempotency import Standing, Ticket

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

#: A message lives for 14 days at most, and so do its copies.
REMEMBERED_SECONDS = 15 * 24 * 3600
#: Messages of so many seconds stand together: a batch has some of several.
_SECONDS_TOGETHER = 10
#: Bytes of a ticket's digest, of a time in seconds since 1970, and of the mark of one call that takes up messages.
_DIGEST, _TIME, _TAKER = 10, 4, 6
#: First bytes of entries.
_BEGUN, _FINISHED = b"b", b"f"
#: Calls to note that messages are done, after those of the client.
_ATTEMPTS = 2


@dataclass(slots=True)
class _Bucket:
    """`holders` has for each ticket who works on it and until when, or that it is done; `taken` what each one holds."""

    holders: dict[bytes, tuple[bytes, int] | Literal["done"]] = field(default_factory=dict)
    taken: dict[bytes, list[bytes]] = field(default_factory=dict)


class DynamoLedger:
    """Satisfies `sluice.messages.idempotency.Ledger` for one `consumer`. Belongs to one process with one thread."""

    def __init__(
        self,
        client: "DynamoDBClient",
        table: str,
        consumer: str,
        now: Callable[[], float] = time.time,
        page_bytes: int = PAGE_BYTES,
        threads: int = THREADS,
    ) -> None:
        self._consumer, self._now = consumer, now
        self._journals = Journals(
            client, table, _Bucket, _fold, seconds=REMEMBERED_SECONDS, now=now, page_bytes=page_bytes, threads=threads
        )
        self._taker = b""
        self._held: dict[str, list[Ticket]] = {}

    def begin(self, tickets: Sequence[Ticket], seconds: float) -> list[Standing]:
        self._taker = os.urandom(_TAKER)
        now = int(self._now())
        head = _BEGUN + self._taker + now.to_bytes(_TIME) + (now + int(seconds) + 1).to_bytes(_TIME)
        buckets = self._buckets(tickets)
        found = self._journals.append({name: [_entry(head, mine)] for name, mine in buckets.items()})
        standings = {ticket: self._standing(ticket, found[name]) for name, mine in buckets.items() for ticket in mine}
        self._held = {name: [ticket for ticket in mine if standings[ticket] == "new"] for name, mine in buckets.items()}
        answer: list[Standing] = []
        for ticket in tickets:
            answer.append(standings[ticket])
            if standings[ticket] == "new":
                standings[ticket] = "busy"  # what a copy of it in the same call is told
        return answer

    def finish(self, tickets: Sequence[Ticket]) -> None:
        """Of what the last `begin` has taken up. What could not be noted is worked on again if a copy of it comes."""
        finished = set(tickets)
        entries: dict[str, list[bytes]] = {}
        for name, held in self._held.items():
            now = [ticket for ticket in held if ticket in finished]
            if now:
                entries[name] = [_entry(_FINISHED + self._taker, now if len(now) < len(held) else ())]
                self._held[name] = [ticket for ticket in held if ticket not in finished]
        for _ in range(_ATTEMPTS):
            states = self._journals.append(entries)
            entries = {name: entry for name, entry in entries.items() if states[name] is None}

    def _standing(self, ticket: Ticket, bucket: _Bucket | None) -> Standing:
        if bucket is None:
            return "unknown"
        holder = bucket.holders[_digest(ticket)]
        if holder == "done":
            return "done"
        return "new" if holder[0] == self._taker else "busy"

    def _buckets(self, tickets: Sequence[Ticket]) -> dict[str, list[Ticket]]:
        """Each ticket once, those of one time together."""
        buckets: dict[str, list[Ticket]] = {}
        for ticket in dict.fromkeys(tickets):
            moment = ticket.moment - ticket.moment % _SECONDS_TOGETHER
            buckets.setdefault(f"{self._consumer}/{moment}", []).append(ticket)
        return buckets


def _digest(ticket: Ticket) -> bytes:
    return blake2b(ticket.name.encode("utf-8", "surrogatepass"), digest_size=_DIGEST).digest()


def _entry(head: bytes, tickets: Iterable[Ticket]) -> bytes:
    """The most that Lambda hands over at once, 10,000 messages, are 100 KB."""
    return head + b"".join(map(_digest, tickets))


def _fold(bucket: _Bucket, entry: bytes) -> None:
    taker, rest = entry[1 : 1 + _TAKER], entry[1 + _TAKER :]
    if entry[:1] == _BEGUN:
        _begin(bucket, taker, rest)
    else:
        _finish(bucket, taker, list(_digests(rest)))


def _begin(bucket: _Bucket, taker: bytes, rest: bytes) -> None:
    now, until = int.from_bytes(rest[:_TIME]), int.from_bytes(rest[_TIME : 2 * _TIME])
    for digest in _digests(rest[2 * _TIME :]):
        holder = bucket.holders.get(digest)
        if holder is None or (holder != "done" and holder[1] <= now and holder[0] != taker):
            bucket.holders[digest] = taker, until
            bucket.taken.setdefault(taker, []).append(digest)


def _finish(bucket: _Bucket, taker: bytes, digests: Sequence[bytes]) -> None:
    for digest in digests or bucket.taken.pop(taker, ()):
        bucket.holders[digest] = "done"


def _digests(text: bytes) -> Iterator[bytes]:
    return (text[at : at + _DIGEST] for at in range(0, len(text), _DIGEST))
