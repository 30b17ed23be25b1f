"""Intended differences between our requests to Amplitude and Segment's."""

from collections.abc import Callable
from typing import Any

from ua_parser import parse_device, parse_os

from sluice.destinations.differences import Difference, Subject
from sluice.javascript.dates import milliseconds_of

_REPEATS = "Amplitude knows a repeat by it; without it a retry counts twice."
_SYSTEM = "The operating system's version. Segment sends the browser's."
_DIRECTION = "It says which endpoint to use, and is no field of Amplitude's."
_AGENT = "Another reader of user agents knows other names, and devices that the first does not."

#: As Amplitude's own libraries spell it.
_SPELT = {"Mac OS X": "Mac OS", "Mac": "Macintosh"}


def _knows_the_repeat(ours: Any, subject: Subject) -> bool:
    """The id is the event's own; of several from one event, with their number."""
    return isinstance(ours, str) and (ours == subject.message_id or ours.startswith(f"{subject.message_id}-"))


def _has_its_own_time(ours: Any, subject: Subject) -> bool:
    return bool(ours == milliseconds_of(subject.at("timestamp")))


def _is_in_the_agent(name: str) -> Callable[[Any, Subject], bool]:
    """Return whether our value is what the user agent says, read by ua-parser and by nothing of ours."""

    def fits(ours: Any, subject: Subject) -> bool:
        text = subject.at("context", "userAgent")
        if not isinstance(text, str) or not text:
            return ours is None
        system, device = parse_os(text), parse_device(text)
        model = device.model if device and device.brand not in (None, "Generic", "Spider") else None
        said = {
            "os_name": system.family if system else None,
            "os_version": ".".join(filter(None, (system.major, system.minor, system.patch))) if system else None,
            "device_manufacturer": device.brand if device and model else None,
            "device_model": model or (system.family if system else None),
        }
        hints = {"os_version": "platformVersion", "device_model": "model"}
        hinted = subject.at("context", "userAgentData", hints[name]) if name in hints else None
        found = hinted or said.get(name) or None
        return bool(ours == (_SPELT.get(found, found) if isinstance(found, str) else found))

    return fits


differences = (
    Difference("body.events.*.insert_id", "ours", _REPEATS, fits=_knows_the_repeat),
    Difference("body.identification.(json).insert_id", "ours", _REPEATS, fits=_knows_the_repeat),
    Difference("body.identification.(json).0.insert_id", "ours", _REPEATS, fits=_knows_the_repeat),
    Difference("body.identification.0.insert_id", "ours", _REPEATS, fits=_knows_the_repeat),
    Difference("body.identification.(json).*.insert_id", "ours", _REPEATS, fits=_knows_the_repeat),
    Difference(
        "body.options",
        "theirs",
        "Segment writes `undefined` where there is none.",
        lambda _, theirs: theirs == "undefined",
    ),
    Difference(
        "body.events.*.time",
        "ours",
        "An event whose mapping has no time happened when it says itself; without one Amplitude takes that of receipt.",
        fits=_has_its_own_time,
    ),
    Difference(
        "body.events.*.time",
        "both",
        "Ten or thirteen digits are seconds or milliseconds; Segment reads the first four as a year.",
        lambda ours, theirs: ours > 0 > theirs,
    ),
    Difference("body.events.*.use_batch_endpoint", "theirs", _DIRECTION, lambda _, theirs: isinstance(theirs, bool)),
    *(
        Difference(f"{place}.{name}", who, _SYSTEM if name == "os_version" else _AGENT, fits=_is_in_the_agent(name))
        for place in ("body.events.*", "body.identification.(json)")
        for name in ("os_name", "os_version", "device_manufacturer", "device_model", "device_type")
        for who in ("ours", "theirs", "both")
    ),
    *(
        Difference(
            f"{place}.user_properties.{name}.[0-9]*.**",
            "theirs",
            "Segment takes a text or a list apart into properties.",
        )
        for place in ("body.events.*", "body.identification.(json)")
        for name in ("$set", "$setOnce")
    ),
    *(
        Difference(
            f"{place}.{name}",
            "theirs",
            "Segment makes a zero or an empty text of a null in a list; here it is left out.",
            lambda _, theirs: theirs in (0, ""),
        )
        for place in ("body.events.*.products.*", "body.events.[1-9]*.event_properties", "body.events.[1-9]*")
        for name in ("price", "revenue", "quantity", "productId", "revenueType")
    ),
)
