"""One call beside the event that was archived for it, field by field."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from checks.compat.rows import Row
from checks.compat.run import Told
from checks.compat.script import Call
from checks.compat.values import is_same, moment, without_nulls

#: The address that everything on this machine has.
_LOOPBACK = "127.0.0.1"
_CHANNELS = {"browser": "client", "mobile": "mobile", "server": "server"}
#: How far the corrected timestamp may be from the one given: from stamping `sentAt` to the arrival, on a busy machine.
_TRANSIT = timedelta(seconds=5)
_ROUNDING = timedelta(milliseconds=2)

type Event = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Window:
    """When the run took place."""

    start: datetime
    end: datetime

    def has(self, time: datetime | None) -> bool:
        return time is not None and self.start - _TRANSIT <= time <= self.end + _TRANSIT


@dataclass(frozen=True, slots=True)
class Difference:
    field: str
    expected: Any
    got: Any


def differences(row: Row, call: Call, told: Told, event: Event, window: Window) -> list[Difference]:
    return [
        *_plain(row, call, told, event),
        *_contents(row, call, event),
        *_times(call, event, window),
        *_given(row, call, event, "integrations"),
        *_given(row, call, event, "context"),
        *_address(row, call, event),
    ]


def _plain(row: Row, call: Call, told: Told, event: Event) -> Iterator[Difference]:
    expected: dict[str, Any] = {
        "type": call["type"],
        "sourceId": row.id,
        "channel": row.channel or _CHANNELS[row.source],
        "version": 2,
        "userId": call.get("userId"),
        **{name: call[name] for name in ("event", "name", "category", "groupId", "previousId") if name in call},
    }
    if "anonymousId" in call:
        expected["anonymousId"] = call["anonymousId"]
    if told.message_id is not None:
        expected["messageId"] = told.message_id
    for name, value in expected.items():
        if event.get(name) != value:
            yield Difference(name, value, event.get(name))
    for name in ("messageId", *(["anonymousId"] if row.clicks else [])):
        if not isinstance(event.get(name), str) or not event[name]:
            yield Difference(name, "a text", event.get(name))


def _contents(row: Row, call: Call, event: Event) -> Iterator[Difference]:
    """Properties and traits: what was given, and nothing else but what the SDK is known to add."""
    for name in ("properties", "traits"):
        if name not in call:
            continue
        given = without_nulls(call[name]) if row.drops_nulls else call[name]
        expected, got = dict(given), event.get(name)
        if call["type"] == "identify" and {"firstName", "lastName"} <= expected.keys():
            expected["name"] = f"{expected['firstName']} {expected['lastName']}"
        if not isinstance(got, dict):
            yield Difference(name, expected, got)
            continue
        additions = row.adds.get(call["type"], frozenset())
        for key in sorted({*expected, *got}):
            if key not in expected:
                if key not in additions:
                    yield Difference(f"{name}.{key}", "absent", got[key])
            elif key not in got:
                yield Difference(f"{name}.{key}", expected[key], "absent")
            elif not is_same(expected[key], got[key], exact_integers=row.exact_integers):
                yield Difference(f"{name}.{key}", expected[key], got[key])


def _times(call: Call, event: Event, window: Window) -> Iterator[Difference]:
    """What the caller gave is kept as `originalTimestamp`; `timestamp` is that by our clock."""
    received, sent = moment(event.get("receivedAt")), moment(event.get("sentAt"))
    original, timestamp = moment(event.get("originalTimestamp")), moment(event.get("timestamp"))
    if received is None or not window.has(received):
        yield Difference("receivedAt", "within the run", event.get("receivedAt"))
        return
    if original is None or timestamp is None:
        yield Difference("timestamp", "two times", [event.get("originalTimestamp"), event.get("timestamp")])
        return
    if "timestamp" in call and original != moment(call["timestamp"]):
        yield Difference("originalTimestamp", call["timestamp"], event.get("originalTimestamp"))
    if "timestamp" not in call and not window.has(original):
        yield Difference("originalTimestamp", "within the run", event.get("originalTimestamp"))
    by_our_clock = original if sent is None else received - (sent - original)
    if abs(timestamp - by_our_clock) > _ROUNDING:
        yield Difference("timestamp", by_our_clock.isoformat(), event.get("timestamp"))
    if sent is None or not window.has(sent):
        yield Difference("sentAt", "within the run", event.get("sentAt"))


def _given(row: Row, call: Call, event: Event, name: str) -> Iterator[Difference]:
    """Everything the caller put there; SDKs add what they know."""
    given, got = call.get(name, {}), event.get(name)
    if not isinstance(got, dict):
        yield Difference(name, given, got)
        return
    if row.drops_nulls:
        given = without_nulls(given)
    for key, value in given.items():
        if key not in got:
            yield Difference(f"{name}.{key}", value, "absent")
            continue
        kept = got[key]
        if row.merges_context and name == "context" and isinstance(value, dict) and isinstance(kept, dict):
            kept = {each: kept[each] for each in value if each in kept}
        if not is_same(value, kept, exact_integers=row.exact_integers):
            yield Difference(f"{name}.{key}", value, got[key])


def _address(row: Row, call: Call, event: Event) -> Iterator[Difference]:
    """Of a person's device, unless the caller said another; never of a server."""
    context = event.get("context")
    got = context.get("ip") if isinstance(context, dict) else None
    expected = call.get("context", {}).get("ip") or (None if row.source == "server" else _LOOPBACK)
    if got != expected:
        yield Difference("context.ip", expected, got)
