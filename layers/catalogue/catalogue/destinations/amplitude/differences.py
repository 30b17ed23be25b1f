"""Intended differences between our requests to Amplitude and Segment's."""

from sluice.destinations.differences import Difference

_REPEATS = "Amplitude knows a repeat by it; without it a retry counts twice."
_SYSTEM = "The operating system's version. Segment sends the browser's."
_DIRECTION = "It says which endpoint to use, and is no field of Amplitude's."
_AGENT = "Another reader of user agents knows other names, and devices that the first does not."

differences = (
    Difference("body.events.*.insert_id", "ours", _REPEATS),
    Difference("body.identification.(json).insert_id", "ours", _REPEATS),
    Difference("body.identification.(json).0.insert_id", "ours", _REPEATS),
    Difference("body.identification.0.insert_id", "ours", _REPEATS),
    Difference("body.identification.(json).*.insert_id", "ours", _REPEATS),
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
    ),
    Difference(
        "body.events.*.time",
        "both",
        "Ten or thirteen digits are seconds or milliseconds; Segment reads the first four as a year.",
        lambda ours, theirs: ours > 0 > theirs,
    ),
    Difference("body.events.*.use_batch_endpoint", "theirs", _DIRECTION, lambda _, theirs: isinstance(theirs, bool)),
    *(
        Difference(f"{place}.{name}", who, _SYSTEM if name == "os_version" else _AGENT)
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
