"""One envelope, opened: its events normalised, and what is wrong with the others."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from typing import Any, NamedTuple

from sluice.messages.envelope import Envelope
from sluice.router.rejections import Rejection, shared_by
from sluice.spec.batch_slices import batch_slices
from sluice.spec.json import InvalidJsonError, parse, write_event
from sluice.spec.limits import MAX_BATCH_EVENTS, MAX_EVENT_BYTES
from sluice.spec.normalisation import Arrival, Normalised, Refused, normalise
from sluice.spec.query import InvalidQueryError, link_events, pixel_event
from sluice.spec.reasons import Reason
from sluice.spec.times import read
from sluice.workspace.compiled import UNKNOWN_SOURCE, Source, Workspace

#: What an envelope may inflate to; the edge admits less.
MAX_PAYLOAD_BYTES = 4 * 1024 * 1024


class Event(NamedTuple):
    """A good event: `document` is its JSON, `original` the client's own clock, `request` the id of its request."""

    source: str
    fields: dict[str, Any]
    document: bytes
    original: datetime | None
    named: bool
    request: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """`source` is its id, or stands for one that nobody knows; `size` is that of the request, in bytes."""

    source: str
    size: int
    events: list[Event] = field(default_factory=list)
    rejections: list[Rejection] = field(default_factory=list)


#: From a raw event to a good one: `sluice.spec.normalisation.normalise`, or a test's that breaks.
type Normaliser = Callable[[Any, Arrival, int], Normalised | Refused]


def open_envelope(envelope: Envelope, workspace: Workspace, normaliser: Normaliser = normalise) -> Opened:
    """Everything that was in the request ends in one of the two lists. Raises UndecodableError for our own damage."""
    payload = envelope.payload(MAX_PAYLOAD_BYTES)
    opened = Opened(source=envelope.source or UNKNOWN_SOURCE, size=len(payload))
    source = workspace.sources.get(envelope.source or "")
    if (reason := _refusal(envelope, source)) is not None or source is None:
        opened.rejections.append(Rejection.of(envelope, reason or "unknown_source", payload))
        return opened
    try:
        raws, shared = _contents(envelope, payload)
    except (InvalidJsonError, InvalidQueryError):
        opened.rejections.append(Rejection.of(envelope, "bad_request", payload))
        return opened
    if envelope.kind == "batch" and not raws:
        opened.rejections.append(Rejection.of(envelope, "empty_batch", payload))
        return opened
    _Reader(envelope, payload, source, normaliser, opened).read(raws, shared)
    return opened


def _refusal(envelope: Envelope, source: Source | None) -> Reason | None:
    """Why nothing of the request is let in, as the edge found or the workspace says."""
    if source is not None and not source.enabled:
        return "source_disabled"
    return envelope.refused


def _contents(envelope: Envelope, payload: bytes) -> tuple[Sequence[Any], dict[str, Any]]:
    """The raw events, and the fields of the batch around them."""
    match envelope.kind:
        case "pixel":
            return [_from_a_browser(pixel_event(payload.decode()), envelope)], {}
        case "querystring":
            return [_from_a_browser(each, envelope) for each in link_events(payload.decode())], {}
    document = parse(payload)
    if envelope.kind == "call":
        return [document], {}
    if not isinstance(document, dict) or not isinstance(document.get("batch"), list):
        raise InvalidJsonError("no batch")
    return document["batch"], document


def _from_a_browser(event: dict[str, Any], envelope: Envelope) -> dict[str, Any]:
    """No SDK wrote down what the browser is, nor who is reading."""
    context = event.get("context")
    context = context if isinstance(context, dict) else {}
    known = {"userAgent": envelope.user_agent} if envelope.user_agent else {}
    named = event.get("userId") or event.get("anonymousId")
    reader = {} if named or not envelope.anonymous_id else {"anonymousId": envelope.anonymous_id}
    return {**event, **reader, "context": {**known, **context}}


class _Reader:
    """The events of one request, one by one: a bad one costs the others nothing."""

    def __init__(
        self, envelope: Envelope, payload: bytes, source: Source, normaliser: Normaliser, opened: Opened
    ) -> None:
        self._envelope, self._payload, self._source, self._normalise = envelope, payload, source, normaliser
        self._opened = opened
        self._around: dict[str, Any] = {}

    def read(self, raws: Sequence[Any], shared: dict[str, Any]) -> None:
        self._around = shared
        arrival = self._arrival(shared)
        for index, raw in enumerate(raws):
            if index >= MAX_BATCH_EVENTS:
                self._reject(index, Refused("batch_too_large"))
            else:
                self._one(index, self._normalised(raw, arrival, index))

    def _normalised(self, raw: Any, arrival: Arrival, index: int) -> Normalised | Refused:
        """A fault of ours costs this event a detour by way of the rejected, and the others nothing."""
        try:
            return self._normalise(raw, arrival, index)
        except Exception:  # noqa: BLE001 - whatever it is
            return Refused("internal")

    def _arrival(self, shared: dict[str, Any]) -> Arrival:
        context, integrations = shared.get("context"), shared.get("integrations")
        return Arrival(
            name=self._envelope.request_id,
            received=read(self._envelope.received_at) or datetime.now(UTC),
            source_type=self._source.type,
            type=self._envelope.type,
            ip=self._envelope.ip,
            sent=read(shared.get("sentAt")),
            context=context if isinstance(context, dict) else {},
            integrations=integrations if isinstance(integrations, dict) else {},
        )

    def _one(self, index: int, result: Normalised | Refused) -> None:
        if isinstance(result, Refused):
            self._reject(index, result)
            return
        try:
            document = write_event(result.event)
        except InvalidJsonError:
            self._reject(index, result.refused("bad_request"))
            return
        if len(document) > MAX_EVENT_BYTES and len(self._original(index)) > MAX_EVENT_BYTES:
            self._reject(index, result.refused("event_too_large"))
            return
        event = Event(self._source.id, result.event, document, result.original, result.named, self._envelope.request_id)
        self._opened.events.append(event)

    def _reject(self, index: int, refused: Refused) -> None:
        rejection = Rejection.of(
            self._envelope, refused.reason, self._original(index), refused.message_id, refused.original, self._shared
        )
        self._opened.rejections.append(rejection)

    @cached_property
    def _shared(self) -> dict[str, Any]:
        """Measured once for the batch, however many of its events are rejected."""
        return shared_by(self._around)

    def _original(self, index: int) -> bytes:
        """The event as it was sent; the whole request where the client sent it alone."""
        return self._slices[index].encode("utf-8", "surrogatepass") if self._slices else self._payload

    @cached_property
    def _slices(self) -> list[str]:
        return batch_slices(self._payload.decode()) if self._envelope.kind == "batch" else []
