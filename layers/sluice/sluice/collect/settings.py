"""GET /v1/projects/<write key>/settings: without it, no SDK for the web or for phones sends anything."""

import hashlib

import orjson

from sluice.collect.answers import Answer, json_answer, refusal
from sluice.collect.collected import Collected
from sluice.collect.request import Request
from sluice.workspace.compiled import Workspace


def collect(request: Request, workspace: Workspace) -> Collected:
    key = request.segments[2] if len(request.segments) == 4 else ""
    if workspace.source_of(key) is None:
        return Collected(
            refusal(404, "unknown_source", "There is no source with this write key."), None, "unknown_source"
        )
    document = settings_document(key, request.headers.get("host", ""))
    etag = f'"{hashlib.sha256(orjson.dumps(document)).hexdigest()[:32]}"'
    answer = json_answer(200, document, cache_control="public, max-age=300", etag=etag)
    if request.headers.get("if-none-match") == etag:
        answer = Answer(304, headers={name: answer.headers[name] for name in ("cache-control", "etag")})
    return Collected(answer)


def settings_document(write_key: str, host: str) -> dict[str, object]:
    """`apiHost` steers uploads: it has no scheme and ends in /v1. `apiKey` is what clients send with their events."""
    return {
        "integrations": {"Segment.io": {"apiKey": write_key, "apiHost": f"{host}/v1", "addBundledMetadata": False}},
        "plan": {"track": {"__default": {"enabled": True, "integrations": {}}}},
        "metrics": {"sampleRate": 0},
    }
