"""Intended differences between our webhook requests and Segment's."""

from sluice.destinations.differences import Difference

differences = (
    Difference("headers.idempotency-key", "ours", "A receiver can recognise a repeat."),
    Difference("headers.x-sluice-signature", "ours", "SHA-256 over the exact bytes, beside Segment's SHA-1."),
)
