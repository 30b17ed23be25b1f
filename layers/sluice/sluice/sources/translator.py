"""Translate hooks into events: a source's rules, compiled for one source of the workspace."""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import orjson

from sluice import fql, mapping
from sluice.javascript.numbers import text_of
from sluice.mapping import NOTHING, UnmappableError
from sluice.mapping.values import getter
from sluice.sources.source import HEADERS, Identity, Paths, Rule, Source
from sluice.sources.words import in_words
from sluice.spec import reasons
from sluice.spec.reasons import Reason
from sluice.spec.times import iso, read

NOT_UNDERSTOOD = reasons.reason(
    "hook_not_understood", "The vendor's signature is right, and what it sent is not of a form that the source knows."
)
LEFT_OUT = reasons.reason("hook_left_out", "The settings of the source leave out such events, as those of a sandbox.")

type _Find = Callable[[Any], Any]
type _Text = Callable[[Any], str]


class Translated(NamedTuple):
    """An event as a client would send it, or why there is none, and the item that it comes from."""

    event: dict[str, Any] | Reason
    item: Any


@dataclass(frozen=True, slots=True)
class _Rule:
    holds: fql.Condition
    fields: Mapping[str, mapping.Mapped]
    suffix: str


class Translator:
    """A source of the workspace: its type, compiled with its id and settings. Secrets are not needed."""

    def __init__(self, source: Source[Any], source_id: str, settings: Any) -> None:
        """Compile the rules. Raises fql.FqlError or mapping.MappingError."""
        source = source.adapted(source, settings)
        self._source, self._id, self._settings = source, source_id, settings
        self._name = [_text(paths) for paths in source.name]
        self._message_id = [_text(paths) for paths in source.message_id]
        self._timestamp = _first(source.timestamp)
        self._own_user_id = _text(settings.user_id or ())
        self._person = _Person(source_id, source.identity)
        self._context = _fields(source.context)
        self._rules = [_rule(each) for each in source.rules]
        self._other = _Rule(lambda _: True, _fields(source.other), "")
        self._library = {"name": f"sluice-{source.type}"}

    @property
    def headers(self) -> Sequence[str]:
        """Return the names of the headers that the rules read."""
        return self._source.headers

    def __call__(self, payload: bytes, headers: Mapping[str, str]) -> Iterator[Translated]:
        """Yield the events of a payload, one for each rule that holds for an item. Raises InvalidJsonError."""
        for item in self._source.split(payload):
            yield from self._item(item, headers)

    def _item(self, item: Any, headers: Mapping[str, str]) -> Iterator[Translated]:
        if not isinstance(item, dict):
            yield Translated(NOT_UNDERSTOOD, item)
            return
        original, own = orjson.dumps(item), self._own_user_id(item)
        try:
            prepared = self._source.prepare({**item, HEADERS: headers} if headers else item, self._settings)
            if prepared is None:
                yield Translated(LEFT_OUT, orjson.Fragment(original))
                return
            if self._source.passes:
                yield Translated(prepared, orjson.Fragment(original))
                return
            rules = [rule for rule in self._rules if rule.holds(prepared)] or [self._other]
            events = [self._event(rule, prepared, original, own) for rule in rules]
        except (UnmappableError, LookupError, TypeError, ValueError, AttributeError):
            yield Translated(NOT_UNDERSTOOD, orjson.Fragment(original))
            return
        for event in events:
            yield Translated(event, orjson.Fragment(original))

    def _event(self, rule: _Rule, item: dict[str, Any], original: bytes, own: str) -> dict[str, Any]:
        event: dict[str, Any] = {"type": "track"}
        event.update(_mapped(rule.fields, item))
        if event["type"] == "track" and not event.get("event"):
            event["event"] = self._named(item)
        event["messageId"] = self._message(event.get("messageId"), rule.suffix, item, original)
        timestamp = read(event["timestamp"] if "timestamp" in event else self._timestamp(item))
        event.pop("timestamp", None)
        if timestamp is not None:
            event["timestamp"] = iso(timestamp)
        found = _mapped(self._context, item) | (event.get("context") or {})
        context = {"library": self._library, **{name: value for name, value in found.items() if value is not None}}
        event["context"] = context
        self._person.put(event, context, item, own)
        return event

    def _named(self, item: dict[str, Any]) -> str:
        parts = [text for part in self._name if (text := part(item))]
        if known := self._source.events.get(" ".join(parts)):
            return known
        return " ".join(filter(None, map(in_words, parts))) or "Webhook Received"

    def _message(self, given: Any, suffix: str, item: Any, original: bytes) -> str:
        parts = [_as_text(given)] if given not in (None, "") else [part(item) for part in self._message_id]
        if not any(parts):
            parts = [hashlib.sha256(original).hexdigest()[:32]]
        return ":".join([self._id, *filter(None, parts), *([suffix] if suffix else [])])


class _Person:
    """Whom an item is about, put into its event."""

    def __init__(self, source_id: str, identity: Identity) -> None:
        self._nobody = source_id
        self._user_id = _text(identity.user_id)
        self._email = _text(identity.email)
        self._anonymous_ids = [(prefix, _text(paths)) for prefix, paths in identity.anonymous_ids]
        self._external_ids = [(kind, _text(paths)) for kind, paths in identity.external_ids]

    def put(self, event: dict[str, Any], context: dict[str, Any], item: Any, own: str) -> None:
        """Put ids into an event that has none of its own; one about nobody gets the source's id.

        `own` is what the setting `user_id` found in what the vendor sent.
        """
        email = self._email(item)
        if email:
            context["traits"] = {"email": email, **(context.get("traits") or {})}
        external = [
            {"id": found, "type": kind, "collection": "users", "encoding": "none"}
            for kind, find in self._external_ids
            if (found := find(item))
        ]
        if external:
            context["externalIds"] = external
        if event.get("userId") or event.get("anonymousId"):
            return
        if user := own or self._user_id(item):
            event["userId"] = user
            return
        ids = (prefix + found for prefix, find in self._anonymous_ids if (found := find(item)))
        event["anonymousId"] = email or next(ids, self._nobody)


def _rule(rule: Rule) -> _Rule:
    return _Rule(fql.compile(rule.trigger), _fields(rule.mapping), rule.suffix)


def _fields(document: Mapping[str, Any]) -> Mapping[str, mapping.Mapped]:
    return {name: mapping.compile(each) for name, each in document.items()}


def _mapped(fields: Mapping[str, mapping.Mapped], item: Any) -> dict[str, Any]:
    found = {name: value for name, field in fields.items() if (value := field(item)) is not NOTHING}
    whole = found.get("properties")
    if type(whole) is dict and HEADERS in whole:
        found["properties"] = {name: value for name, value in whole.items() if name != HEADERS}
    return found


def _listed(paths: Paths) -> tuple[str, ...]:
    return (paths,) if isinstance(paths, str) else paths


def _first(paths: Paths) -> _Find:
    """Return a function that finds the first value at one of `paths` that is neither null nor empty."""
    getters = [getter(path) for path in _listed(paths)]

    def find(item: Any) -> Any:
        for get in getters:
            if (value := get(item)) is not NOTHING and value is not None and value != "":
                return value
        return None

    return find


def _text(paths: Paths) -> _Text:
    find = _first(paths)
    return lambda item: _as_text(find(item))


def _as_text(value: Any) -> str:
    """Return an id as text: numbers as JavaScript writes them, whole ones to the last digit. Others are none."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool) or not isinstance(value, int | float):
        return ""
    return str(value) if isinstance(value, int) else text_of(value)
