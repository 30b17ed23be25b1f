"""Dedupe: remember message ids, each with its owner.

An id is remembered together with its owner, the request that brought it first. The same request delivered again finds
itself as the owner and passes; a client's retry is another request and does not.
"""

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from hashlib import blake2b
from typing import NamedTuple, Protocol

from sluice.spec.times import second

#: Bytes of an id's hash, which is compared with those of its bucket alone: of 100,000 ids in ten seconds of one source
#: two are taken for one another once in 10^14. And of a request's, which is compared where ids are the same.
KEY_BYTES, OWNER_BYTES = 10, 8
#: A client's clock may be a little off from another's, and batches are written together: what happened within so many
#: seconds is remembered together.
_SECONDS_TOGETHER = 10


class Claim(NamedTuple):
    """`bucket` holds ids that arrive together, `key` is the id within it, `owner` the request."""

    bucket: str
    key: bytes
    owner: bytes


class DedupeStore(Protocol):
    def claim(self, claims: Sequence[Claim]) -> Sequence[bytes | None]:
        """Remember each id for its owner unless it has one, and say who that is; of claims of one id the first counts.

        None where that could not be found out: the event must be tried again, and may have been remembered.
        """
        ...


def claim_of(source: str, message_id: str, original: datetime | None, request: str) -> Claim:
    """A client's retry carries the same time stamp as the original, so ids are kept by source and time.

    Ids without one cannot be grouped by when they were made: each has a bucket of its own.
    """
    return _claim(source, "", message_id, original, request)


def rejection_claim(source: str, message_id: str, original: datetime | None, request: str) -> Claim:
    """Apart from events, so that what was rejected may come again when it is repaired."""
    return _claim(source, "rejected-", message_id, original, request)


def _claim(source: str, kind: str, message_id: str, original: datetime | None, request: str) -> Claim:
    key = _digest(message_id, KEY_BYTES)
    if original is None:
        moment = f"id-{key.hex()}"
    else:
        at = second(original)
        moment = str(at - at % _SECONDS_TOGETHER)
    return Claim(f"{source}/{kind}{moment}", key, _owner(request))


@lru_cache(1000)
def _owner(request: str) -> bytes:
    return _digest(request, OWNER_BYTES)


def _digest(text: str, size: int) -> bytes:
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=size).digest()
