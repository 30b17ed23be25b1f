"""A source: how a vendor signs its hooks, and what of them becomes events."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sluice.sources.hook import OK, Answer, Handshake, Signature, no_handshake
from sluice.sources.signature import HeaderValue
from sluice.sources.split import Split, json_items

#: A path into an item, `$.data.id`, or several, of which the first that has a value counts.
type Paths = str | tuple[str, ...]

#: Where an item has the headers that a source names: `$._headers.x_shopify_topic`; in FQL without `$.`.
HEADERS = "_headers"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """An event that items become for which `trigger`, in FQL, holds.

    `mapping` is its fields in Segment's mapping language: `type`, which is track if it is left out, `event`, which is
    the vendor's name in words then, `properties`, `traits`, `context`, and ids, where the source's are not meant. An
    item for which several rules hold becomes several events, whose ids `suffix` tells apart.
    """

    trigger: str
    mapping: Mapping[str, Any]
    suffix: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """The person that an item is about. All are paths into the prepared item.

    `user_id` is where users put their own id. A source's setting `user_id` comes before it, which is a path into what
    the vendor sent. Without one, the e-mail
    address is the `anonymousId`, as Segment has it for tools that send mail, or else one of `anonymous_ids`, behind its
    prefix. The address is a trait in any case. `external_ids` go to `context.externalIds` by their type.
    https://segment.com/docs/connections/sources/catalog/cloud-apps/customer.io/
    """

    user_id: Paths = ()
    email: Paths = ()
    anonymous_ids: tuple[tuple[str, Paths], ...] = ()
    external_ids: tuple[tuple[str, Paths], ...] = ()


def own_secrets(settings: Any) -> Sequence[str]:
    """Return the secrets in the setting `secret`, which is one, or a list of them during a rotation."""
    return _listed(settings.secret)


def own_tokens(settings: Any) -> Sequence[str]:
    """Return those in the setting `token`."""
    return _listed(settings.token)


def _listed(secret: str | Sequence[str]) -> Sequence[str]:
    return [each for each in ([secret] if isinstance(secret, str) else secret) if each]


#: Spelt out here, because a source has a field called `type`.
type SettingsClass[S] = type[S]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Source[S]:
    """A type of source.

    `settings` are a class with the field `user_id` at least, and `secrets` finds theirs. `headers` are those that rules
    read. `prepare` changes an item where data cannot say how, also in place, and returns None for one that the settings
    leave out. `name` has the parts of the vendor's name of an event; `events` has the Spec's name for those, joined by
    spaces, of which the words would not be it. `message_id` has the parts of an id that stays the same when the vendor
    sends the event again; without them it is a digest of the item. `context` is a mapping for every event, `other` one
    for items for which no rule holds. Events of a source that `passes` are Segment's own, and keep their ids. `answer`
    is what the vendor hears when its hook was taken. `adapted` changes the source by its settings.
    """

    type: str
    title: str
    description: str
    #: Markdown: what to do at the vendor, and where it says so.
    setup: str
    documentation: str
    settings: SettingsClass[S]
    signature: Signature
    secrets: Callable[[S], Sequence[str]] = own_secrets
    handshake: Handshake = no_handshake
    split: Split = json_items
    headers: Sequence[str] = ()
    prepare: Callable[[dict[str, Any], S], dict[str, Any] | None] = lambda item, _: item
    name: Sequence[Paths] = ()
    events: Mapping[str, str] = field(default_factory=dict)
    message_id: Sequence[Paths] = ()
    timestamp: Paths = ()
    identity: Identity = Identity()
    context: Mapping[str, Any] = field(default_factory=dict)
    rules: Sequence[Rule] = ()
    other: Mapping[str, Any] = field(default_factory=lambda: {"properties": {"@path": "$."}})
    passes: bool = False
    answer: Answer = OK
    adapted: Callable[["Source[S]", S], "Source[S]"] = lambda source, _: source


def in_header[S](source: Source[S], settings: Any) -> Source[S]:
    """Return the source with its secret in the setting `header`, if that names one."""
    return replace(source, signature=HeaderValue(settings.header)) if settings.header else source
