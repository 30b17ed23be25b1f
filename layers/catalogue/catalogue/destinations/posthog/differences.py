"""Intended differences between our requests to PostHog and Segment's."""

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID, uuid5

from sluice.destinations.differences import Difference, Subject

#: Never another: a repeat after an update would count twice.
_NAMESPACE = UUID("5f0c6b1e-7d0e-4a57-9f43-2f6d1c0f7a11")
_KNOWN_REPEAT = "PostHog knows a repeat by it."
_SAID: Mapping[str, Callable[[Subject], Any]] = {
    "$current_url": lambda subject: subject.at("context", "page", "url") if subject.at("type") == "page" else None,
    "$screen_name": lambda subject: subject.at("name") if subject.at("type") == "screen" else None,
    "$ip": lambda subject: subject.at("context", "ip"),
    "$geoip_disable": lambda _: True,
}


def _says(name: str) -> Callable[[Any, Subject], bool]:
    """Return whether our value is what the event says of itself, in its properties or where SDKs put it."""
    return lambda ours, subject: (
        ours is not None and ours in (subject.at("properties", name), subject.at("traits", name), _SAID[name](subject))
    )


def _follows_from_the_id(ours: Any, subject: Subject) -> bool:
    return bool(ours == str(uuid5(_NAMESPACE, subject.message_id)))


differences = (
    *(
        Difference(
            f"{place}.properties.{name}.**",
            "ours",
            "Segment takes from an event what it says of page, screen or place.",
            fits=_says(name),
        )
        for place in ("body", "body.batch.*")
        for name in ("$current_url", "$screen_name", "$ip", "$geoip_disable")
    ),
    Difference(
        "body.properties.$anon_distinct_id",
        "ours",
        "What somebody did before the login becomes the user's.",
        fits=lambda ours, subject: ours == subject.at("anonymousId") and ours is not None,
    ),
    Difference("body.uuid", "ours", _KNOWN_REPEAT, fits=_follows_from_the_id),
    Difference("body.batch.*.uuid", "ours", _KNOWN_REPEAT, fits=_follows_from_the_id),
    Difference(
        "request",
        "ours",
        "Segment refuses an event whose address is IPv6. PostHog takes it.",
        lambda _, theirs: "IPv4" in (theirs or ""),
    ),
)
