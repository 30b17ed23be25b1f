"""GET /v1/q/<write key>?ajs_…: a click becomes events, and then a redirect to where the source allows it."""

from typing import NamedTuple
from urllib.parse import parse_qsl, urlencode

from sluice.edge.authorization import wants_proof
from sluice.edge.bots import is_automated
from sluice.edge.link_signature import is_expired, is_signed, signed_query
from sluice.edge.redirect import Address, address_of
from sluice.edge.request import Request
from sluice.edge.responses import Response, refusal
from sluice.edge.result import REDIRECT_NOT_APPROVED, Result, seal
from sluice.spec import reasons
from sluice.spec.query import InvalidQueryError, link_events, parameters
from sluice.spec.reasons import Reason
from sluice.workspace.compiled import Source, Workspace

_NO_STORE = {"cache-control": "no-store"}
_PAGE = "<!doctype html><meta charset=utf-8><title>Link</title><p>"


def _page(sentence: str) -> Response:
    return Response(200, (_PAGE + sentence).encode(), {"content-type": "text/html; charset=utf-8", **_NO_STORE})


_NOT_APPROVED = _page("This link leads to a place that its sender has not approved.")
_NOT_VALID = _page("This link is no longer valid.")


class _Link(NamedTuple):
    """The parameters that count. `is_valid` is None where no signature covers them."""

    query: str
    given: dict[str, str]
    is_valid: bool | None


def collect(request: Request, workspace: Workspace) -> Result:
    key = request.segments[-1] if len(request.segments) == 3 else ""
    source = workspace.source_of(key)
    if source is None:
        return Result(refusal(404, "not_found", "There is no source with this write key."), None, "unknown_source")
    try:
        link = _link(request, source)
        events = link_events(link.query)
    except InvalidQueryError:
        return Result(refusal(400, "invalid_query", "The query string cannot be read."), None, "invalid_query")
    refused = _objection(request, link, source)
    payload = link.query.encode("utf-8", "surrogatepass")
    envelope = seal(request, "querystring", payload, source=source.id, refused=refused) if events else None
    is_limited = refused == reasons.UNAUTHORIZED
    answer = _answer(link, source)
    code = refused or (REDIRECT_NOT_APPROVED if answer is _NOT_APPROVED else None)
    return Result(answer, envelope, code, is_retried=False, is_limited=is_limited, write_key=key)


def _link(request: Request, source: Source) -> _Link:
    """Return the link as it was signed, or as it came if nobody signed it. Raises InvalidQueryError."""
    signed = signed_query(request.query) if source.redirect_keys else None
    if signed is None:
        return _Link(request.query, parameters(request.query), None)
    given = parameters(signed.query)
    in_time = not is_expired(given.get("expires"), request.time_ms / 1000)
    return _Link(signed.query, given, in_time and is_signed(signed.query, signed.signature, source.redirect_keys))


def _objection(request: Request, link: _Link, source: Source) -> Reason | None:
    if wants_proof(source):
        return reasons.UNAUTHORIZED
    if link.is_valid is False:
        return reasons.LINK_NOT_VALID
    return reasons.AUTOMATED if is_automated(request) else None


def _answer(link: _Link, source: Source) -> Response:
    """No open redirector: only to hosts on the source's list, or where its owner has signed."""
    if link.is_valid is False:
        return _NOT_VALID
    target = link.given.get("url")
    if target is None:
        return Response(204, headers=_NO_STORE)
    address = address_of(target)
    if address is None or not (link.is_valid or _may_lead_to(address, target, link.given.get("sig", ""), source)):
        return _NOT_APPROVED
    return Response(302, headers={"location": _with_campaign(address, link.given), **_NO_STORE})


def _may_lead_to(address: Address, target: str, signature: str, source: Source) -> bool:
    """Return whether the source names the host, with the scheme's own port or without, or signed the target."""
    port = 443 if address.scheme == "https" else 80
    is_listed = address.host in source.redirect_hosts or f"{address.host}:{port}" in source.redirect_hosts
    return is_listed or is_signed(target, signature, source.redirect_keys)


def _with_campaign(address: Address, given: dict[str, str]) -> str:
    """Return the address with the link's utm parameters, except those of which it has its own."""
    own = {name for name, _ in parse_qsl(address.query, keep_blank_values=True)}
    more = urlencode([(name, value) for name, value in given.items() if name.startswith("utm_") and name not in own])
    return str(address._replace(query="&".join(filter(None, (address.query, more)))))
