"""Dedupe: remember message ids, each with its owner.

An id is remembered together with its owner, the request that brought it first. The same request delivered again finds
itself as the owner and passes; a client's retry is another request and does not.
"""

import re
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
_HEX = "[0-9a-fA-F]"
_END = f"[89abAB]{_HEX}{{3}}-{_HEX}{{12}}"
#: A random UUID, in Segment's SDKs for JavaScript behind the time in milliseconds or a digest; or one of version 7,
#: which begins with its time. What is derived from something, version 3 or 5 or a digest, is not made by chance.
_BY_CHANCE = re.compile(
    f"(?:(?:ajs|node)-next-([0-9]{{13}})-|node-{_HEX}{{32}}-)?{_HEX}{{8}}-{_HEX}{{4}}-4{_HEX}{{3}}-{_END}"
    f"|({_HEX}{{8}}-{_HEX}{{4}})-7{_HEX}{{3}}-{_END}"
)


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
    """Return the claim of an event.

    Ids that an SDK makes by chance stand together by when they were made: by the time within the id, or by the event's
    own, because an SDK that retries keeps both. Any other id may come again at any time, an order's number for example,
    and has a bucket of its own.
    """
    return _claim(source, "", message_id, original, request)


def rejection_claim(source: str, message_id: str, original: datetime | None, request: str) -> Claim:
    """Apart from events, so that what was rejected may come again when it is repaired."""
    return _claim(source, "rejected-", message_id, original, request)


def _claim(source: str, kind: str, message_id: str, original: datetime | None, request: str) -> Claim:
    key = _digest(message_id, KEY_BYTES)
    at = _made_at(message_id, original)
    moment = f"id-{key.hex()}" if at is None else str(at - at % _SECONDS_TOGETHER)
    return Claim(f"{source}/{kind}{moment}", key, _owner(request))


def _made_at(message_id: str, original: datetime | None) -> int | None:
    """Return the second in which an SDK made an id by chance; None for any other id, and where nothing says when."""
    match = _BY_CHANCE.fullmatch(message_id)
    if match is None:
        return None
    milliseconds, uuid7 = match.groups()
    if milliseconds is not None:
        return int(milliseconds) // 1000
    if uuid7 is not None:
        return int(uuid7.replace("-", ""), 16) // 1000
    return second(original) if original is not None else None


@lru_cache(1000)
def _owner(request: str) -> bytes:
    return _digest(request, OWNER_BYTES)


def _digest(text: str, size: int) -> bytes:
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=size).digest()
