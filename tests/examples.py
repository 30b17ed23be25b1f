"""Messages, requests and a workspace as tests use them: real shapes, one place."""

import base64
import json
from collections.abc import Mapping
from typing import Any
from zlib import crc32

from sluice.edge.request import Request
from sluice.messages.envelope import Envelope
from sluice.workspace.compiled import Destination, Source, Workspace

RECEIVED_AT = "2026-11-23T20:40:48.500Z"
RECEIVED_MS = 1795466448500

TRACK: dict[str, Any] = {
    "type": "track",
    "messageId": "ajs-next-1795466447000-0f0e0d0c-0b0a-4908-8706-050403020100",
    "anonymousId": "507f191e-810c-4199-b3f1-9a3f5f6a7d01",
    "userId": "user-1001",
    "event": "Order Completed",
    "properties": {"order_id": "o-1", "revenue": 39.99, "currency": "EUR", "products": [{"sku": "a", "qty": 2}]},
    "context": {"library": {"name": "analytics.js", "version": "next-1.84.3"}, "page": {"path": "/thanks"}},
    "integrations": {},
    "timestamp": "2026-11-23T20:40:47.000Z",
    "sentAt": "2026-11-23T20:40:47.250Z",
}
IDENTIFY: dict[str, Any] = {
    "type": "identify",
    "messageId": "node-next-1795466447001-1f0e0d0c-0b0a-4908-8706-050403020100",
    "userId": "user-1001",
    "traits": {"email": "ana@example.com", "name": "Ana Núñez 日本 🚀"},
    "timestamp": "2026-11-23T20:40:47.001Z",
}
PAGE: dict[str, Any] = {
    "type": "page",
    "messageId": "m-page",
    "anonymousId": "anon-1",
    "name": "Home",
    "properties": {"url": "https://shop.example.com/"},
    "timestamp": "2026-11-23T20:40:47.002Z",
}
SCREEN: dict[str, Any] = {**PAGE, "type": "screen", "messageId": "m-screen", "properties": {}}
GROUP: dict[str, Any] = {
    "type": "group",
    "messageId": "m-group",
    "userId": "user-1001",
    "groupId": "acme",
    "traits": {"plan": "pro"},
    "timestamp": "2026-11-23T20:40:47.003Z",
}
ALIAS: dict[str, Any] = {
    "type": "alias",
    "messageId": "m-alias",
    "userId": "user-1001",
    "previousId": "anon-1",
    "timestamp": "2026-11-23T20:40:47.004Z",
}
ALL_CALLS = (TRACK, IDENTIFY, PAGE, SCREEN, GROUP, ALIAS)


def message_id(run: str, number: int) -> str:
    """Return an id as SDKs make them; every tenth is one that a caller makes."""
    if number % 10 == 0:
        return f"{run}-{number}"
    return f"{crc32(run.encode()):08x}-0000-4000-8000-{number:012d}"


def deep(levels: int) -> dict[str, Any]:
    """An event whose properties are nested so that it has so many levels, itself among them."""
    properties: dict[str, Any] = {}
    for _ in range(levels - 2):
        properties = {"d": properties}
    return {**TRACK, "properties": properties}


def source(**changes: Any) -> Source:
    fields: dict[str, Any] = {
        "id": "website",
        "name": "Website",
        "type": "browser",
        "enabled": True,
        "redirect_hosts": ("shop.example",),
    }
    return Source(**{**fields, **changes})


def destination(**changes: Any) -> Destination:
    fields: dict[str, Any] = {
        "id": "crm",
        "names": ("CRM",),
        "type": "webhook",
        "sources": None,
        "enabled": True,
        "settings": {},
        "actions": ({"id": "send", "action": "send", "trigger": "all", "mapping": {}},),
    }
    return Destination(**{**fields, **changes})


def workspace(*destinations: Destination, **changes: Any) -> Workspace:
    """A website, a server and a disabled app, with the given destinations (one webhook, `crm`, if none is given)."""
    sources = [source(**changes), source(id="server", type="server"), source(id="app", type="mobile", enabled=False)]
    return Workspace(
        {each.id: each for each in sources},
        {each.id: each for each in destinations or (destination(),)},
        {"wk_website": "website", "wk_server": "server", "wk_app": "app"},
    )


def basic(write_key: str) -> dict[str, str]:
    return {"authorization": "Basic " + base64.b64encode(f"{write_key}:".encode()).decode()}


def post(path: str, body: Any, **changes: Any) -> Request:
    """A request as the website's SDK would make it; `body` is bytes, or else becomes JSON."""
    fields: dict[str, Any] = {
        "headers": basic("wk_website"),
        "ip": "203.0.113.7",
        "id": "req-1",
        "time_ms": RECEIVED_MS,
    }
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Request("POST", path, body=content, **{**fields, **changes})


def get(path: str, query: str = "", headers: Mapping[str, str] | None = None) -> Request:
    return Request("GET", path, query, headers or {}, ip="203.0.113.7", id="req-1", time_ms=RECEIVED_MS)


def batch(*events: Any, **around: Any) -> dict[str, Any]:
    """The body of a request with these events, `around` beside them."""
    return {"batch": list(events), "sentAt": "2026-11-23T20:40:48.400Z", **around}


def envelope(body: Any, **changes: Any) -> Envelope:
    """A request of the website that the edge has accepted, as the router gets it."""
    fields: dict[str, Any] = {
        "kind": "batch" if isinstance(body, dict) and "batch" in body else "call",
        "text": body if isinstance(body, str) else json.dumps(body),
        "received_at": RECEIVED_AT,
        "request_id": "req-1",
        "path": "/v1/batch",
        "source": "website",
        "ip": "203.0.113.7",
    }
    return Envelope(**{**fields, **changes})
