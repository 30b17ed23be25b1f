"""Twilio's signature. https://www.twilio.com/docs/usage/webhooks/webhooks-security

A form is signed together with the address. A body in JSON is not: its digest is a part of the address.
Keys of one's own sign with SHA-256: https://www.twilio.com/docs/usage/webhooks/webhook-shared-keys
"""

import hashlib
from collections.abc import Sequence
from urllib.parse import parse_qs, urlsplit

from sluice.sources.hook import Hook
from sluice.sources.signature import AnyOf, Hmac, Readdressed, is_any

_PORTS = {"https": 443, "http": 80}


def with_and_without_port(url: str) -> Sequence[str]:
    """Return an address with its port and without: Twilio writes either."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return ()
    bare = parts.netloc.removesuffix(f":{port}") if port else parts.netloc
    ported = f"{bare}:{port or _PORTS.get(parts.scheme, 443)}"
    # Not put together again from its parts, as Twilio signs each letter of it.
    return [url.replace(parts.netloc, netloc, 1) for netloc in (bare, ported)]


def _digest(url: str) -> str | None:
    """Return the digest of the body that an address names, None where it names none."""
    try:
        found = parse_qs(urlsplit(url).query, keep_blank_values=True, max_num_fields=100).get("bodySHA256")
    except ValueError:
        return None
    return found[0] if found else None


def _over(signed: str) -> Readdressed:
    hashes = (Hmac("x-twilio-signature", over=signed, digest="sha1", encoding="base64"),
              Hmac("x-twilio-signature", over=signed, digest="sha256", encoding="base64"))  # fmt: skip
    return Readdressed(AnyOf(hashes), with_and_without_port)


_FORM, _JSON = _over("{url}{form}"), _over("{url}")


def signature(hook: Hook, secrets: Sequence[str], now: float) -> bool:
    """Return whether Twilio signed the hook."""
    if (digest := _digest(hook.url)) is None:
        return _FORM(hook, secrets, now)
    return is_any([digest], [hashlib.sha256(hook.body).hexdigest()], is_hex=True) and _JSON(hook, secrets, now)
