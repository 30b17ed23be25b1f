"""Every request that comes to a function URL: what the four functions behind API Gateway do, and hooks."""

import os
from collections.abc import Callable

from sluice.aws.sqs import events_queue
from sluice.edge.endpoints.routes import dispatch
from sluice.edge.handler import ORIGINS, edge_handler
from sluice.edge.request import Request
from sluice.edge.result import Result
from sluice.workspace.compiled import Workspace, load

_workspace = load()


def _hooks() -> Callable[[Request], Result] | None:
    """Return what answers hooks, None where no source takes any; then the catalogue is not there either."""
    if not any(source.is_hook for source in _workspace.sources.values()):
        return None
    from catalogue.sources.hook_sources import hook_sources
    from sluice.edge.endpoints.hook import collect

    sources = hook_sources(_workspace, os.environ["STAGE"])
    return lambda request: collect(request, sources, fetch=_fetched)


def _fetched(url: str) -> bytes:
    from sluice.delivery.http_client import fetched  # only where a proof needs something of the vendor's

    return fetched(url)


_answer_to_hook = _hooks()


def _collect(request: Request, workspace: Workspace) -> Result:
    if _answer_to_hook is not None and request.segments[:2] == ["v1", "sources"]:
        return _answer_to_hook(request)
    return dispatch(request, workspace, ORIGINS)


handler = edge_handler(_collect, events_queue(), _workspace)
