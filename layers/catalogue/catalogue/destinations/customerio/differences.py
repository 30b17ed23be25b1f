"""Intended differences between our requests to Customer.io and Segment's."""

from sluice.destinations.differences import Difference

differences = tuple(
    Difference(
        place,
        "both",
        "An id that looks like a date stays an id. Segment makes seconds of it.",
        lambda ours, theirs: isinstance(ours, str) and isinstance(theirs, int),
    )
    for place in ("body.identifiers.object_id", "body.identifiers.object_type_id", "body.attributes.anonymous_id")
)
