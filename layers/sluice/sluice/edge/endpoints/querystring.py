"""GET /v1/q/<write key>?ajs_…: a click becomes events, and then a redirect to where the source allows it."""

import base64
import binascii
from urllib.parse import parse_qsl, urlencode

from sluice.edge.authorization import wants_proof
from sluice.edge.bots import is_automated
from sluice.edge.redirect import Address, address_of
from sluice.edge.request import Request
from sluice.edge.responses import Response, refusal
from sluice.edge.result import Result, seal
from sluice.spec import reasons
from sluice.spec.query import InvalidQueryError, link_events, parameters
from sluice.spec.reasons import Reason
from sluice.workspace.compiled import Source, Workspace

_NO_STORE = {"cache-control": "no-store"}
_PAGE = (
    b"<!doctype html><meta charset=utf-8><title>Link</title>"
    b"<p>This link leads to a place that its sender has not approved."
)


def collect(request: Request, workspace: Workspace) -> Result:
    source = workspace.source_of(request.segments[-1] if len(request.segments) == 3 else "")
    if source is None:
        return Result(refusal(404, "not_found", "There is no source with this write key."), None, "unknown_source")
    try:
        events, given = link_events(request.query), parameters(request.query)
    except InvalidQueryError:
        return Result(refusal(400, "invalid_query", "The query string cannot be read."), None, "invalid_query")
    refused: Reason | None = (
        reasons.UNAUTHORIZED if wants_proof(source) else reasons.AUTOMATED if is_automated(request) else None
    )
    payload = request.query.encode("utf-8", "surrogatepass")
    envelope = seal(request, "querystring", payload, source=source.id, refused=refused) if events else None
    return Result(
        _answer(given, source), envelope, refused, is_retried=False, is_limited=refused == reasons.UNAUTHORIZED
    )


def _answer(given: dict[str, str], source: Source) -> Response:
    """No open redirector: only to hosts on the source's list, or where its owner has signed."""
    target = given.get("url")
    if target is None:
        return Response(204, headers=_NO_STORE)
    address = address_of(target)
    if address is not None and (_is_allowed(address, source) or _is_signed(target, given.get("sig", ""), source)):
        return Response(302, headers={"location": _with_campaign(address, given), **_NO_STORE})
    return Response(200, _PAGE, {"content-type": "text/html; charset=utf-8", **_NO_STORE})


def _is_allowed(address: Address, source: Source) -> bool:
    """Return whether the source names the host, with the scheme's own port or without."""
    port = 443 if address.scheme == "https" else 80
    return address.host in source.redirect_hosts or f"{address.host}:{port}" in source.redirect_hosts


def _with_campaign(address: Address, given: dict[str, str]) -> str:
    """Return the address with the link's utm parameters, except those of which it has its own."""
    own = {name for name, _ in parse_qsl(address.query, keep_blank_values=True)}
    more = urlencode([(name, value) for name, value in given.items() if name.startswith("utm_") and name not in own])
    return str(address._replace(query="&".join(filter(None, (address.query, more)))))


def _is_signed(target: str, signature: str, source: Source) -> bool:
    """`sig` is an Ed25519 signature of the target as it is in `url`, in base64, URL-safe or not."""
    if not source.redirect_keys or not signature:
        return False
    try:
        raw = base64.b64decode(signature.translate({45: 43, 95: 47}) + "=" * (-len(signature) % 4), validate=True)
    except (binascii.Error, ValueError):
        return False
    return any(_verifies(key, raw, target.encode("utf-8", "surrogatepass")) for key in source.redirect_keys)


def _verifies(key: str, signature: bytes, text: bytes) -> bool:
    # Here, because it costs a cold start that few sources need.
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        Ed25519PublicKey.from_public_bytes(base64.b64decode(key)).verify(signature, text)
    except (InvalidSignature, ValueError):
        return False
    return True
