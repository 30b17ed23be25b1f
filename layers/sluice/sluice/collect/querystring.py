"""GET /v1/q/<write key>?ajs_…: a click becomes events, and then a redirect to where the source allows it."""

from urllib.parse import urlsplit

from sluice.collect.answers import Answer, refusal
from sluice.collect.collected import Collected, seal
from sluice.collect.request import Request
from sluice.spec.query import InvalidQueryError, link_events, parameters
from sluice.workspace.compiled import Source, Workspace

_PAGE = (
    b"<!doctype html><meta charset=utf-8><title>Link</title>"
    b"<p>This link leads to a place that its sender has not approved."
)


def collect(request: Request, workspace: Workspace) -> Collected:
    key = request.segments[-1] if len(request.segments) == 3 else ""
    source = workspace.source_of(key)
    if source is None:
        return Collected(refusal(404, "not_found", "There is no source with this write key."), None, "unknown_source")
    try:
        events = link_events(request.query)
        target = parameters(request.query).get("url")
    except InvalidQueryError:
        return Collected(refusal(400, "invalid_query", "The query string cannot be read."), None, "invalid_query")
    payload = request.query.encode("utf-8", "surrogatepass")
    envelope = seal(request, "querystring", payload, source=source.id) if events else None
    return Collected(_answer(target, source), envelope, retried=False)


def _answer(target: str | None, source: Source) -> Answer:
    """No open redirector: only to hosts on the source's list."""
    if target is None:
        return Answer(204, headers={"cache-control": "no-store"})
    if _host(target) in source.redirect_hosts:
        return Answer(302, headers={"location": target, "cache-control": "no-store"})
    return Answer(200, _PAGE, {"content-type": "text/html; charset=utf-8", "cache-control": "no-store"})


def _host(target: str) -> str | None:
    """The host and port of an http or https address; None for anything else, and for what browsers read differently."""
    if any(character in target for character in "\\\t\r\n") or not target.isascii() or target != target.strip():
        return None
    try:
        parts = urlsplit(target)
        return parts.netloc.lower() if parts.scheme in ("http", "https") and "@" not in parts.netloc else None
    except ValueError:
        return None
