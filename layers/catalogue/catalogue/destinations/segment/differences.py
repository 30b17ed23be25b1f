"""Intended differences between our requests to Segment's API and Segment's own."""

from sluice.destinations.differences import Difference

differences = (
    Difference("headers.*", "ours", "Segment's code hands the batch to its own API, and shows no headers."),
    Difference(
        "body.batch.*.messageId",
        "ours",
        "An event whose mapping has no id keeps its own, so that the receiver recognises a repeat.",
    ),
)
