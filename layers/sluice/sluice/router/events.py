"""Open an envelope: normalise its events, and find out what is wrong with the others."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cached_property
from typing import Any, NamedTuple

import orjson

from sluice.messages.envelope import Envelope
from sluice.router.envelope_kinds import Contents, EnvelopeKind, Translators, envelope_kind
from sluice.router.rejections import Rejection, shared_by
from sluice.spec import reasons
from sluice.spec.json import InvalidJsonError, write_event
from sluice.spec.limits import MAX_BATCH_EVENTS, MAX_EVENT_BYTES, MAX_HOOK_EVENTS, MAX_INFLATED_BYTES
from sluice.spec.normalisation import Arrival, Normalised, Refused, integrations_of, normalise
from sluice.spec.objects import OBJECT_NOT_VALID, archived, problem_of
from sluice.spec.query import InvalidQueryError
from sluice.spec.reasons import Reason
from sluice.spec.times import read
from sluice.workspace.compiled import UNKNOWN_SOURCE, Source, Workspace

#: From a source and an event of it to what the event does not say itself, in place. It never raises.
type Enrich = Callable[[Source, dict[str, Any]], None]

#: Where no source takes hooks.
NO_TRANSLATORS: Translators = {}


class Event(NamedTuple):
    """A good event: `document` is its JSON, `original` the client's own clock, `request` the id of its request."""

    source: str
    fields: dict[str, Any]
    document: bytes
    original: datetime | None
    named: bool
    request: str


@dataclass(slots=True, kw_only=True)
class OpenedRequest:
    """`source` is its id, or stands for one that nobody knows; `size` is that of the request, in bytes.

    `unreadable_times` counts the events whose own time cannot be read. `objects` are documents of the archive.
    """

    source: str
    size: int
    unreadable_times: int = 0
    events: list[Event] = field(default_factory=list)
    rejections: list[Rejection] = field(default_factory=list)
    objects: list[bytes] = field(default_factory=list)


#: From a raw event to a good one: `sluice.spec.normalisation.normalise`, or a test's that breaks.
type Normaliser = Callable[[Any, Arrival, int], Normalised | Refused]


def open_envelope(
    envelope: Envelope,
    workspace: Workspace,
    normaliser: Normaliser = normalise,
    translators: Translators = NO_TRANSLATORS,
    enrich: Enrich | None = None,
) -> OpenedRequest:
    """Open a request: everything in it ends in one of the two lists.

    Raises UndecodableError for a payload that we damaged, and UnknownKindError.
    """
    kind = envelope_kind(envelope.kind)
    payload = envelope.payload(MAX_INFLATED_BYTES)
    opened = OpenedRequest(source=envelope.source or UNKNOWN_SOURCE, size=len(payload))
    source = workspace.sources.get(envelope.source or "")
    if (reason := _refusal(envelope, source)) is not None or source is None:
        opened.rejections.append(Rejection.of(envelope, reason or reasons.UNKNOWN_SOURCE, payload))
        return opened
    try:
        contents = _translated(envelope, payload, translators) if kind.is_translated else kind.contents(payload)
    except (InvalidJsonError, InvalidQueryError, _NotTranslatedError):
        opened.rejections.append(Rejection.of(envelope, reasons.BAD_REQUEST, payload))
        return opened
    if kind.is_refused_empty and not contents.events:
        opened.rejections.append(Rejection.of(envelope, reasons.EMPTY_BATCH, payload))
        return opened
    if kind.is_object:
        _sort_objects(envelope, source, contents.events, opened)
        return opened
    if kind.is_translated and len(contents.events) > MAX_HOOK_EVENTS:
        opened.rejections.append(Rejection.of(envelope, reasons.BATCH_TOO_LARGE, payload))
        return opened
    raws = [_with_reader(each, envelope) for each in contents.events] if kind.is_by_browser else contents.events
    _Reader(envelope, kind, payload, source, normaliser, opened, enrich).read(raws, contents)
    return opened


def _sort_objects(envelope: Envelope, source: Source, found: Sequence[Any], opened: OpenedRequest) -> None:
    """Put each object among those for the archive, or among the rejections, one by one."""
    for collection, each in found:
        if problem_of(collection, each) is None:
            opened.objects.append(orjson.dumps(archived(source.id, envelope.received_at, collection, each)))
        else:
            original = orjson.dumps({"collection": collection, "objects": [each]})
            alone = replace(envelope, kind="object")
            opened.rejections.append(Rejection.of(alone, OBJECT_NOT_VALID, original))


class _NotTranslatedError(Exception):
    """No translator knows the source: it takes no hooks any more."""


