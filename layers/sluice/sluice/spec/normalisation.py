"""Normalise what a client sent to the event that everything downstream sees.

https://segment.com/docs/connections/spec/common/
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple
from uuid import NAMESPACE_URL, uuid5

from sluice.spec import reasons
from sluice.spec.calls import CALLS
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """The facts that all events of one request share.

    `name` is unique per request and stable when the queue repeats it: message ids that we make derive from it.
    """

    name: str
    received: datetime
    source_type: str
    type: str | None = None
    ip: str | None = None
    sent: datetime | None = None
    context: dict[str, Any] = field(default_factory=dict)
    integrations: dict[str, Any] = field(default_factory=dict)
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
    """`original` is the client's own clock, if it sent one; `named` whether the client gave the message id."""

    event: dict[str, Any]
    original: datetime | None
    named: bool

    def refused(self, reason: Reason) -> Refused:
        """Return the refusal of an event that was normalised before."""
        return Refused(reason, self.event["messageId"] if self.named else None, self.original)


def normalise(raw: Any, arrival: Arrival, index: int) -> Normalised | Refused:
    """The event with every common field in place, or why there is none. `raw` is left as it was."""
    if not isinstance(raw, dict):
        return Refused(reasons.BAD_REQUEST)
    event = raw.copy()
    event.pop(_WRITE_KEY, None)
    message_id = _text(event.get("messageId"))
    if (refusal := _shape(event, arrival)) is not None:
        return Refused(refusal, message_id, read(_given(event)))

    event["messageId"] = message_id or str(uuid5(NAMESPACE_URL, f"{arrival.name}/{index}"))
    event["integrations"] = {**arrival.integrations, **_mapping(event.get("integrations"))}
    event["context"] = _context(_mapping(event.get("context")), arrival)
    event.setdefault("channel", CHANNELS[arrival.source_type])
    event["version"] = VERSION
    return Normalised(event, _stamp(event, arrival), message_id is not None)


def _shape(event: dict[str, Any], arrival: Arrival) -> Reason | None:
    """Put type and ids right in place; the reason if that, or what the call requires, fails."""
    event["type"] = arrival.type or event.get("type")
    if not isinstance(event["type"], str) or event["type"] not in CALLS:
        return reasons.BAD_REQUEST
    for name in _IDS:
        if name in event and (reason := _identifier(event, name)) is not None:
            return reason
    if not event.get("userId") and not event.get("anonymousId"):
        return reasons.NO_USER_ANON_ID
    complete(event)
    return misshapen(event)


def _identifier(event: dict[str, Any], name: str) -> Reason | None:
    """Numbers become text; null and the empty text are absent."""
    value = event[name]
    if type(value) is str and value:
        return None
    if isinstance(value, bool) or not isinstance(value, str | int | float | None):
        return reasons.ID_NOT_STRING
    text = _text(value)
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


def _given(event: dict[str, Any]) -> Any:
    """RudderStack's SDKs send `originalTimestamp` where Segment's send `timestamp`."""
    return event.get("timestamp") if event.get("timestamp") is not None else event.get("originalTimestamp")


def _stamp(event: dict[str, Any], arrival: Arrival) -> datetime | None:
    given = _given(event)
    original = read(given)
    if given is not None:
        event["originalTimestamp"] = iso(original) if original and not isinstance(given, str) else given
    else:
        event["originalTimestamp"] = arrival.received_at
    own = event.get("sentAt")
    sent = arrival.sent if own is None else read(own)
    event["timestamp"] = iso(corrected(arrival.received, sent, original))
    if sent is not None:
        event["sentAt"] = arrival.sent_at if own is None else iso(sent)
    else:
        event.pop("sentAt", None)
    event["receivedAt"] = arrival.received_at
    return original


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: Any) -> str | None:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    return str(value) or None
