"""Route a path to its endpoint, below the workspace's path prefix as well.

API Gateway knows the usual paths and sends them straight to their function. The prefix is not in the template, so
whatever is below it comes to the tracking function, like everything else that has no route.
"""

from collections.abc import Collection
from dataclasses import replace

from sluice.edge.endpoints import analytics_js as scripts
from sluice.edge.endpoints import pixel, querystring, settings, tracking
from sluice.edge.request import Request
from sluice.edge.result import Result
from sluice.workspace.compiled import Workspace


def dispatch(request: Request, workspace: Workspace, origins: Collection[str]) -> Result:
    prefix = workspace.web.path_prefix
    if prefix is None or request.segments[:1] != [prefix]:
        collected = _asked(request, workspace, "")
    else:
        request = replace(request, path=request.path.lstrip("/").removeprefix(prefix) or "/")
        collected = _asked(request, workspace, f"/{prefix}") or _asked_plainly(request, workspace, f"/{prefix}")
    return collected or tracking.collect(request, workspace, origins)


def _asked(request: Request, workspace: Workspace, base: str) -> Result | None:
    """Return the endpoint of a GET, or None."""
    if request.method not in ("GET", "HEAD"):
        return None
    match request.segments:
        case ["v1", "pixel", _]:
            return pixel.collect(request, workspace)
        case ["v1", "q", _]:
            return querystring.collect(request, workspace)
        case ["v1", "projects", key, "settings"] | ["projects", key, "settings"]:
            return settings.collect(request, workspace, key, base)
        case ["analytics.js", "v1", key, scripts.SCRIPT]:
            return scripts.script(request, key, workspace)
        case ["analytics-next", "bundles", name]:
            return scripts.chunk(request, name)
        case ["next-integrations", *_]:
            return scripts.integration(request.path.lstrip("/"), workspace)
    return None


def _asked_plainly(request: Request, workspace: Workspace, base: str) -> Result | None:
    """The same under names that no blocker knows; only below the prefix, where they are nobody else's."""
    if request.method not in ("GET", "HEAD"):
        return None
    match request.segments:
        case ["b", name]:
            return scripts.chunk(request, name)
        case [name] if name.endswith(".js"):
            return scripts.script(request, name.removesuffix(".js"), workspace, scripts.PLAIN_SCRIPT)
        case [name] if name.endswith(".json"):
            return settings.collect(request, workspace, name.removesuffix(".json"), base)
    return None
