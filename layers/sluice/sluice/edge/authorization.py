"""Authorize a request: a source may demand an origin, or a server's proof, beyond its write key."""

import hashlib
from collections.abc import Iterable
from urllib.parse import urlsplit

from sluice.edge.authentication import basic_password, bearer_token
from sluice.edge.request import Request
from sluice.spec import reasons
from sluice.spec.reasons import Reason
from sluice.workspace.compiled import Source, Token

#: Never `none`, and nothing symmetric: the keys of the workspace are public.
_ALGORITHMS = ["RS256", "ES256"]


def objection(request: Request, source: Source) -> Reason | None:
    """Why this request may not send for the source, or None."""
    if source.origins and _origin(request) not in source.origins:
        return reasons.ORIGIN_NOT_ALLOWED
    if wants_proof(source) and not _is_proven(request, source):
        return reasons.UNAUTHORIZED
    return None


def wants_proof(source: Source) -> bool:
    """Return whether the source demands a secret or a token; images and links can carry neither."""
    return bool(source.secrets_sha256) or source.token is not None


def _origin(request: Request) -> str | None:
    """Return the page's origin. Some browsers leave `Origin` out of requests to their own host."""
    if (origin := request.headers.get("origin")) is not None:
        return origin.lower()
    try:
        parts = urlsplit(request.headers.get("referer", ""))
    except ValueError:
        return None
    return f"{parts.scheme}://{parts.netloc}".lower() if parts.netloc else None


def _is_proven(request: Request, source: Source) -> bool:
    """Digests are compared, so how long that takes says nothing of the secret."""
    password = basic_password(request.headers)
    if password and hashlib.sha256(password.encode()).hexdigest() in source.secrets_sha256:
        return True
    token = bearer_token(request.headers)
    return source.token is not None and token is not None and _is_signed(token, source.token)


def _is_signed(token: str, trusted: Token) -> bool:
    return any(_verifies(token, key, trusted) for key in trusted.public_keys)


def _verifies(token: str, key: str, trusted: Token) -> bool:
    import jwt  # here, because it costs a cold start that few sources need

    required: Iterable[str] = ("exp", *(["iss"] if trusted.issuer else []), *(["aud"] if trusted.audience else []))
    try:
        jwt.decode(
            token,
            key,
            algorithms=_ALGORITHMS,
            issuer=trusted.issuer,
            audience=trusted.audience,
            options={"require": list(required), "verify_aud": trusted.audience is not None},
            leeway=30,
        )
    except jwt.PyJWTError:
        return False
    return True
