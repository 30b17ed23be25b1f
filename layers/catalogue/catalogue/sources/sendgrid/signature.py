"""SendGrid's signature: ECDSA over the time and the body, with a key of its own for each webhook.

https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/getting-started-event-webhook-security-features
"""

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sluice.sources.hook import Hook
from sluice.sources.signature import is_recent

_SIGNATURE = "x-twilio-email-event-webhook-signature"
_TIMESTAMP = "x-twilio-email-event-webhook-timestamp"


@dataclass(frozen=True, slots=True)
class Ecdsa:
    """A signature that one of several public keys verifies. A key is written as its page shows it, with PEM or without.

    SendGrid sends for 24 hours what was not taken, and does not say whether it signs that anew. What is sent twice in
    that time has the same id.
    """

    tolerance: int = 86_400

    def __call__(self, hook: Hook, secrets: Sequence[str], now: float) -> bool:
        timestamp = hook.headers.get(_TIMESTAMP, "")
        if not is_recent(timestamp, now, self.tolerance):
            return False
        try:
            signature = base64.b64decode(hook.headers.get(_SIGNATURE, ""), validate=True)
        except (binascii.Error, ValueError):
            return False
        message = timestamp.encode() + hook.body
        return any(_verifies(each, signature, message) for each in secrets)


def _verifies(key: str, signature: bytes, message: bytes) -> bool:
    # `cryptography` takes longer to import than everything else of the hook function.
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ec import ECDSA
    from cryptography.hazmat.primitives.hashes import SHA256

    public = _public_key(key)
    if public is None:
        return False
    try:
        public.verify(signature, message, ECDSA(SHA256()))
    except InvalidSignature:
        return False
    return True


@lru_cache(64)
def _public_key(text: str) -> Any:
    """Return the public key, None for what is none."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
    from cryptography.hazmat.primitives.serialization import load_der_public_key

    bare = "".join(line for line in text.splitlines() if not line.startswith("-----"))
    try:
        key = load_der_public_key(base64.b64decode(bare, validate=True))
    except (binascii.Error, ValueError, UnsupportedAlgorithm):
        return None
    return key if isinstance(key, EllipticCurvePublicKey) else None
