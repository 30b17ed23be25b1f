"""POST /v1/…: accept or refuse, nothing more. https://segment.com/docs/connections/sources/catalog/libraries/server/http-api/"""

from collections.abc import Collection, Mapping
from typing import Any

import orjson

from sluice.edge.authentication import identify, write_keys
from sluice.edge.authorization import objection
from sluice.edge.body import Body, UnreadableBodyError, read_body
from sluice.edge.cors import preflight
from sluice.edge.endpoints import objects, rudderstack
from sluice.edge.endpoints.api_paths import Upload, upload_at
from sluice.edge.endpoints.objects import object_path
from sluice.edge.request import Request
from sluice.edge.responses import Response, refusal, success
from sluice.edge.result import Result, seal
from sluice.messages.encoding import MAX_CARRIED_CHARACTERS, to_text
from sluice.messages.envelope import Envelope
from sluice.spec import reasons
from sluice.spec.limits import MAX_BATCH_BYTES, MAX_EVENT_BYTES
from sluice.spec.reasons import Reason
from sluice.workspace.compiled import Source, Workspace

#: What is refused is still kept, up to this size: as base64 it fits one SQS message and one Firehose record.
MAX_KEPT_BYTES = 700_000

_NO_KEY = "Send the write key of a source: as the user of HTTP Basic, or in the body."
_OBJECTIONS = {
    reasons.ORIGIN_NOT_ALLOWED: "This source takes no events from pages of this origin.",
    reasons.UNAUTHORIZED: "This source wants a secret or a token beside the write key.",
}


def collect(request: Request, workspace: Workspace, origins: Collection[str]) -> Result:
    """The whole of the tracking function but the queue: every path that no other function has ends here."""
    if request.method == "OPTIONS":
        return Result(preflight(request, origins))
    if (path := object_path(request.segments)) is not None:
        return objects.collect(request, path, workspace) if request.method == "POST" else _wrong_method("POST")
    if (upload := upload_at(request.segments)) is not None:
        return _post(request, upload, workspace) if request.method == "POST" else _wrong_method("POST")
    if request.segments == ["sourceConfig"] and request.method == "GET":
        return rudderstack.collect(request, workspace)
    if request.segments in (["v1", "m"], ["health"]):
        return Result(success())
    return Result(refusal(404, "not_found", "There is nothing at this path."), None, "not_found")


def _post(request: Request, upload: Upload, workspace: Workspace) -> Result:
    try:
        body = read_body(request)
    except UnreadableBodyError as error:
        source, key = identify(write_keys(request), workspace)
        answer = refusal(400, error.code, str(error))
        kept = _kept(request, upload, source, key, error.kept, reasons.BAD_REQUEST)
        return Result(answer, kept, error.code, is_limited=source is None, write_key=key)
    source, key = identify(write_keys(request, body.document), workspace)
    if key is None:
        return Result(refusal(400, "missing_write_key", _NO_KEY), None, "missing_write_key")
    if source is not None and (reason := objection(request, source)) is not None:
        kept = _kept(request, upload, source, key, body.text, reason)
        return Result(refusal(400, reason, _OBJECTIONS[reason]), kept, reason, is_limited=True)
    if (reason := _too_large(upload, body)) is not None:
        answer = refusal(400, reason, f"More than {_limit(upload)} bytes.")
        kept = _kept(request, upload, source, key, body.text, reason)
        return Result(answer, kept, reason, is_limited=source is None, write_key=key)
    call, owner = upload.type_of(body.document), source.id if source else None
    envelope = seal(request, upload.kind, body.text, source=owner, call=call, write_key=key)
    return Result(success(), envelope, is_limited=source is None, write_key=key)


def _limit(upload: Upload) -> int:
    return MAX_BATCH_BYTES if upload.kind == "batch" else MAX_EVENT_BYTES


def _too_large(upload: Upload, body: Body) -> Reason | None:
    """Return the reason if the body exceeds the limit in each way that SDKs measure it.

    Some count the body, some only the events in it, and some before they escape what is not ASCII. What no message of
    the queue would hold is too large as well.
    """
    if len(body.text) <= _limit(upload):
        return None
    reason = reasons.BATCH_TOO_LARGE if upload.kind == "batch" else reasons.EVENT_TOO_LARGE
    try:
        size = _size_of_events(body.document) if upload.kind == "batch" else len(orjson.dumps(body.document))
    except orjson.JSONEncodeError:
        return reason
    is_carried = len(to_text(body.text)[0]) <= MAX_CARRIED_CHARACTERS
    return None if size <= _limit(upload) and is_carried else reason


def _size_of_events(document: Mapping[str, Any]) -> int:
    """Return the bytes of a batch's events in UTF-8, without what is around them."""
    events = document.get("batch")
    return sum(len(orjson.dumps(each)) for each in events) if isinstance(events, list) else len(orjson.dumps(document))


def _kept(
    request: Request, upload: Upload, source: Source | None, key: str | None, payload: bytes | None, why: Reason
) -> Envelope | None:
    """Refused to the client, who will not send it again; so it is archived as rejected if it can be carried."""
    if not payload or len(payload) > MAX_KEPT_BYTES or key is None:
        return None
    return seal(request, upload.kind, payload, source=source.id if source else None, write_key=key, refused=why)


def _wrong_method(allowed: str) -> Result:
    answer: Response = refusal(
        405, "method_not_allowed", f"Only {allowed} is allowed here.", allow=f"{allowed}, OPTIONS"
    )
    return Result(answer, None, "method_not_allowed")
