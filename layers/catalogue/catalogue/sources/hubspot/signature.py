"""HubSpot's signatures: the third version, and the first two, which older apps still get.

https://developers.hubspot.com/docs/guides/apps/authentication/validating-requests
"""

import hashlib
import re
from collections.abc import Sequence

from sluice.sources.hook import Hook
from sluice.sources.signature import AnyOf, Hmac, Readdressed, is_any

_HEADER = "x-hubspot-signature"
#: The escapes that HubSpot decodes before it signs. Its page can be read as with `?` or without.
_DECODED = re.compile(r"%(?:3A|2F|40|21|24|27|28|29|2A|2C|3B)", re.IGNORECASE)
_WITH_QUESTION_MARK = re.compile(r"%3F", re.IGNORECASE)


def decoded(url: str) -> Sequence[str]:
    """Return the forms in which HubSpot may have signed an address."""
    most = _DECODED.sub(lambda found: chr(int(found[0][1:], 16)), url)
    return list(dict.fromkeys([most, _WITH_QUESTION_MARK.sub("?", most), url]))


def digested(hook: Hook, secrets: Sequence[str], _: float) -> bool:
    """Return whether a plain digest of the secret and the hook proves it, as in the first two versions."""
    given = hook.headers.get(_HEADER, "").strip()
    line = f"{hook.method}{hook.url}".encode("utf-8", "surrogatepass")
    keys = [secret.encode("utf-8", "surrogatepass") for secret in secrets if secret]
    expected = [hashlib.sha256(key + part + hook.body).hexdigest() for key in keys for part in (b"", line)]
    return is_any([given], expected, is_hex=True)


signature = AnyOf((
    Readdressed(
        Hmac(
            f"{_HEADER}-v3",
            over="{method}{url}{body}{timestamp}",
            encoding="base64",
            timestamp="x-hubspot-request-timestamp",
        ),
        decoded,
    ),
    digested,
))  # fmt: skip
