"""GET /v1/pixel/<call>: always the image, whatever became of the event."""

from contextlib import suppress
from typing import Any

from sluice.collect.answers import pixel
from sluice.collect.authenticate import identify, write_keys
from sluice.collect.collected import Collected, seal
from sluice.collect.request import Request
from sluice.spec.calls import CALLS
from sluice.spec.query import InvalidQueryError, pixel_event
from sluice.workspace.compiled import Workspace


def collect(request: Request, workspace: Workspace) -> Collected:
    call = request.segments[-1] if request.segments else ""
    if call not in CALLS:
        return Collected(pixel(), None, "not_found")
    event: dict[str, Any] | None = None
    with suppress(InvalidQueryError):
        event = pixel_event(request.query)
    source, key = identify(write_keys(request, event), workspace)
    if key is None:
        return Collected(pixel(), None, "missing_write_key")
    envelope = seal(
        request,
        "pixel",
        request.query.encode("utf-8", "surrogatepass"),
        source=source.id if source else None,
        call=call,
        write_key=key,
        refused=None if event is not None else "bad_request",
    )
    return Collected(pixel(), envelope, None if event is not None else "invalid_query", retried=False)
