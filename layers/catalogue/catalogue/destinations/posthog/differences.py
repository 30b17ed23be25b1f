"""Intended differences between our requests to PostHog and Segment's."""

from sluice.destinations.differences import Difference

differences = (
    *(
        Difference(
            f"{place}.properties.{name}.**",
            "ours",
            "Segment takes from an event what it says of page, screen or place.",
        )
        for place in ("body", "body.batch.*")
        for name in ("$current_url", "$screen_name", "$ip", "$geoip_disable")
    ),
    Difference(
        "body.properties.$anon_distinct_id",
        "ours",
        "What somebody did before the login becomes the user's.",
        lambda ours, _: isinstance(ours, str),
    ),
    Difference("body.uuid", "ours", "PostHog knows a repeat by it."),
    Difference("body.batch.*.uuid", "ours", "PostHog knows a repeat by it."),
    Difference(
        "request",
        "ours",
        "Segment refuses an event whose address is IPv6. PostHog takes it.",
        lambda _, theirs: "IPv4" in (theirs or ""),
    ),
)
