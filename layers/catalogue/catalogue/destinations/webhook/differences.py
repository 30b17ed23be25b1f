"""Intended differences between our webhook requests and Segment's."""

import re
from hashlib import sha256

from sluice.destinations.differences import Difference

_SIGNED = re.compile("sha256=[0-9a-f]{64}")


def _digest(message_id: str) -> str:
    return sha256(message_id.encode("utf-8", "surrogatepass")).hexdigest()


differences = (
    Difference(
        "headers.idempotency-key",
        "ours",
        "A receiver can recognise a repeat.",
        fits=lambda ours, subject: ours in (f'"{subject.message_id}"', f'"{_digest(subject.message_id)}"'),
    ),
    Difference(
        "headers.x-sluice-signature",
        "ours",
        "SHA-256 over the exact bytes, beside Segment's SHA-1.",
        lambda ours, _: _SIGNED.fullmatch(ours) is not None,
    ),
)
