"""POST /v1/set and the bulk form of it: accept objects for warehouses, or refuse them with what is wrong.

https://segment.com/docs/connections/sources/catalog/libraries/server/object-api/
https://segment.com/docs/connections/sources/catalog/libraries/server/object-bulk-api/
"""

from dataclasses import dataclass
from uuid import NAMESPACE_URL, uuid5

from sluice.edge.authentication import identify, write_keys
from sluice.edge.authorization import objection
from sluice.edge.body import UnreadableBodyError, inflated, read_body
from sluice.edge.request import Request
from sluice.edge.responses import Response, json_response, refusal, success
from sluice.edge.result import Result, seal
from sluice.messages.encoding import MAX_CARRIED_CHARACTERS
from sluice.spec.objects import problem_of_call
from sluice.workspace.compiled import Source, Workspace


@dataclass(frozen=True, slots=True)
class ObjectPath:
    """A step of one of the two APIs: `set`, or `start`, `upload` and `finish` of a sync, whose id is in the path."""

    step: str
    sync: str = ""


def object_path(segments: list[str]) -> ObjectPath | None:
    """Return what a path is of the two APIs, None for another."""
    match segments:
        case ["v1", "set"] | ["v0", "start"]:
            return ObjectPath(segments[1])
        case ["v0", ("upload" | "finish") as step, sync]:
            return ObjectPath(step, sync)
    return None


def collect(request: Request, path: ObjectPath, workspace: Workspace) -> Result:
    """Return the answer to a call, and its envelope if it brings objects."""
    source, key = identify(write_keys(request), workspace)
    if source is None:
        return Result(
            refusal(401, "unknown_source", "Send the write key of a source as the user of HTTP Basic."),
            None,
            "unknown_source",
        )
    if (reason := objection(request, source)) is not None:
        return Result(refusal(400, reason, "This source wants more than the write key."), None, reason)
    match path.step:
        case "set":
            return _set(request, source, key)
        case "start":
            return Result(json_response(201, {"sync_id": str(uuid5(NAMESPACE_URL, request.id))}))
        case "finish":
            return Result(Response(202))
    return _upload(request, source, key)


def _set(request: Request, source: Source, key: str | None) -> Result:
    try:
        body = read_body(request)
    except UnreadableBodyError as error:
        return Result(refusal(400, error.code, str(error)), None, error.code)
    if (text := problem_of_call(body.document)) is not None:
        return Result(refusal(400, "object_not_valid", text), None, "object_not_valid")
    return _sealed(request, "object", body.text, source, key, success())


def _upload(request: Request, source: Source, key: str | None) -> Result:
    """Take a part of a sync. What is wrong with a line is found by the router, which has the others still."""
    try:
        text = inflated(request.body)
    except UnreadableBodyError as error:
        return Result(refusal(400, error.code, str(error)), None, error.code)
    answer = json_response(201, {"part_id": str(uuid5(NAMESPACE_URL, request.id))})
    return _sealed(request, "object_lines", text, source, key, answer)


def _sealed(request: Request, kind: str, payload: bytes, source: Source, key: str | None, answer: Response) -> Result:
    sealed = seal(request, kind, payload, source=source.id)
    if len(sealed.text) > MAX_CARRIED_CHARACTERS:
        text = "More than a message of the queue holds, some 700 KB compressed: send it in parts."
        return Result(refusal(413, "object_too_large", text), None, "object_too_large")
    return Result(answer, sealed, write_key=key)
