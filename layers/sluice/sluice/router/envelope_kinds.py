"""The kinds of envelope: how the payload of each becomes raw events.

Another kind is another entry of `KINDS`. The edge names a kind in the envelope, and whoever reads a payload, be it the
router or a recovery from the archive, asks here how.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

from sluice.spec.batch_slices import batch_slices
from sluice.spec.json import InvalidJsonError, parse
from sluice.spec.lenient_json import text_of
from sluice.spec.query import link_events, pixel_event


class Contents(NamedTuple):
    """The raw events of a payload, and the fields that they share.

    An event that is known to be none is the reason why. `items` are what each was made of, where it is made.
    """

    events: Sequence[Any]
    shared: Mapping[str, Any] = {}
    items: Sequence[Any] = ()


class Translator(Protocol):
    """The way from hooks of a source to events; `sluice.sources.translator` has the one there is."""

    def __call__(self, payload: bytes, headers: Mapping[str, str], /) -> Iterable[tuple[Any, Any]]:
        """Return each event, or the reason why it is none, with the item it was made of. Raises InvalidJsonError."""
        ...


#: By the id of the source.
type Translators = Mapping[str, Translator]


class UnknownKindError(LookupError):
    """A kind of envelope that this code does not know; it may be one of a later version."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EnvelopeKind:
    """One kind: how its payload is read.

    `contents` raises InvalidJsonError or InvalidQueryError. `slices` returns the source text of each event, if several
    events share a payload. `json_kind` is the kind, `call` or `batch`, that says the same in JSON. `is_by_browser`
    marks requests that no SDK wrote: they say neither which browser sent them nor, often, who the reader is, and the
    envelope does. `is_refused_empty` rejects a payload without events. `is_translated` marks what a vendor sent, which
    the translator of its source reads, and not `contents`. `is_object` marks objects for warehouses, which are no
    events: each is its collection and what was sent of it.
    """

    contents: Callable[[bytes], Contents]
    slices: Callable[[str], list[str]] | None = None
    json_kind: str
    is_by_browser: bool = False
    is_refused_empty: bool = False
    is_translated: bool = False
    is_object: bool = False


def _batch(payload: bytes) -> Contents:
    document = parse(payload)
    if not isinstance(document, dict) or not isinstance(document.get("batch"), list):
        raise InvalidJsonError("no batch")
    return Contents(document["batch"], document)


def _objects(payload: bytes) -> Contents:
    document = parse(payload)
    if not isinstance(document, dict) or not isinstance(document.get("objects"), list):
        raise InvalidJsonError("no objects")
    return Contents([(document.get("collection"), each) for each in document["objects"]])


def _object_lines(payload: bytes) -> Contents:
    """Return the objects of a part of a bulk upload, each with its collection. A line that is no JSON is none."""
    found: list[Any] = []
    for line in payload.split(b"\n"):
        if line.strip():
            try:
                each = parse(line)
            except InvalidJsonError:
                each = line.decode(errors="replace")
            found.append((each.get("collection") if isinstance(each, dict) else None, each))
    return Contents(found)


KINDS: dict[str, EnvelopeKind] = {
    "call": EnvelopeKind(contents=lambda payload: Contents([parse(payload)]), json_kind="call"),
    "batch": EnvelopeKind(contents=_batch, slices=batch_slices, json_kind="batch", is_refused_empty=True),
    "pixel": EnvelopeKind(
        contents=lambda payload: Contents([pixel_event(text_of(payload))]), json_kind="call", is_by_browser=True
    ),
    "querystring": EnvelopeKind(
        contents=lambda payload: Contents(link_events(text_of(payload))), json_kind="batch", is_by_browser=True
    ),
    "object": EnvelopeKind(contents=_objects, json_kind="object", is_object=True),
    "object_lines": EnvelopeKind(contents=_object_lines, json_kind="object_lines", is_object=True),
    "hook": EnvelopeKind(contents=lambda _: Contents([]), json_kind="hook", is_translated=True),
}


def envelope_kind(name: str) -> EnvelopeKind:
    """Return the kind called `name`. Raises UnknownKindError."""
    try:
        return KINDS[name]
    except KeyError as error:
        raise UnknownKindError(name) from error
