"""Intended differences between our requests to Mixpanel and Segment's."""

import re
from typing import Any

from sluice.destinations.differences import Difference, Subject
from sluice.javascript.dates import milliseconds_of

_TAKEN = re.compile("[A-Za-z0-9-]{1,36}")
_INVENTED = re.compile("[0-9]{0,2}[0-9a-z]{10,16}")

_TIME = (
    "An event whose time cannot be read happened when it was received. Segment says: when it is sent, each time anew."
)


def _is_of_the_event(ours: Any, subject: Subject) -> bool:
    """Return whether it is the time of the event, or of its receipt; items of an order come just before it."""
    own = milliseconds_of(subject.at("timestamp")) or milliseconds_of(subject.at("receivedAt"))
    return own is not None and isinstance(ours, int) and 0 <= own - ours <= 1000


_PRODUCT = (
    "product_id", "sku", "category", "name", "brand", "variant", "coupon", "url", "image_url", "price", "quantity",
    "position",
)  # fmt: skip

differences = (
    *(
        Difference(
            f"body.[1-9]*.properties.{name}",
            "theirs",
            "Segment makes a zero or an empty text of a null in a list; here it is left out.",
            lambda _, theirs: theirs in (0, ""),
        )
        for name in _PRODUCT
    ),
    Difference(
        "query.ip",
        "ours",
        "Where an event has no place, Mixpanel is told not to take our function's.",
        lambda ours, _: ours == "0",
    ),
    Difference("body.*.properties.time", "both", _TIME, fits=_is_of_the_event),
    Difference(
        "body.*.properties.$insert_id",
        "both",
        "Mixpanel refuses an id that is longer or has other characters; a uuid that follows from it stands for it.",
        lambda ours, theirs: _TAKEN.fullmatch(ours) is not None and _TAKEN.fullmatch(theirs) is None,
    ),
    Difference(
        "body.*.properties.$insert_id",
        "both",
        "An event whose mapping has no id is known by its own. Segment invents one, each time anew.",
        lambda ours, theirs: isinstance(ours, str) and _INVENTED.fullmatch(theirs) is not None,
    ),
)
