"""What must hold of every request: an answer that clients can read, no exception, and every event accounted for."""

import json
from collections import Counter
from urllib.parse import urlsplit

import orjson

from sluice.edge.cors import with_cors
from sluice.edge.endpoints.routes import dispatch
from sluice.edge.request import Request
from sluice.edge.result import Result
from sluice.messages import envelope as wire
from sluice.messages.envelope import Envelope
from sluice.router.events import open_envelope
from sluice.spec.json import parse
from sluice.workspace.compiled import Workspace

_ORIGINS = frozenset({"*"})
_STATUSES = {200, 204, 302, 304, 400, 404, 405}


def check(request: Request, workspace: Workspace) -> Counter[str]:
    """What became of the request, for the tally. Raises AssertionError, or whatever was raised on the way."""
    collected = dispatch(request, workspace, _ORIGINS)
    _check_answer(request, collected)
    tally = Counter({f"answered {collected.response.status}": 1})
    if collected.envelope is not None:
        tally += _check_envelope(collected.envelope, workspace)
    return tally


def _check_answer(request: Request, collected: Result) -> None:
    assert collected.response.status in _STATUSES
    answer = with_cors(collected.response, request, _ORIGINS).to_api_gateway()
    json.dumps(answer).encode()  # Lambda hands it on as JSON
    headers = answer["headers"]
    assert isinstance(headers, dict)
    assert not any("\r" in str(value) or "\n" in str(value) for value in headers.values())
    if collected.response.status == 302:
        location = collected.response.headers["location"]
        assert location.isascii() and location.isprintable() and " " not in location
        assert (urlsplit(location).hostname, urlsplit(location).username) == ("shop.example", None)
    if collected.response.status in (400, 404, 405):
        assert orjson.loads(collected.response.body).keys() == {"success", "code", "message"}


def _check_envelope(sealed: Envelope, workspace: Workspace) -> Counter[str]:
    body = wire.dump(sealed)
    assert len(body.encode()) <= 1024 * 1024
    assert not set(body) & {"\x00", "\ufffe", "\uffff"}
    envelope = wire.load(body)
    opened = open_envelope(envelope, workspace)
    assert opened.events or opened.rejections, "something came in, so something must come out"
    for event in opened.events:
        document = orjson.loads(event.document)
        assert {"type", "messageId", "timestamp", "receivedAt", "originalTimestamp"} <= document.keys()
        assert b"\n" not in event.document
    for rejection in opened.rejections:
        assert {"reason", "original", "sourceId"} <= orjson.loads(rejection.document).keys()
    if envelope.kind == "batch" and not envelope.refused and envelope.source in workspace.sources:
        check_count(envelope, len(opened.events) + len(opened.rejections), workspace)
    return Counter({"events": len(opened.events), "rejections": len(opened.rejections)})


def check_count(envelope: Envelope, found: int, workspace: Workspace) -> None:
    """Of a batch that is one, every element is an event or a rejection."""
    document = parse(envelope.payload(10**7))
    batch = document.get("batch")
    if isinstance(batch, list) and batch and workspace.sources[envelope.source or ""].enabled:
        assert found == len(batch)
