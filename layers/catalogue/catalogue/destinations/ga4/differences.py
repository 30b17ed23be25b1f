"""Intended differences between our requests to Google Analytics and Segment's."""

import re

from sluice.destinations.differences import Difference

differences: tuple[Difference, ...] = (
    Difference(
        "request",
        "ours",
        "Segment refuses the event for one parameter that Google does not take; here the parameter is left out.",
        lambda _, theirs: "unsupported value" in (theirs or ""),
    ),
    Difference(
        "request",
        "ours",
        "Segment refuses the event for a currency that it does not know; here the currency is left out if it is none.",
        lambda _, theirs: "valid currency" in (theirs or ""),
    ),
    Difference(
        "request",
        "theirs",
        "Google drops an event of such a name silently; here it is discarded with the reason.",
        lambda ours, _: "the name must begin" in (ours or "") or "that Google collects itself" in (ours or ""),
    ),
    Difference(
        "body.events.*.name",
        "both",
        "Google drops an event whose name has other characters; here they become underscores.",
        lambda ours, theirs: re.sub(r"\W", "_", theirs) == ours,
    ),
    Difference(
        "body.events.*.params.currency",
        "theirs",
        "Segment sends an empty text for a currency that is null in a list; here it is left out.",
        lambda _, theirs: theirs == "",
    ),
    Difference(
        "body.timestamp_micros",
        "theirs",
        "Segment sends null for a time that is none; here it is left out, and Google takes the time of receipt.",
        lambda _, theirs: theirs is None,
    ),
    Difference(
        "body.events.*.params.items.*.*",
        "theirs",
        "Segment makes a zero or an empty text of a null in a list; here it is left out.",
        lambda _, theirs: theirs in (0, ""),
    ),
    Difference(
        "request",
        "ours",
        "Segment refuses the event for one item without a name; here that item is left out.",
        lambda _, theirs: any(
            names in (theirs or "") for names in ("product name or product id", "item id or item name")
        ),
    ),
    Difference(
        "request",
        "theirs",
        "An item whose id is null has none; Segment makes an empty text of it.",
        lambda ours, _: "no item has an item_id" in (ours or ""),
    ),
)
