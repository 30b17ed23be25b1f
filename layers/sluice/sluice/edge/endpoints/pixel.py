"""GET /v1/pixel/<call>: always the image, whatever became of the event."""

import re
from contextlib import suppress
from dataclasses import replace
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from sluice.edge.authentication import identify, write_keys
from sluice.edge.authorization import wants_proof
from sluice.edge.bots import is_unseen
from sluice.edge.request import Request
from sluice.edge.responses import Response, pixel
from sluice.edge.result import Result, seal
from sluice.spec import reasons
from sluice.spec.calls import CALLS
from sluice.spec.query import InvalidQueryError, pixel_event, write_key_within
from sluice.spec.reasons import Reason
from sluice.workspace.compiled import Source, Workspace

#: Mail tools and proxies that let nothing pass but images want a name that ends like one.
_IMAGE = re.compile(r"\.(?:gif|png|jpe?g)$", re.IGNORECASE)
#: By which a reader without an id is recognised, where the workspace says so.
COOKIE = "sluice_anonymous_id"
_COOKIE_SECONDS = 365 * 24 * 3600


def collect(request: Request, workspace: Workspace) -> Result:
    call = _IMAGE.sub("", request.segments[-1]) if request.segments else ""
    if call not in CALLS:
        return Result(pixel(), None, "not_found")
    event: dict[str, Any] | None = None
    with suppress(InvalidQueryError):
        event = pixel_event(request.query)
    named = event if event is not None else {"writeKey": write_key_within(request.query)}
    source, key = identify(write_keys(request, named), workspace)
    if key is None:
        return Result(pixel(), None, "missing_write_key")
    refused: Reason | None = reasons.BAD_REQUEST if event is None else None
    if is_unseen(request):
        # By its name no program is told apart: mail services that load images for their readers name themselves.
        refused = reasons.AUTOMATED
    if source is not None and wants_proof(source):
        refused = reasons.UNAUTHORIZED
    anonymous_id, answer = _reader(request, source, event or {})
    envelope = seal(
        request,
        "pixel",
        request.query.encode("utf-8", "surrogatepass"),
        source=source.id if source else None,
        call=call,
        write_key=key,
        refused=refused,
        anonymous_id=anonymous_id,
    )
    is_limited = source is None or refused == reasons.UNAUTHORIZED
    return Result(answer, envelope, refused, is_retried=False, is_limited=is_limited, write_key=key)


def _reader(request: Request, source: Source | None, event: dict[str, Any]) -> tuple[str | None, Response]:
    """The reader's cookie, made if there is none; nothing where the event names someone, or nobody asked for it."""
    if source is None or not source.anonymous_cookie or event.get("userId") or event.get("anonymousId"):
        return None, pixel()
    reader = request.cookies.get(COOKIE, "")[:64] or str(uuid5(NAMESPACE_URL, request.id))
    cookie = f"{COOKIE}={reader}; Max-Age={_COOKIE_SECONDS}; Path=/; Secure; HttpOnly; SameSite=None"
    return reader, replace(pixel(), cookies=(cookie,))
