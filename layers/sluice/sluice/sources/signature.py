"""Signatures of vendors. Most are one HMAC, and differ in what is joined, how it is written and where it stands.

All are made over the raw bytes, compared in constant time, and tried with each secret, so that a secret can be rotated.
"""

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal
from urllib.parse import parse_qsl

from sluice.sources.hook import Hook, Signature
from sluice.spec.times import read

#: Seconds that a signature may be old, or ahead of our clock, where a vendor does not say.
TOLERANCE = 300
#: Signatures in one header that are looked at. During a rotation a vendor sends two or three.
_MOST_SIGNATURES = 8
#: Fields of a form that is signed. Each costs work, and anyone can send one.
_MOST_FIELDS = 1000
_PLACE = re.compile(r"\{(body|timestamp|url|method|id|form)\}")


@dataclass(frozen=True)
class Hmac:
    """An HMAC in a header.

    `over` is what is signed: text with {body}, {timestamp}, {url}, {method}, {id} and {form} in it, which is each name
    and value of a form, sorted. `timestamp` and `id` name their headers; one that ends with `=` is a part of the
    signature's own header. `separator` stands between several signatures, of which those with `prefix` count.
    `key` is how the secret is written, after `key_prefix`.
    """

    header: str
    over: str = "{body}"
    digest: Literal["sha1", "sha256", "sha512"] = "sha256"
    encoding: Literal["hex", "base64"] = "hex"
    prefix: str = ""
    separator: str = ""
    timestamp: str = ""
    id: str = ""
    tolerance: int = TOLERANCE
    key: Literal["text", "base64"] = "text"
    key_prefix: str = ""

    def __call__(self, hook: Hook, secrets: Sequence[str], now: float) -> bool:
        parts = self._parts(hook)
        timestamp = self._value(self.timestamp, hook, parts)
        if self.timestamp and not is_recent(timestamp, now, self.tolerance):
            return False
        given = [part[len(self.prefix) :] for part in parts if part.startswith(self.prefix)]
        message = self._value(self.id, hook, parts)
        # Text and the names of places take turns.
        try:
            signed = b"".join(
                _piece(text, hook, timestamp, message) if number % 2 else text.encode()
                for number, text in enumerate(self._pieces)
            )
        except ValueError:
            return False
        expected = [each for secret in secrets if (each := self._digest(secret, signed)) is not None]
        return is_any(given, expected, is_hex=self.encoding == "hex")

    @cached_property
    def _pieces(self) -> list[str]:
        return _PLACE.split(self.over)

    def _parts(self, hook: Hook) -> list[str]:
        value = hook.headers.get(self.header.lower(), "").strip()
        parts = value.split(self.separator, _MOST_SIGNATURES)[:_MOST_SIGNATURES] if self.separator else [value]
        return [part.strip() for part in parts]

    def _value(self, name: str, hook: Hook, parts: Sequence[str]) -> str:
        if name.endswith("="):
            return next((part.removeprefix(name) for part in parts if part.startswith(name)), "")
        return hook.headers.get(name.lower(), "").strip() if name else ""

    def _digest(self, secret: str, signed: bytes) -> str | None:
        key = secret.removeprefix(self.key_prefix).encode()
        if self.key == "base64":
            try:
                key = base64.b64decode(key, validate=True)
            except (binascii.Error, ValueError):
                return None
        made = hmac.digest(key, signed, self.digest)
        return made.hex() if self.encoding == "hex" else base64.b64encode(made).decode()


@dataclass(frozen=True, slots=True)
class HeaderValue:
    """The secret itself, as the value of a header, behind `prefix` if there is one."""

    header: str
    prefix: str = ""

    def __call__(self, hook: Hook, secrets: Sequence[str], _: float) -> bool:
        value = hook.headers.get(self.header.lower(), "").strip()
        return value.startswith(self.prefix) and is_any([value[len(self.prefix) :]], secrets)


@dataclass(frozen=True, slots=True)
class BasicPassword:
    """The secret as the password of HTTP Basic, whatever the user is."""

    def __call__(self, hook: Hook, secrets: Sequence[str], _: float) -> bool:
        scheme, _space, credentials = hook.headers.get("authorization", "").strip().partition(" ")
        if scheme.lower() != "basic":
            return False
        try:
            password = base64.b64decode(credentials.strip(), validate=True).decode().partition(":")[2]
        except (binascii.Error, ValueError):
            return False
        return is_any([password], secrets)


@dataclass(frozen=True, slots=True)
class PathToken:
    """The secret as the last part of the path, for vendors that sign nothing."""

    def __call__(self, hook: Hook, secrets: Sequence[str], _: float) -> bool:
        return is_any([hook.token], secrets)


@dataclass(frozen=True, slots=True)
class AnyOf:
    """Any of several signatures, as where a vendor has an old and a new one."""

    signatures: tuple[Signature, ...]

    def __call__(self, hook: Hook, secrets: Sequence[str], now: float) -> bool:
        return any(each(hook, secrets, now) for each in self.signatures)


@dataclass(frozen=True, slots=True)
class Readdressed:
    """A signature over the address as the vendor writes it. `forms` returns the ways in which it may."""

    signature: Signature
    forms: Callable[[str], Sequence[str]]

    def __call__(self, hook: Hook, secrets: Sequence[str], now: float) -> bool:
        return any(self.signature(replace(hook, url=url), secrets, now) for url in self.forms(hook.url))


def standard_webhooks(brand: str) -> Hmac:
    """Return the signature of Standard Webhooks, whose headers begin with `brand`: webhook, or svix.

    https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
    """
    return Hmac(
        header=f"{brand}-signature",
        over="{id}.{timestamp}.{body}",
        encoding="base64",
        prefix="v1,",
        separator=" ",
        timestamp=f"{brand}-timestamp",
        id=f"{brand}-id",
        key="base64",
        key_prefix="whsec_",
    )


STANDARD_WEBHOOKS = AnyOf((standard_webhooks("webhook"), standard_webhooks("svix")))


def is_recent(timestamp: str, now: float, tolerance: int = TOLERANCE) -> bool:
    """Return whether a time, Unix or ISO 8601, is within `tolerance` seconds of `now`, before it or after."""
    moment = read(timestamp[:40])
    return moment is not None and abs(moment.timestamp() - now) <= tolerance


def form_text(body: bytes) -> bytes:
    """Return each name of a form and its value, sorted, with nothing in between. Raises ValueError for no form.

    Were such a body signed as an empty one, whoever saw the signature of an address could put any body under it.
    """
    pairs = parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=_MOST_FIELDS)
    return "".join(name + value for name, value in sorted(set(pairs))).encode("utf-8", "surrogatepass")


def is_any(given: Sequence[str], expected: Sequence[str], *, is_hex: bool = False) -> bool:
    """Return whether one of `given` is one of `expected`, in a time that tells nothing. What is empty is neither."""
    found = False
    for one in given:
        for other in expected:
            left, right = _bytes(one.lower() if is_hex else one), _bytes(other)
            found |= bool(right) and hmac.compare_digest(hashlib.sha256(left).digest(), hashlib.sha256(right).digest())
    return found


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _piece(place: str, hook: Hook, timestamp: str, message: str) -> bytes:
    """Return the bytes that stand at a place of what is signed. Raises ValueError for a form that is none."""
    match place:
        case "body":
            return hook.body
        case "form":
            return form_text(hook.body)
        case "timestamp":
            return _bytes(timestamp)
        case "id":
            return _bytes(message)
        case "method":
            return _bytes(hook.method)
    return _bytes(hook.url)
