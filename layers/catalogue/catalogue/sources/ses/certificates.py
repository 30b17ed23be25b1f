"""The certificates that SNS signs with."""

import base64
import binascii
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from sluice.sources.hook import Fetch, UndecidedError


@dataclass(frozen=True, slots=True)
class Certificate:
    """A key of RSA, and from when to when it may be used."""

    key: Any
    first: datetime
    last: datetime

    def verifies(self, signature: Any, version: Any, text: bytes, now: float) -> bool:
        """Return whether it verifies a signature in base64 at the Unix time `now`; `1` is by SHA-1, `2` by SHA-256."""
        # `cryptography` takes longer to import than everything else of the hook function.
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
        from cryptography.hazmat.primitives.hashes import SHA1, SHA256

        if version not in ("1", "2") or not self.first <= datetime.fromtimestamp(now, UTC) <= self.last:
            return False
        try:
            given = base64.b64decode(str(signature), validate=True)
            self.key.verify(given, text, PKCS1v15(), SHA1() if version == "1" else SHA256())  # noqa: S303
        except (InvalidSignature, binascii.Error, ValueError):
            return False
        return True


@lru_cache(8)
def certificate_at(url: str, fetch: Fetch) -> Certificate:
    """Return the certificate at an address, which never changes there. Raises UndecidedError where there is none."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
    from cryptography.x509 import load_pem_x509_certificate

    try:
        found = load_pem_x509_certificate(fetch(url))
        key = found.public_key()
    except (ValueError, UnsupportedAlgorithm) as error:
        raise UndecidedError("no certificate") from error
    if not isinstance(key, RSAPublicKey):
        raise UndecidedError("a certificate of another kind")
    return Certificate(key, found.not_valid_before_utc, found.not_valid_after_utc)
