"""Turn a record of `rejected/` into the envelope that brings it back. No I/O.

What makes a second run harmless: an event is known by its message id, and remembered with the envelope that brought it.
So each run's envelopes have names of their own, while an event keeps its id, or gets one that follows from where its
record stands in the archive. The router then knows the events of a second run as the first one's.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import orjson

from cli.errors import UsageError
from sluice.archive.reader import Window
from sluice.messages.encoding import UndecodableError, to_bytes, to_text
from sluice.messages.envelope import Envelope
from sluice.router.envelope_kinds import envelope_kind
from sluice.spec.json import InvalidJsonError, parse
from sluice.spec.limits import MAX_INFLATED_BYTES
from sluice.spec.query import InvalidQueryError, set_at
from sluice.workspace.compiled import UNKNOWN_SOURCE

#: Request ids of what is sent again begin with it: what is rejected once more is not another original.
AGAIN = "recover-"

#: Paths and what to put there, in order.
type Changes = Sequence[tuple[tuple[str, ...], Any]]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Empty `reasons` are all reasons."""

    window: Window
    reasons: frozenset[str] = frozenset()

    def takes(self, record: Mapping[str, Any]) -> bool:
        return (not self.reasons or record.get("reason") in self.reasons) and self.window.holds(
            record.get("receivedAt")
        )


@dataclass(frozen=True, slots=True)
class Run:
    """One run of the command: its name, where events without a known source belong, and what is to be repaired."""

    name: str
    source: str | None = None
    changes: Changes = ()


@dataclass(frozen=True, slots=True)
class Skipped:
    """A record that is not sent, and why."""

    why: str


@dataclass(frozen=True, slots=True)
class _Original:
    """The content of a record; `content` is None where it is not JSON."""

    kind: str
    content: Any = field(repr=False)
    payload: bytes = field(repr=False)


def change(text: str) -> tuple[tuple[str, ...], Any]:
    """`properties.total=42` as path and value: JSON if it is, else text. Raises UsageError."""
    path, equals, value = text.partition("=")
    names = tuple(path.split("."))
    if not equals or not all(names):
        raise UsageError(f"{text!r} sets nothing; write path=value, for example event='Order Completed'")
    try:
        return names, orjson.loads(value)
    except orjson.JSONDecodeError:
        return names, value


def again(record: Mapping[str, Any], place: str, run: Run) -> Envelope | Skipped:
    """The envelope of a record that stands at `place` in the archive: the original bytes, or repaired."""
    if str(record.get("requestId", "")).startswith(AGAIN):
        return Skipped("came from an earlier recovery, whose originals are still here")
    source = run.source or record.get("sourceId")
    if source == UNKNOWN_SOURCE:
        return Skipped("of an unknown source; say which with --as-source")
    try:
        original = _original(record)
    except (UndecodableError, LookupError, TypeError, ValueError):
        return Skipped("not a record of ours")
    if run.changes and not (original.kind == "call" and isinstance(original.content, dict)):
        return Skipped("not a single event, so that --set does not apply")
    kind, payload = _in_its_batch(original.kind, _repaired(original, place, run.changes), record.get("batch"))
    text, encoding = to_text(payload)
    return Envelope(
        kind=kind,
        text=text,
        encoding=encoding,
        received_at=record["receivedAt"],
        request_id=f"{AGAIN}{run.name}-{uuid5(NAMESPACE_URL, place)}",
        path=str(record.get("path", "")),
        type=record.get("type"),
        source=source,
        write_key=record.get("writeKey"),
        ip=record.get("ip"),
        user_agent=record.get("userAgent"),
        headers=record.get("headers"),
    )


def _in_its_batch(kind: str, payload: bytes, shared: Any) -> tuple[str, bytes]:
    """An event of a batch comes back in a batch of one, with what it shared with the others."""
    if kind != "call" or not isinstance(shared, dict):
        return kind, payload
    return "batch", b'{"batch":[' + payload + b"]," + orjson.dumps(shared)[1:]


def _original(record: Mapping[str, Any]) -> _Original:
    """Events of a batch are kept one by one, and come back as single ones; pixels and links are spelt out as JSON.

    What a vendor sent comes back as it is: it is no event yet.
    """
    payload = to_bytes(record["original"], record.get("encoding", "identity"), MAX_INFLATED_BYTES)
    name = record["kind"]
    kind = envelope_kind(name)
    if kind.is_translated or kind.is_object:
        return _Original(name, None, payload)
    try:
        if kind.is_by_browser:
            events = kind.contents(payload).events
            content = events[0] if kind.json_kind == "call" else {"batch": events}
            return _Original(kind.json_kind, content, orjson.dumps(content))
        content = parse(payload)
    except (InvalidJsonError, InvalidQueryError):
        return _Original(name, None, payload)
    is_batch = kind.json_kind == "batch" and isinstance(content, dict) and isinstance(content.get("batch"), list)
    return _Original("batch" if is_batch else "call", content, payload)


def _repaired(original: _Original, place: str, changes: Changes) -> bytes:
    """The very bytes, unless something is to be changed or an event has no id."""
    changed = False
    for index, event in enumerate(_events(original)):
        for path, value in changes:
            set_at(event, path, value)
        if not _has_id(event):
            event["messageId"] = str(uuid5(NAMESPACE_URL, f"{place}/{index}"))
            changed = True
    return orjson.dumps(original.content) if changed or changes else original.payload


def _events(original: _Original) -> list[dict[str, Any]]:
    if original.content is None:
        return []
    contents = original.content["batch"] if original.kind == "batch" else [original.content]
    return [event for event in contents if isinstance(event, dict)]


def _has_id(event: Mapping[str, Any]) -> bool:
    """Return the same as `sluice.spec.normalisation` would."""
    given = event.get("messageId")
    return isinstance(given, str | int | float) and not isinstance(given, bool) and str(given) != ""
