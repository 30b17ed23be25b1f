"""GET /sourceConfig/: what RudderStack's SDKs for the web ask for before they send.

It names a source that is enabled and has no destinations of its own, so that the SDK loads no scripts and sends
every event here. https://www.rudderstack.com/docs/sources/event-streams/sdks/rudderstack-javascript-sdk/
"""

from sluice.edge.authentication import identify, write_keys
from sluice.edge.request import Request
from sluice.edge.responses import json_response, refusal
from sluice.edge.result import Result
from sluice.workspace.compiled import Workspace


def collect(request: Request, workspace: Workspace) -> Result:
    source, key = identify(write_keys(request), workspace)
    if source is None:
        answer = refusal(404, "unknown_source", "There is no source with this write key.")
        return Result(answer, None, "unknown_source")
    document: dict[str, object] = {
        "source": {
            "id": source.id,
            "name": source.name,
            "writeKey": key,
            "enabled": True,
            "workspaceId": "sluice",
            "config": {"statsCollection": {"errors": {"enabled": False}, "metrics": {"enabled": False}}},
            "connections": [],
            "destinations": [],
            "dataplanes": {},
        }
    }
    return Result(json_response(200, document, cache_control="public, max-age=300"))
