"""The handler that the edge's four functions share: request in, answer out, and in between the queue."""

import logging
import os
import re
from collections.abc import Callable, Mapping
from typing import Any

from sluice.edge.acceptance import Rations, accept
from sluice.edge.cors import parse_origins, with_cors
from sluice.edge.request import Request, from_api_gateway
from sluice.edge.responses import unavailable
from sluice.edge.result import REDIRECT_NOT_APPROVED, Result
from sluice.edge.viewer import behind_proxy
from sluice.messages.queue import Queue
from sluice.telemetry import logs, metrics, steps
from sluice.workspace.compiled import UNKNOWN_SOURCE, Workspace, load

type Collect = Callable[[Request, Workspace], Result]
type Handler = Callable[[Mapping[str, Any], Any], dict[str, object]]

#: Origins whose pages may read our answers: `*`, or a list.
ORIGINS = parse_origins(os.environ.get("ALLOWED_ORIGINS", "*"))

#: The write key in a path, or the token of a hook, which a log must not have.
_KEY_IN_PATH = re.compile(r"(/(?:q|projects|hook|analytics\.js/+v1)/+)[^/]+|(/)[^/]+(?=\.json?$|\.js$)")


def edge_handler(collect: Collect, queue: Queue | None = None, workspace: Workspace | None = None) -> Handler:
    """Return a Lambda handler around `collect`. Clients and workspace are made once, before the first request."""
    workspace = workspace or load()
    rations = Rations(workspace)

    def handler(event: Mapping[str, Any], context: Any) -> dict[str, object]:
        logs.invocation(context)
        request = from_api_gateway(event)
        if workspace.web.viewer_address_header is not None:
            request = behind_proxy(request, workspace.web.viewer_address_header)
        try:
            result = collect(request, workspace)
            if queue is not None:
                result = accept(result, queue, rations)
        except Exception as error:  # noqa: BLE001 - whatever it is, the client shall keep its events and come back
            logs.fault(error)
            result = Result(unavailable(), None, "internal")
        _report(request, result)
        return with_cors(result.response, request, ORIGINS).to_api_gateway()

    return handler


def _report(request: Request, result: Result) -> None:
    envelope = result.envelope
    if result.code is not None:
        level = logging.ERROR if result.response.status >= 500 else logging.INFO
        status, path = result.response.status, _KEY_IN_PATH.sub(r"\1\2*", request.path)[:128]
        steps.step("refused", level, reason=result.code, status=status, request_id=request.id, path=path)
        metrics.count("RequestsRefused", 1, reason=result.code)
    if envelope is not None and result.code in (None, REDIRECT_NOT_APPROVED):  # counted by the router, a line for many
        source = envelope.source or UNKNOWN_SOURCE
        steps.step("accepted", source=source, type=envelope.type or envelope.kind, request_id=request.id)
