"""Ids that follow from other ids, so that they are the same in every attempt."""

from hashlib import sha1
from uuid import UUID

#: The bits of version 5 and of the variant. RFC 9562, 5.5.
_CLEARED, _SET = ~((0xF000 << 64) | (0xC000 << 48)), (5 << 76) | (0x8000 << 48)


def derived_uuid(namespace: UUID, name: str) -> str:
    """Return `str(uuid.uuid5(namespace, name))`, without the objects that it makes on the way."""
    digest = sha1(namespace.bytes + name.encode(), usedforsecurity=False).digest()
    text = f"{int.from_bytes(digest[:16]) & _CLEARED | _SET:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"
