"""The owners of message ids in DynamoDB, many ids to an entry of an append log.

A log is a bucket: the ids of one source and of a few seconds. An entry has ids by their requests. Of all requests that
brought an id, the first one in the log owns it. A claim appends ids and reads what stands before them in one call, so
that two routers that claim the same id at once agree on its owner.
"""

import itertools
import time
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from sluice.aws.append_log import MAX_ENTRY_BYTES, PAGE_BYTES, AppendLogs
from sluice.aws.calls import THREADS
from sluice.router.dedupe import KEY_BYTES, OWNER_BYTES, Claim

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

#: Segment's promise is 24 hours; an hour on top for clocks that differ.
REMEMBERED_SECONDS = 25 * 3600
#: Bytes that say how many ids of a request follow.
_COUNT = 2
_MOST_KEYS = 3000

#: Of one bucket: the owner of each key.
type _Bucket = dict[bytes, bytes]


class DynamoDedupeStore:
    """Satisfies `sluice.router.dedupe.DedupeStore`; belongs to one process."""

    def __init__(
        self,
        client: "DynamoDBClient",
        table: str,
        now: Callable[[], float] = time.time,
        page_bytes: int = PAGE_BYTES,
        threads: int = THREADS,
    ) -> None:
        self._logs: AppendLogs[_Bucket] = AppendLogs(
            client, table, dict, _fold, seconds=REMEMBERED_SECONDS, now=now, page_bytes=page_bytes, threads=threads
        )

    def claim(self, claims: Sequence[Claim]) -> list[bytes | None]:
        buckets: dict[str, list[Claim]] = {}
        for claim in claims:
            buckets.setdefault(claim.bucket, []).append(claim)
        states = self._logs.append({bucket: list(_entries(mine)) for bucket, mine in buckets.items()})
        return [None if (owners := states[claim.bucket]) is None else owners[claim.key] for claim in claims]


def _entries(claims: Sequence[Claim]) -> Iterator[bytes]:
    """The owner, the number of its ids, the ids; and so on for the next owner."""
    for run in itertools.batched(claims, _MOST_KEYS, strict=False):
        entry = bytearray()
        for owner, group in itertools.groupby(run, lambda claim: claim.owner):
            keys = [claim.key for claim in group]
            entry += owner + len(keys).to_bytes(_COUNT) + b"".join(keys)
        yield bytes(entry)


def _fold(owners: _Bucket, entry: bytes) -> None:
    at, end = 0, len(entry)
    while at < end:
        owner = entry[at : at + OWNER_BYTES]
        at += OWNER_BYTES + _COUNT
        until = at + KEY_BYTES * int.from_bytes(entry[at - _COUNT : at])
        for start in range(at, until, KEY_BYTES):
            owners.setdefault(entry[start : start + KEY_BYTES], owner)
        at = until


assert _MOST_KEYS * (KEY_BYTES + OWNER_BYTES + _COUNT) <= MAX_ENTRY_BYTES  # noqa: S101 - also if each has its own owner
