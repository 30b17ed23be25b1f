"""Intended differences between our requests to Segment's API and Segment's own."""

from base64 import b64encode

from sluice.destinations.differences import Difference

_HEADERS = "Segment's code hands the batch to its own API, and shows no headers."

differences = (
    Difference(
        "headers.authorization",
        "ours",
        _HEADERS,
        fits=lambda ours, subject: ours == f"Basic {b64encode(f'{subject.settings.write_key}:'.encode()).decode()}",
    ),
    Difference("headers.content-type", "ours", _HEADERS, lambda ours, _: ours == "application/json"),
    Difference(
        "body.batch.*.messageId",
        "ours",
        "An event whose mapping has no id keeps its own, so that the receiver recognises a repeat.",
        fits=lambda ours, subject: ours == subject.message_id,
    ),
)
