"""The access token of a service account: what its key signs is exchanged for one that holds an hour.

https://developers.google.com/identity/protocols/oauth2/service-account
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import jwt
import orjson
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from sluice.warehouses.warehouse import RefusedError

#: The only address that a signed request is sent to, whatever the key says.
ADDRESS = "https://oauth2.googleapis.com/token"
SCOPE = "https://www.googleapis.com/auth/bigquery"
_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
#: Seconds that a signed request holds, the most that Google takes, and those before its end at which a token is old.
_LIFE, _MARGIN = 3600, 120
_NO_KEY = "`credentials` is no key of a service account: it must be the JSON that Google gives, whole"


@dataclass(frozen=True, slots=True)
class Key:
    """The key of a service account."""

    account: str
    private_key: RSAPrivateKey = field(repr=False)
    key_id: str = ""


def key_of(text: str) -> Key:
    """Return the key in the JSON of one. Raises RefusedError, which shows nothing of it."""
    try:
        found: Any = orjson.loads(text)
    except orjson.JSONDecodeError:
        found = None
    wanted = ("client_email", "private_key")
    if not isinstance(found, dict) or not all(isinstance(found.get(name), str) and found[name] for name in wanted):
        raise RefusedError(_NO_KEY)
    if found.get("token_uri", ADDRESS) != ADDRESS:
        raise RefusedError(f"the `token_uri` of `credentials` must be {ADDRESS}")
    try:
        private_key = load_pem_private_key(found["private_key"].encode(), None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise RefusedError(_NO_KEY) from None  # the error may show the key
    if not isinstance(private_key, RSAPrivateKey):
        raise RefusedError(_NO_KEY)
    return Key(found["client_email"], private_key, str(found.get("private_key_id", "")))


class AccessToken:
    """The token of an account. `post` sends a form to an address, and returns the JSON of the answer."""

    def __init__(self, key: Key, post: Callable[[str, bytes], Any], now: Callable[[], float] = time.time) -> None:
        self._key, self._post, self._now = key, post, now
        self._token, self._until = "", 0.0

    def __call__(self, *, is_refreshed: bool = False) -> str:
        """Return a token that holds for a while, a new one if that is wanted. Raises UnavailableError."""
        if is_refreshed or self._now() >= self._until:
            form = urlencode({"grant_type": _GRANT, "assertion": self._signed()})
            answer = self._post(ADDRESS, form.encode())
            token = answer.get("access_token") if isinstance(answer, dict) else None
            if not isinstance(token, str) or not token.isascii() or not token.isprintable():
                raise RefusedError("Google gives no token")
            self._token = token
            self._until = self._now() + float(answer.get("expires_in", _LIFE)) - _MARGIN
        return self._token

    def _signed(self) -> str:
        now = int(self._now())
        claims = {"iss": self._key.account, "scope": SCOPE, "aud": ADDRESS, "iat": now, "exp": now + _LIFE}
        headers = {"kid": self._key.key_id} if self._key.key_id else None
        return jwt.encode(claims, self._key.private_key, algorithm="RS256", headers=headers)
