"""POST /v1/…: accept or refuse, nothing more. https://segment.com/docs/connections/sources/catalog/libraries/server/http-api/"""

from collections.abc import Collection

from sluice.collect.answers import Answer, refusal, success
from sluice.collect.authenticate import identify, write_keys
from sluice.collect.body import UnreadableBodyError, read_body
from sluice.collect.collected import Collected, seal
from sluice.collect.cors import preflight
from sluice.collect.request import Request
from sluice.spec.calls import BATCHES, CALLS, LETTERS
from sluice.spec.limits import MAX_BATCH_BYTES, MAX_EVENT_BYTES
from sluice.wire.envelope import Kind
from sluice.workspace.compiled import Workspace

#: What is refused is still kept, up to this size: as base64 it fits one SQS message and one Firehose record.
MAX_KEPT_BYTES = 700_000

_ROOT = "v1"


def collect(request: Request, workspace: Workspace, origins: Collection[str]) -> Collected:
    """The whole of the tracking function but the queue: every path that no other function has ends here."""
    if request.method == "OPTIONS":
        return Collected(preflight(request, origins))
    match request.segments:
        case [root, call] if root == _ROOT and (call in CALLS or call in LETTERS or call in BATCHES):
            return _post(request, call, workspace) if request.method == "POST" else _wrong_method("POST")
        case [root, "m"] if root == _ROOT:
            return Collected(success())
        case ["health"]:
            return Collected(success())
    return _refused(refusal(404, "not_found", "There is nothing at this path."), "not_found")


def _post(request: Request, call: str, workspace: Workspace) -> Collected:
    try:
        body = read_body(request)
    except UnreadableBodyError as error:
        source, key = identify(write_keys(request), workspace)
        answer = refusal(400, error.code, str(error))
        return _kept(request, "call", answer, error.code, "bad_request", error.kept, source.id if source else None, key)
    source, key = identify(write_keys(request, body.document), workspace)
    if key is None:
        answer = refusal(
            400, "missing_write_key", "Send the write key of a source: as the user of HTTP Basic, or in the body."
        )
        return _refused(answer, "missing_write_key")
    kind: Kind = "batch" if call in BATCHES else "call"
    source_id = source.id if source else None
    limit = MAX_BATCH_BYTES if kind == "batch" else MAX_EVENT_BYTES
    if len(body.text) > limit:
        what = "batch" if kind == "batch" else "event"
        answer = refusal(400, f"{what}_too_large", f"The {what} is larger than {limit} bytes.")
        return _kept(request, kind, answer, f"{what}_too_large", f"{what}_too_large", body.text, source_id, key)
    envelope = seal(request, kind, body.text, source=source_id, call=_type(call, body.document), write_key=key)
    return Collected(success(), envelope)


def _type(call: str, document: dict[str, object]) -> str | None:
    """A full name decides; a letter only where the event does not say its type itself."""
    if call in CALLS:
        return call
    declared = document.get("type")
    return None if isinstance(declared, str) and declared in CALLS else LETTERS.get(call)


def _kept(
    request: Request,
    kind: Kind,
    answer: Answer,
    code: str,
    reason: str,
    payload: bytes | None,
    source: str | None,
    write_key: str | None,
) -> Collected:
    """Refused to the client, who will not send it again; so it is archived as rejected if it can be carried."""
    if not payload or len(payload) > MAX_KEPT_BYTES or write_key is None:
        return _refused(answer, code)
    envelope = seal(request, kind, payload, source=source, write_key=write_key, refused=reason)
    return Collected(answer, envelope, code)


def _wrong_method(allowed: str) -> Collected:
    message = f"Only {allowed} is allowed here."
    return _refused(refusal(405, "method_not_allowed", message, allow=f"{allowed}, OPTIONS"), "method_not_allowed")


def _refused(answer: Answer, code: str) -> Collected:
    return Collected(answer, None, code)
