"""Any method on /v1/sources/<source>/hook[/<token>]: find out whether it is the vendor's, and hand on the bytes.

200 says that the queue has it. A hook that is not proven is 401 and stored nowhere: Postmark stops for good at 403.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sluice.edge.request import Request
from sluice.edge.responses import Response, refusal, unavailable
from sluice.edge.result import Result, seal
from sluice.messages.encoding import MAX_CARRIED_CHARACTERS, UndecodableError, inflate, is_compressed
from sluice.sources.hook import Answer, Fetch, Hook, UndecidedError, nothing_fetched
from sluice.sources.source import Source
from sluice.spec.limits import MAX_HOOK_BYTES
from sluice.workspace.settings import SettingsUnavailableError

#: The headers that go with a hook are names and ids.
_MAX_HEADER_CHARACTERS = 256


@dataclass(frozen=True, slots=True)
class HookSource:
    """A source of the workspace that takes hooks: its type, and its settings with their secrets.

    `settings` raises SettingsUnavailableError where a secret cannot be read.
    """

    type: Source[Any]
    settings: Callable[[], Any]


def source_in(segments: Sequence[str]) -> tuple[str, str] | None:
    """Return the source and the token of a hook's path, None for any other path."""
    match segments:
        case ["v1", "sources", source, "hook"]:
            return source, ""
        case ["v1", "sources", source, "hook", token]:
            return source, token
    return None


def collect(
    request: Request,
    sources: Mapping[str, HookSource],
    now: Callable[[], float] = time.time,
    fetch: Fetch = nothing_fetched,
) -> Result:
    """Return the answer to a hook, and its envelope if it is proven."""
    place = source_in(request.segments)
    found = sources.get(place[0]) if place else None
    if place is None or found is None:
        return Result(refusal(404, "not_found", "There is nothing at this path."), None, "not_found")
    if request.method in ("HEAD", "OPTIONS") or not (request.body or request.query or request.method != "GET"):
        return Result(Response(200))  # a vendor that looks whether somebody is there
    try:
        settings = found.settings()
    except SettingsUnavailableError:
        return Result(unavailable(), None, "settings_unavailable")
    kind = found.type.adapted(found.type, settings)
    hook = Hook(request.method, _url(request, settings), request.headers, request.body, place[1], fetch)
    try:
        if not kind.signature(hook, kind.secrets(settings), now()):
            answer = refusal(401, "bad_signature", "The signature is not that of this source, or too old.")
            return Result(answer, None, "bad_signature")
        if (greeting := kind.handshake(hook)) is not None:
            return Result(_answer(greeting))
    except UndecidedError:
        return Result(unavailable(), None, "hook_undecided")
    return _enqueued(request, place[0], kind)


def _enqueued(request: Request, source: str, kind: Source[Any]) -> Result:
    payload = _payload(request)
    if payload is None or len(payload) > MAX_HOOK_BYTES:
        return _too_large()
    headers = {
        name.replace("-", "_"): request.headers[name][:_MAX_HEADER_CHARACTERS]
        for name in kind.headers
        if name in request.headers
    }
    # The path that is kept has no token in it.
    sealed = seal(replace(request, path=f"/v1/sources/{source}/hook"), "hook", payload, source=source, headers=headers)
    return Result(_answer(kind.answer), sealed) if len(sealed.text) <= MAX_CARRIED_CHARACTERS else _too_large()


def _too_large() -> Result:
    return Result(refusal(413, "hook_too_large", f"More than {MAX_HOOK_BYTES} bytes."), None, "hook_too_large")


def _answer(answer: Answer) -> Response:
    return Response(200, answer.body, {"content-type": answer.content_type} if answer.body else {})


def _url(request: Request, settings: Any) -> str:
    """Return the address as the vendor has it, with the query of this request, which some vendors add to."""
    query = f"?{request.query}" if request.query else ""
    if public := getattr(settings, "public_url", ""):
        address, _mark, own = public.partition("?")
        return address + query if request.query.startswith(own) else public
    scheme = request.headers.get("x-forwarded-proto", "https")
    return f"{scheme}://{request.headers.get('host', '')}{request.path}{query}"


def _payload(request: Request) -> bytes | None:
    """Return what the hook brings: its body, inflated, or its query without one. None for what does not end."""
    body = request.body or request.query.encode("utf-8", "surrogatepass")
    if not is_compressed(body):
        return body
    try:
        return inflate(body, MAX_HOOK_BYTES + 1)
    except UndecodableError:
        return body if len(body) <= MAX_HOOK_BYTES and not body.startswith(b"\x1f\x8b") else None
