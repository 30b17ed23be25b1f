"""The signatures of links: `sig` covers the target alone, `signature` all parameters before it."""

import base64
import binascii
from collections.abc import Iterable, Sequence
from typing import NamedTuple
from urllib.parse import quote

from sluice.spec.query import pairs


class SignedQuery(NamedTuple):
    """The parameters that a signature covers, written as they are signed."""

    query: str
    signature: str


def signed_query(raw_query: str) -> SignedQuery | None:
    """Return what stands before `signature` and its value; None without one. Raises InvalidQueryError.

    Names and values are decoded and written again, so it does not matter how a mail tool encodes them. What stands
    behind the signature was added on the way and is left out.
    """
    found = pairs(raw_query)
    at = next((number for number, (name, _) in enumerate(found) if name == "signature"), None)
    return None if at is None else SignedQuery(canonical(found[:at]), found[at][1])


def canonical(parameters: Iterable[tuple[str, str]]) -> str:
    """Return the query string that is signed: all is percent-encoded but letters, digits and `-._~`."""
    return "&".join(f"{_encoded(name)}={_encoded(value)}" for name, value in parameters)


def is_expired(expires: str | None, now: float) -> bool:
    """Return whether the link has expired. `expires` is in Unix seconds; what is no such number has expired."""
    if expires is None:
        return False
    return not (expires.isascii() and expires.isdigit() and len(expires) <= 12) or int(expires) < now


def is_signed(text: str, signature: str, keys: Sequence[str]) -> bool:
    """Return whether one of the keys, Ed25519 in base64, signed the text. A signature may be URL-safe base64."""
    if not keys or not signature:
        return False
    try:
        raw = base64.b64decode(signature.translate({45: 43, 95: 47}) + "=" * (-len(signature) % 4), validate=True)
    except (binascii.Error, ValueError):
        return False
    return any(_verifies(key, raw, text.encode("utf-8", "surrogatepass")) for key in keys)


def _encoded(text: str) -> str:
    return quote(text, safe="", errors="surrogatepass")


def _verifies(key: str, signature: bytes, text: bytes) -> bool:
    # Here, because it costs a cold start that few sources need.
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        Ed25519PublicKey.from_public_bytes(base64.b64decode(key)).verify(signature, text)
    except (InvalidSignature, ValueError):
        return False
    return True
