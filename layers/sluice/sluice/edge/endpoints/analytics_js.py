"""analytics.js and its chunks, from the host that takes the events. Made by layers/web, see docs/browser.md."""

import hashlib
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from sluice.edge.http_cache import cached
from sluice.edge.request import Request
from sluice.edge.responses import Response, refusal
from sluice.edge.result import Result
from sluice.workspace.compiled import Workspace

#: Where the web layer puts them; SLUICE_WEB names another folder.
DEFAULT_FOLDER = "/opt/sluice/web"
SCRIPT = "analytics.min.js"
#: The script under names that say nothing: its chunks are at /b/…, its settings at /<key>.json.
PLAIN_SCRIPT = "a.js"

_MINUTES = "max-age=300"
#: The names of chunks change with their content.
_FOR_EVER = "max-age=31536000, immutable"
_TYPES = {".js": "text/javascript; charset=utf-8", ".txt": "text/plain; charset=utf-8"}
_PLUGIN_PATH = re.compile(r"next-integrations(/[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*)+")
_SEGMENT_CDNS = ("https://cdn.segment.com/", "https://cdn.segment.build/")


@dataclass(frozen=True, slots=True)
class File:
    content: bytes
    compressed: bytes
    type: str
    etag: str


type Files = Mapping[str, File]


@cache
def load() -> Files:
    """Every file of the build by its name below the folder; none if this deployment was built without."""
    folder = Path(os.environ.get("SLUICE_WEB") or DEFAULT_FOLDER)
    return {
        path.relative_to(folder).as_posix(): _file(path) for path in sorted(folder.rglob("*")) if path.suffix in _TYPES
    }


def _file(path: Path) -> File:
    content = path.read_bytes()
    etag = hashlib.sha256(content).hexdigest()[:32]
    return File(content, path.with_name(f"{path.name}.gz").read_bytes(), _TYPES[path.suffix], etag)


def script(request: Request, key: str, workspace: Workspace, name: str = SCRIPT) -> Result:
    """Return the script that the snippet loads. It is the same for every key and reads the key from its address."""
    if workspace.source_of(key) is None:
        answer = refusal(404, "unknown_source", "There is no source with this write key.")
        return Result(answer, None, "unknown_source")
    return _served(request, name, _MINUTES)


def chunk(request: Request, name: str) -> Result:
    """A part of the script that it loads when it needs it."""
    return _served(request, f"bundles/{name}", _FOR_EVER)


def integration(path: str, workspace: Workspace) -> Result:
    """analytics.js asks the host it came from for plugins whose address is on Segment's CDN: sent back to there.

    Only if the workspace names a plugin there; nothing of Segment's is loaded otherwise.
    """
    if _PLUGIN_PATH.fullmatch(path) is None:
        return _missing()
    for each in workspace.device_destinations:
        for cdn in _SEGMENT_CDNS:
            if each.plugin is not None and each.plugin["url"].startswith(cdn):
                headers = {"location": f"{cdn}{path}", "cache-control": f"public, {_MINUTES}"}
                return Result(Response(302, headers=headers))
    return _missing()


def _served(request: Request, name: str, control: str) -> Result:
    # Found by name among those that there are: no path leads anywhere else.
    if (file := load().get(name)) is None:
        return _missing()
    compressed = _takes_gzip(request.headers.get("accept-encoding", ""))
    headers = {
        "content-type": file.type,
        "x-content-type-options": "nosniff",
        "cross-origin-resource-policy": "cross-origin",
        **({"content-encoding": "gzip"} if compressed else {}),
    }
    answer = Response(200, file.compressed if compressed else file.content, headers, binary=compressed)
    etag = f"{file.etag}-gzip" if compressed else file.etag
    return Result(cached(answer, request, etag, control, vary="accept-encoding, origin"))


def _missing() -> Result:
    return Result(refusal(404, "not_found", "There is nothing at this path."), None, "not_found")


def _takes_gzip(accepted: str) -> bool:
    for each in accepted.lower().split(","):
        coding, _, weight = each.partition(";")
        if coding.strip() in ("gzip", "*"):
            return weight.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000")
    return False
