"""The result of a request at the edge: a response, and an envelope if something was accepted."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from sluice.edge.request import Request
from sluice.edge.responses import Response
from sluice.messages.encoding import to_text
from sluice.messages.envelope import Envelope
from sluice.spec.reasons import Reason
from sluice.spec.times import iso

#: An unknown key is kept this long, for whoever looks for the app that still uses it.
_MAX_KEY_CHARACTERS = 64
_MAX_AGENT_CHARACTERS = 512
#: The code of a link whose events are taken and whose reader stays where they are.
REDIRECT_NOT_APPROVED = "redirect_not_approved"


@dataclass(frozen=True, slots=True)
class Result:
    """The response to give once `envelope`, if there is one, is on the queue.

    `code` says how a refusal is counted. `is_retried` is whether the client would heed a 503; images and links do not.
    `is_limited` marks envelopes that anyone can cause: those of no source, or without the proof that it demands.
    `write_key` is the one that the request came with, whose ration it takes from.
    """

    response: Response
    envelope: Envelope | None = None
    code: str | None = None
    is_retried: bool = True
    is_limited: bool = False
    write_key: str | None = field(default=None, repr=False)


def seal(
    request: Request,
    kind: str,
    payload: bytes,
    *,
    source: str | None,
    call: str | None = None,
    write_key: str | None = None,
    refused: Reason | None = None,
    anonymous_id: str | None = None,
    headers: Mapping[str, str] | None = None,
) -> Envelope:
    """The request as an envelope; the write key stays out of it where it has done its work."""
    text, encoding = to_text(payload)
    return Envelope(
        kind=kind,
        text=text,
        encoding=encoding,
        received_at=iso(datetime.fromtimestamp(request.time_ms / 1000, UTC)),
        request_id=request.id,
        path=_clean(request.path[:256]),
        type=call,
        source=source,
        write_key=_clean(write_key[:_MAX_KEY_CHARACTERS]) if write_key and source is None else None,
        ip=request.ip,
        user_agent=_clean(request.headers.get("user-agent", "")[:_MAX_AGENT_CHARACTERS]) or None,
        refused=refused,
        anonymous_id=_clean(anonymous_id) if anonymous_id else None,
        headers={name: _clean(value) for name, value in headers.items()} if headers else None,
    )


def _clean(text: str) -> str:
    """Headers and cookies may hold halves of surrogate pairs, which the queue's JSON may not."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode()
