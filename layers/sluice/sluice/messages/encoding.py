"""Bytes as text that SQS takes.

SQS refuses a message, and with it the whole call, when it holds a character outside of
`#x9 #xA #xD #x20-#xD7FF #xE000-#xFFFD #x10000-#x10FFFF` (API reference, SendMessage), and bills each started 64 KB.
JSON as clients send it may hold U+FFFE and U+FFFF, and may not be UTF-8 at all.
"""

import base64
import binascii
import zlib
from typing import Literal, Protocol, cast

from isal import isal_zlib

type Encoding = Literal["identity", "base64", "gzip+base64"]

#: SQS's limit for one message and for one SendMessageBatch call, in bytes (1 MiB since 2025-08).
MAX_MESSAGE_BYTES = 1_048_576
#: Characters of a payload on the queue; the rest of a message is for the envelope's header.
MAX_CARRIED_CHARACTERS = MAX_MESSAGE_BYTES - 16 * 1024
#: Above this many bytes a payload is compressed: ten that are received together fit into one billed unit of 64 KB.
COMPRESS_ABOVE = 6_000

_CONTROLS = bytes(byte for byte in range(0x20) if byte not in b"\t\n\r")
_GZIP_MAGIC = b"\x1f\x8b"
_ZLIB = 0x78
#: Members of one gzip body. Each costs a copy of those behind it.
_MAX_MEMBERS = 200
#: U+FFFE and U+FFFF.
_NONCHARACTERS = (b"\xef\xbf\xbe", b"\xef\xbf\xbf")


#: What ISA-L raises; its types call it an exception, not a class of them.
_IsalError = cast("type[Exception]", isal_zlib.error)


class _Inflater(Protocol):
    @property
    def eof(self) -> bool: ...

    def decompress(self, data: bytes, max_length: int, /) -> bytes: ...


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
        return _inflated(isal_zlib.decompressobj(wbits=31), raw, limit)  # we wrote it ourselves
    raise UndecodableError(f"unknown encoding {encoding!r}")


def gzip(payload: bytes) -> bytes:
    """Compress by ISA-L, which is as small as zlib's level 1 in a fifth of its time."""
    compressor = isal_zlib.compressobj(level=1, wbits=31)
    return compressor.compress(payload) + compressor.flush()


def is_compressed(payload: bytes) -> bool:
    """Return whether these are bytes of gzip or zlib. No JSON begins as they do."""
    if payload.startswith(_GZIP_MAGIC):
        return True
    return len(payload) > 1 and payload[0] == _ZLIB and int.from_bytes(payload[:2]) % 31 == 0


def inflate(payload: bytes, limit: int) -> bytes:
    """Inflate gzip or zlib to at most `limit` bytes, so that a bomb costs no more memory than an honest body.

    By zlib, which has been fed by strangers for longer than any other. Members behind the first belong to the body,
    other bytes behind it are padding. Raises UndecodableError.
    """
    inflated = b""
    for _ in range(_MAX_MEMBERS):
        inflater = zlib.decompressobj(wbits=47)
        inflated += _inflated(inflater, payload, limit, len(inflated))
        payload = inflater.unused_data
        if not payload.startswith(_GZIP_MAGIC):
            return inflated
    raise UndecodableError(f"has more than {_MAX_MEMBERS} members")


def _inflated(inflater: _Inflater, payload: bytes, limit: int, before: int = 0) -> bytes:
    """Return one member, of which `before` bytes were inflated before."""
    try:
        inflated = inflater.decompress(payload, limit - before + 1)
    except (zlib.error, _IsalError) as error:
        raise UndecodableError(f"not gzip: {error}") from error
    if before + len(inflated) > limit:
        raise UndecodableError(f"inflates to more than {limit} bytes")
    if not inflater.eof:
        raise UndecodableError("gzip stream ends early")
    return inflated


def _is_forbidden(payload: bytes) -> bool:
    """A pattern would say the same, and take twenty times as long."""
    if len(payload.translate(None, _CONTROLS)) < len(payload):
        return True
    return not payload.isascii() and any(each in payload for each in _NONCHARACTERS)


def _identity(payload: bytes) -> str | None:
    if _is_forbidden(payload):
        return None
    try:
        return payload.decode()
    except UnicodeDecodeError:
        return None
