"""Any webhook: its signature, its items and its events are said in the workspace."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from sluice import fql, mapping
from sluice.sources import split
from sluice.sources.hook import Signature
from sluice.sources.settings import Secret, settings
from sluice.sources.signature import STANDARD_WEBHOOKS, AnyOf, BasicPassword, HeaderValue, Hmac, PathToken
from sluice.sources.source import Rule, Source

_SPLITS: Mapping[str, split.Split] = {
    "json": split.json_items,
    "lines": split.json_lines,
    "form": split.form,
}
_CHOICES: Mapping[str, Sequence[str]] = {
    "digest": ("sha1", "sha256", "sha512"),
    "encoding": ("hex", "base64"),
    "key": ("text", "base64"),
}
_HMAC = (
    "header",
    "over",
    "digest",
    "encoding",
    "prefix",
    "separator",
    "timestamp",
    "id",
    "tolerance",
    "key",
    "key_prefix",
)
_EVENT = ("trigger", "mapping")
_HEADER = re.compile(r"_headers\.([a-z0-9_]+)")


@settings
class Settings:
    """`signature` says how a hook is proven, and `events` what becomes of it; `token` is a secret in its address.

    Without `split` the body is one event in JSON, or a list of them.
    """

    signature: dict[str, Any] | None = None
    token: Secret | list[Secret] = Secret("")
    split: str = "json"
    events: list[dict[str, Any]] | None = None
    user_id: str = ""
    public_url: str = ""

    def __post_init__(self) -> None:
        """Raise ValueError with everything that is wrong, so that the build says it."""
        if not self.signature and not self.token:
            raise ValueError("say `signature` or `token`: without one of them anybody could send events")
        signature_of(self)
        split_of(self.split)
        rules_of(self.events or ())


def signature_of(declared: Settings) -> Signature:
    """Return how hooks are proven. Raises ValueError."""
    if not declared.signature:
        return PathToken()
    options = {name: value for name, value in declared.signature.items() if name != "secret"}
    if "secret" not in declared.signature:
        raise ValueError("`signature` needs a `secret`")
    scheme = options.pop("scheme", "hmac")
    if scheme == "standard-webhooks" and not options:
        return STANDARD_WEBHOOKS
    if scheme == "basic" and not options:
        return BasicPassword()
    if scheme == "header" and set(options) <= {"header", "prefix"} and options.get("header"):
        return HeaderValue(**options)
    if scheme != "hmac":
        raise ValueError(
            "the `scheme` of a signature is hmac; or standard-webhooks or basic, with nothing but `secret`; or header, "
            "with the `header` whose value is the secret, and perhaps a `prefix`"
        )
    return _hmac(options)


def _hmac(options: dict[str, Any]) -> Hmac:
    if unknown := sorted(set(options) - set(_HMAC)):
        raise ValueError(f"`signature` has no {', '.join(unknown)}; it has {', '.join(_HMAC)} and secret")
    if not options.get("header"):
        raise ValueError("`signature` needs the `header` that it stands in")
    for name, choices in _CHOICES.items():
        if options.get(name, choices[0]) not in choices:
            raise ValueError(f"`{name}` of `signature` is one of {', '.join(choices)}")
    if not all(isinstance(value, str) for name, value in options.items() if name != "tolerance"):
        raise ValueError("`signature` has texts, and a number as `tolerance`")
    if not isinstance(tolerance := options.get("tolerance", 0), int) or not 0 <= tolerance <= 86_400:
        raise ValueError("`tolerance` is a number of seconds, up to 86400")
    for place in ("timestamp", "id"):
        if f"{{{place}}}" in str(options.get("over")) and not options.get(place):
            raise ValueError(f"`over` has {{{place}}}, so say which header `{place}` stands in")
    return Hmac(**options)


def split_of(text: str) -> split.Split:
    """Return how a body becomes items: `json`, `lines`, `form`, or the path of a list. Raises ValueError."""
    if text.startswith("$"):
        return split.at(text)
    if (found := _SPLITS.get(text)) is None:
        raise ValueError(f"`split` is one of {', '.join(_SPLITS)}, or the path of a list, as $.items")
    return found


def rules_of(events: Sequence[Mapping[str, Any]]) -> Sequence[Rule]:
    """Return the rules of `events`. Raises ValueError with the place of what is wrong."""
    rules: list[Rule] = []
    for number, each in enumerate(events):
        where = f"events.{number}"
        if unknown := sorted(set(each) - set(_EVENT)):
            raise ValueError(f"{where} has no {', '.join(unknown)}; it has {' and '.join(_EVENT)}")
        trigger, shape = each.get("trigger", "all"), each.get("mapping")
        if not isinstance(trigger, str) or not isinstance(shape, dict) or not shape:
            raise ValueError(f"{where} needs a `mapping`, and its `trigger` is a text")
        try:
            fql.parse(trigger)
        except fql.FqlError as error:
            raise ValueError(f"{where}.trigger: {error}") from error
        for place, text in mapping.errors(shape):
            raise ValueError(f"{where}.mapping.{'.'.join(map(str, place))}: {text}")
        rules.append(Rule(trigger=trigger, mapping=shape, suffix=str(number) if number else ""))
    return rules


def secrets(declared: Settings) -> Sequence[str]:
    """Return the secrets of the signature, or of the address."""
    found = declared.signature["secret"] if declared.signature else declared.token
    return [each for each in (found if isinstance(found, list) else [found]) if each]


def _adapted(generic: Source[Settings], declared: Settings) -> Source[Settings]:
    events = declared.events or ()
    return replace(
        generic,
        signature=signature_of(declared),
        split=split_of(declared.split),
        rules=rules_of(events),
        headers=sorted({name.replace("_", "-") for name in _HEADER.findall(str(events))}),
    )


source = Source(
    type="webhook",
    title="Any webhook",
    description="What a tool without a type of its own sends: signature, items and events are said in the workspace.",
    setup="Give the tool the address of the hook, and the secret or token to sign with.",
    documentation="../writing-a-source.md",
    settings=Settings,
    signature=AnyOf(()),
    secrets=secrets,
    name=(("$.type", "$.event", "$.event_type", "$.name"),),
    message_id=(("$.id", "$.event_id", "$.uuid"),),
    timestamp=("$.timestamp", "$.created_at", "$.created", "$.time"),
    adapted=_adapted,
)