def _translated(envelope: Envelope, payload: bytes, translators: Translators) -> Contents:
    """Return the events of a vendor's hook. Raises InvalidJsonError and _NotTranslatedError."""
    translator = translators.get(envelope.source or "")
    if translator is None:
        raise _NotTranslatedError(envelope.source)
    pairs = list(translator(payload, envelope.headers or {}))
    return Contents([event for event, _ in pairs], items=[item for _, item in pairs])


def _refusal(envelope: Envelope, source: Source | None) -> Reason | None:
    """Return why the whole request is rejected: the edge found a reason, or the workspace has one."""
    if source is not None and not source.enabled:
        return reasons.SOURCE_DISABLED
    return envelope.refused


def _with_reader(event: dict[str, Any], envelope: Envelope) -> dict[str, Any]:
    """Return an event that no SDK wrote with the browser and the reader that the envelope knows."""
    context = event.get("context")
    context = context if isinstance(context, dict) else {}
    known = {"userAgent": envelope.user_agent} if envelope.user_agent else {}
    named = event.get("userId") or event.get("anonymousId")
    reader = {} if named or not envelope.anonymous_id else {"anonymousId": envelope.anonymous_id}
    return {**event, **reader, "context": {**known, **context}}


class _Reader:
    """Reads the events of one request, one by one: a bad one costs the others nothing."""

    def __init__(
        self,
        envelope: Envelope,
        kind: EnvelopeKind,
        payload: bytes,
        source: Source,
        normaliser: Normaliser,
        opened: OpenedRequest,
        enrich: Enrich | None,
    ) -> None:
        self._envelope, self._kind, self._payload, self._source = envelope, kind, payload, source
        self._normalise, self._opened, self._enrich = normaliser, opened, enrich
        self._around: Mapping[str, Any] = {}
        self._raws: Sequence[Any] = ()
        self._items: Sequence[Any] = ()

    def read(self, raws: Sequence[Any], contents: Contents) -> None:
        self._around, self._raws, self._items = contents.shared, raws, contents.items
        arrival = self._arrival(contents.shared)
        for index, raw in enumerate(raws):
            if index >= MAX_BATCH_EVENTS and not self._kind.is_translated:
                self._reject(index, Refused(reasons.BATCH_TOO_LARGE))
            else:
                self._one(index, self._normalised(raw, arrival, index))

    def _normalised(self, raw: Any, arrival: Arrival, index: int) -> Normalised | Refused:
        """Return the event, or why it is rejected. A fault of ours rejects this event, and not the others."""
        if isinstance(raw, str) and self._kind.is_translated:
            return Refused(Reason(raw))
        try:
            return self._normalise(raw, arrival, index)
        except Exception:  # noqa: BLE001 - whatever it is
            return Refused(reasons.INTERNAL)

    def _arrival(self, shared: Mapping[str, Any]) -> Arrival:
        context, integrations = shared.get("context"), shared.get("integrations")
        return Arrival(
            name=self._envelope.request_id,
            received=read(self._envelope.received_at) or datetime.now(UTC),
            source_type="server" if self._source.is_hook else self._source.type,
            type=self._envelope.type,
            ip=self._envelope.ip,
            sent=read(shared.get("sentAt")),
            context=context if isinstance(context, dict) else {},
            integrations=integrations_of(integrations),
            written=self._original,
        )

    def _one(self, index: int, result: Normalised | Refused) -> None:
        if isinstance(result, Refused):
            self._reject(index, result)
            return
        if self._enrich is not None:
            self._enrich(self._source, result.event)
        try:
            document = write_event(result.event)
        except InvalidJsonError:
            self._reject(index, result.refused(reasons.BAD_REQUEST))
            return
        if len(document) > MAX_EVENT_BYTES and len(self._original(index)) > MAX_EVENT_BYTES:
            self._reject(index, result.refused(reasons.EVENT_TOO_LARGE))
            return
        event = Event(self._source.id, result.event, document, result.original, result.named, self._envelope.request_id)
        self._opened.events.append(event)
        self._opened.unreadable_times += result.is_unreadable

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
        """The event as it was sent, or what it was made of; the whole request where the client sent it alone."""
        if self._items:
            return orjson.dumps(self._items[index])
        return self._slices[index].encode("utf-8", "surrogatepass") if self._slices else self._payload

    @cached_property
    def _slices(self) -> list[str]:
        """The JSON of each event as it was sent; as it was read, where only forgiveness could read the batch."""
        if self._kind.slices is None:
            return []
        try:
            slices = self._kind.slices(self._payload.decode())
        except ValueError:
            slices = []
        if len(slices) == len(self._raws):
            return slices
        return [orjson.dumps(raw).decode() for raw in self._raws]
