"""The status of messages in DynamoDB, many of them to an entry of an append log.

A log is a bucket: the keys of one consumer and of a few seconds. It has two kinds of entry. A worker that claims
messages writes their keys, the time, and until when it may live. A worker that has completed some of them writes which;
none means all that it claimed there. The meaning of an entry follows from those before it: a key belongs to the worker
that claims it first, until that claim expires. A claim that comes too early for a key does not count for it: its worker
is told to wait, and keeps no other worker waiting.
"""

import os
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import TYPE_CHECKING, Literal

from sluice.aws.append_log import PAGE_BYTES, AppendLogs
from sluice.aws.calls import THREADS
from sluice.messages.idempotency import MessageKey, Status

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

#: A message lives for 14 days at most, and so do its copies.
REMEMBERED_SECONDS = 15 * 24 * 3600
#: Messages of so many seconds stand together: a batch has some of several.
_SECONDS_TOGETHER = 10
#: Bytes of a key's digest, of a time in seconds since 1970, and of the name of a worker, which is one call of `claim`.
_DIGEST, _TIME, _WORKER = 10, 4, 6
#: First bytes of entries.
_CLAIMED, _COMPLETED = b"b", b"f"
#: Calls to note a completion, after those of the client.
_ATTEMPTS = 2


@dataclass(slots=True)
class _Bucket:
    """`holders` has for each key its worker and when the claim expires, or that it is completed.

    `claimed` has the keys of each worker.
    """

    holders: dict[bytes, tuple[bytes, int] | Literal["completed"]] = field(default_factory=dict)
    claimed: dict[bytes, list[bytes]] = field(default_factory=dict)


class DynamoIdempotencyStore:
    """The `IdempotencyStore` of one `consumer`. It belongs to one process, which works in one thread."""

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
        self._logs = AppendLogs(
            client, table, _Bucket, _fold, seconds=REMEMBERED_SECONDS, now=now, page_bytes=page_bytes, threads=threads
        )
        self._worker = b""
        self._held: dict[str, list[MessageKey]] = {}

    def claim(self, keys: Sequence[MessageKey], seconds: float) -> list[Status]:
        self._worker = os.urandom(_WORKER)
        now = int(self._now())
        head = _CLAIMED + self._worker + now.to_bytes(_TIME) + (now + int(seconds) + 1).to_bytes(_TIME)
        buckets = self._buckets(keys)
        found = self._logs.append({name: [_entry(head, mine)] for name, mine in buckets.items()})
        statuses = {key: self._status(key, found[name]) for name, mine in buckets.items() for key in mine}
        self._held = {name: [key for key in mine if statuses[key] == "claimed"] for name, mine in buckets.items()}
        answer: list[Status] = []
        for key in keys:
            answer.append(statuses[key])
            if statuses[key] == "claimed":
                statuses[key] = "in progress"  # for a copy of it in the same call
        return answer

    def complete(self, keys: Sequence[MessageKey]) -> None:
        """Note the completion of keys that the last `claim` has claimed."""
        completed = set(keys)
        entries: dict[str, list[bytes]] = {}
        for name, held in self._held.items():
            now = [key for key in held if key in completed]
            if now:
                entries[name] = [_entry(_COMPLETED + self._worker, now if len(now) < len(held) else ())]
                self._held[name] = [key for key in held if key not in completed]
        for _ in range(_ATTEMPTS):
            states = self._logs.append(entries)
            entries = {name: entry for name, entry in entries.items() if states[name] is None}

    def _status(self, key: MessageKey, bucket: _Bucket | None) -> Status:
        if bucket is None:
            return "unknown"
        holder = bucket.holders[_digest(key)]
        if holder == "completed":
            return "completed"
        return "claimed" if holder[0] == self._worker else "in progress"

    def _buckets(self, keys: Sequence[MessageKey]) -> dict[str, list[MessageKey]]:
        """Group the keys by time, each key once."""
        buckets: dict[str, list[MessageKey]] = {}
        for key in dict.fromkeys(keys):
            moment = key.moment - key.moment % _SECONDS_TOGETHER
            buckets.setdefault(f"{self._consumer}/{moment}", []).append(key)
        return buckets


def _digest(key: MessageKey) -> bytes:
    return blake2b(key.name.encode("utf-8", "surrogatepass"), digest_size=_DIGEST).digest()


def _entry(head: bytes, keys: Iterable[MessageKey]) -> bytes:
    """The most that Lambda hands over at once, 10,000 messages, are 100 KB."""
    return head + b"".join(map(_digest, keys))


def _fold(bucket: _Bucket, entry: bytes) -> None:
    worker, rest = entry[1 : 1 + _WORKER], entry[1 + _WORKER :]
    if entry[:1] == _CLAIMED:
        _claim(bucket, worker, rest)
    else:
        _complete(bucket, worker, list(_digests(rest)))


def _claim(bucket: _Bucket, worker: bytes, rest: bytes) -> None:
    now, until = int.from_bytes(rest[:_TIME]), int.from_bytes(rest[_TIME : 2 * _TIME])
    for digest in _digests(rest[2 * _TIME :]):
        holder = bucket.holders.get(digest)
        if holder is None or (holder != "completed" and holder[1] <= now and holder[0] != worker):
            bucket.holders[digest] = worker, until
            bucket.claimed.setdefault(worker, []).append(digest)


def _complete(bucket: _Bucket, worker: bytes, digests: Sequence[bytes]) -> None:
    for digest in digests or bucket.claimed.pop(worker, ()):
        bucket.holders[digest] = "completed"


def _digests(text: bytes) -> Iterator[bytes]:
    return (text[at : at + _DIGEST] for at in range(0, len(text), _DIGEST))
