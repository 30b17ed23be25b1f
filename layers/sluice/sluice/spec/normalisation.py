"""Normalise what a client sent to the event that everything downstream sees.

https://segment.com/docs/connections/spec/common/
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple
from uuid import NAMESPACE_URL, uuid5

from sluice.javascript.numbers import text_of
from sluice.spec import reasons
from sluice.spec.calls import CALLS
from sluice.spec.json import digits_at
from sluice.spec.reasons import Reason
from sluice.spec.times import corrected, iso, read
from sluice.spec.validation import complete, misshapen

#: The channel Segment gives each kind of source.
CHANNELS = {"browser": "client", "mobile": "mobile", "server": "server"}
#: The version of Segment's message format that we write.
VERSION = 2
#: What clients put beside the event and nobody downstream should see.
_WRITE_KEY = "writeKey"
_IDS = ("userId", "anonymousId", "groupId", "previousId")
#: From here on JSON's integers are read as floats, which make one id of many.
_INEXACT = 2.0**63


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """The facts that all events of one request share.

    `name` is unique per request and stable when the queue repeats it: message ids that we make derive from it.
    `written` returns the JSON of an event by its index, as it was sent.
    """

    name: str
    received: datetime
    source_type: str
    type: str | None = None
    ip: str | None = None
    sent: datetime | None = None
    context: dict[str, Any] = field(default_factory=dict)
    integrations: dict[str, Any] = field(default_factory=dict)
    written: Callable[[int], bytes] | None = field(default=None, repr=False, compare=False)
    received_at: str = field(init=False)
    sent_at: str | None = field(init=False)

    def __post_init__(self) -> None:
        """Written once for all events."""
        object.__setattr__(self, "received_at", iso(self.received))
        object.__setattr__(self, "sent_at", iso(self.sent) if self.sent is not None else None)


@dataclass(frozen=True, slots=True)
class Refused:
    """`original` is the client's own clock, if it sent one."""

    reason: Reason
    message_id: str | None = None
    original: datetime | None = None


class Normalised(NamedTuple):
    """`original` is the client's own clock, if it sent one; `named` whether the client gave the message id;
    `is_unreadable` whether it sent a time that nobody can read.
    """

    event: dict[str, Any]
    original: datetime | None
    named: bool
    is_unreadable: bool = False

    def refused(self, reason: Reason) -> Refused:
        """Return the refusal of an event that was normalised before."""
        return Refused(reason, self.event["messageId"] if self.named else None, self.original)


def normalise(raw: Any, arrival: Arrival, index: int) -> Normalised | Refused:
    """The event with every common field in place, or why there is none. `raw` is left as it was."""
    if not isinstance(raw, dict):
        return Refused(reasons.BAD_REQUEST)
    event = raw.copy()
    event.pop(_WRITE_KEY, None)
    message_id = _text(event.get("messageId"), "messageId", arrival, index)
    if (refusal := _shape(event, arrival, index)) is not None:
        return Refused(refusal, message_id, _given(event)[1])

    event["messageId"] = message_id or str(uuid5(NAMESPACE_URL, f"{arrival.name}/{index}"))
    event["integrations"] = {**arrival.integrations, **integrations_of(event.get("integrations"))}
    event["context"] = _context(_mapping(event.get("context")), arrival)
    event.setdefault("channel", CHANNELS[arrival.source_type])
    event["version"] = VERSION
    original, is_unreadable = _stamp(event, arrival)
    return Normalised(event, original, message_id is not None, is_unreadable)


def _shape(event: dict[str, Any], arrival: Arrival, index: int) -> Reason | None:
    """Put type and ids right in place; the reason if that, or what the call requires, fails."""
    event["type"] = arrival.type or event.get("type")
    if not isinstance(event["type"], str) or event["type"] not in CALLS:
        return reasons.BAD_REQUEST
    for name in _IDS:
        if name in event and not (type(value := event[name]) is str and value):
            reason = _identifier(event, name, arrival, index)
            if reason is not None:
                return reason
    if not event.get("userId") and not event.get("anonymousId"):
        return reasons.NO_USER_ANON_ID
    complete(event)
    return misshapen(event)


def _identifier(event: dict[str, Any], name: str, arrival: Arrival, index: int) -> Reason | None:
    """Numbers become strings as JavaScript writes them; null and the empty string are absent."""
    value = event[name]
    if isinstance(value, bool) or not isinstance(value, str | int | float | None):
        return reasons.ID_NOT_STRING
    text = _text(value, name, arrival, index)
    if text is None:
        del event[name]
    else:
        event[name] = text
    return None


def _context(own: dict[str, Any], arrival: Arrival) -> dict[str, Any]:
    """The batch's context below the event's own; the address of a person's device, never a server's."""
    context = {**arrival.context, **own}
    client_side = arrival.source_type != "server" or context.get("direct") is True
    if client_side and arrival.ip and not context.get("ip"):
        context["ip"] = arrival.ip
    return context


def _given(event: dict[str, Any]) -> tuple[Any, datetime | None]:
    """Return the client's own time, as it wrote it and as a moment; the first of its times that can be read.

    RudderStack's SDKs send `originalTimestamp` where Segment's send `timestamp`. One that is empty hides no other.
    """
    written = None
    for name in ("timestamp", "originalTimestamp"):
        value = event.get(name)
        if value is None or value == "":
            continue
        if (moment := read(value)) is not None:
            return value, moment
        written = value if written is None else written
    return written, None


def _stamp(event: dict[str, Any], arrival: Arrival) -> tuple[datetime | None, bool]:
    """Write the event's times. Return its own by the client's clock, and whether it is there but cannot be read."""
    given, original = _given(event)
    if given is None:
        event["originalTimestamp"] = arrival.received_at
    else:
        event["originalTimestamp"] = iso(original) if original and not isinstance(given, str) else given
    own = read(event.get("sentAt"))
    sent = own or arrival.sent
    event["timestamp"] = iso(corrected(arrival.received, sent, original))
    if sent is not None:
        event["sentAt"] = iso(own) if own is not None else arrival.sent_at
    else:
        event.pop("sentAt", None)
    event["receivedAt"] = arrival.received_at
    return original, given is not None and original is None


def integrations_of(value: Any) -> dict[str, Any]:
    """Return the event's switches; `all` in any case is Segment's `All`, which would else switch nothing off."""
    given = _mapping(value)
    if not given or "All" in given or not any(name.lower() == "all" for name in given):
        return given
    return {"All" if name.lower() == "all" else name: switch for name, switch in given.items()}


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _number(value: float, name: str, arrival: Arrival, index: int) -> str | None:
    """Return a number with a point, an exponent or too many digits: as JavaScript writes it, the last as they are."""
    if abs(value) >= _INEXACT and arrival.written is not None:
        digits = digits_at(arrival.written(index), name)
        if digits is not None:
            return digits
    return text_of(value) if math.isfinite(value) else None


def _text(value: Any, name: str, arrival: Arrival, index: int) -> str | None:
    """Return the id at `name` as a string; None without one."""
    if type(value) is str:
        return value or None
    if isinstance(value, float):
        return _number(value, name, arrival, index)
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    return str(value) or None
