"""Bytes as text that SQS takes.

SQS refuses a message, and with it the whole call, when it holds a character outside of
`#x9 #xA #xD #x20-#xD7FF #xE000-#xFFFD #x10000-#x10FFFF` (API reference, SendMessage), and bills each started 64 KB.
JSON as clients send it may hold U+FFFE and U+FFFF, and may not be UTF-8 at all.
"""

import base64
import binascii
import re
import zlib
from typing import Literal

type Encoding = Literal["identity", "base64", "gzip+base64"]

#: SQS's limit for one message and for one SendMessageBatch call, in bytes (1 MiB since 2025-08).
MAX_MESSAGE_BYTES = 1_048_576
#: Above this many bytes a payload is compressed: what fits into one billed unit of 64 KB is left readable.
COMPRESS_ABOVE = 60_000

_FORBIDDEN = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]|\xef\xbf[\xbe\xbf]")


class UndecodableError(ValueError):
    """A payload that is not what its encoding says, or that would not end."""


def to_text(payload: bytes) -> tuple[str, Encoding]:
    """The text to put on a queue, and how to read it back with `to_bytes`."""
    if len(payload) <= COMPRESS_ABOVE and (text := _identity(payload)) is not None:
        return text, "identity"
    packed = base64.b64encode(gzip(payload)).decode()
    if len(packed) < len(payload) or len(payload) <= COMPRESS_ABOVE:
        return packed, "gzip+base64"
    text = _identity(payload)
    return (text, "identity") if text is not None else (base64.b64encode(payload).decode(), "base64")


def to_bytes(text: str, encoding: str, limit: int) -> bytes:
    """The payload again, at most `limit` bytes of it; raises UndecodableError beyond that."""
    if encoding == "identity":
        return text.encode()
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise UndecodableError(f"not base64: {error}") from error
    if encoding == "base64":
        return raw
    if encoding == "gzip+base64":
        return gunzip(raw, limit)
    raise UndecodableError(f"unknown encoding {encoding!r}")


def gzip(payload: bytes) -> bytes:
    """Fast compression: level 1 halves the time of level 6 and costs a tenth of its ratio."""
    compressor = zlib.compressobj(level=1, wbits=31)
    return compressor.compress(payload) + compressor.flush()


def gunzip(payload: bytes, limit: int) -> bytes:
    """Inflate to at most `limit` bytes, so that a bomb costs no more memory than an honest body."""
    inflater = zlib.decompressobj(wbits=47)
    try:
        inflated = inflater.decompress(payload, limit + 1)
    except zlib.error as error:
        raise UndecodableError(f"not gzip: {error}") from error
    if len(inflated) > limit:
        raise UndecodableError(f"inflates to more than {limit} bytes")
    if not inflater.eof:
        raise UndecodableError("gzip stream ends early")
    return inflated


def _identity(payload: bytes) -> str | None:
    if _FORBIDDEN.search(payload):
        return None
    try:
        return payload.decode()
    except UnicodeDecodeError:
        return None
