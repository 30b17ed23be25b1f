"""Requests that no client should send and some client will: seeded mutations of good ones, and trees of nonsense."""

import base64
import gzip
import json
from random import Random
from typing import Any
from urllib.parse import quote

from sluice.edge.request import Request
from tests.contract.clients import CLIENTS, rudder
from tests.examples import ALL_CALLS, RECEIVED_MS, basic

_TEXTS = (
    "",
    " ",
    "\x00",
    "\ufffe",
    "\ud800",
    "a" * 300,
    "🚀",
    "null",
    "NaN",
    "../",
    "__proto__",
    "2026-11-23T20:40:48Z",
    "9999-99-99",
    "-0001-01-01T00:00:00Z",
    "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59:59-14:00",
    "1712031012345",
    "9" * 19,
    "1e99",
    "/Date(9999999999999999)/",
    "9999-999",
    "2016-07-18 21:30:00.123456789 +0000 UTC m=+0.1",
    "Thu Jan 15 99999 12:00:00 CET",
    "Thu, 15 Jan 26 12:00:60 +9999",
    "1e309",
    "track",
    "Segment Consent Preference Updated",
)
_NUMBERS = (0, -1, 1.5, -0.0, 1e300, 2**53 + 1, 2**63, 2**64, -(2**63), 10**400, float("nan"), float("inf"))
_NAMES = (
    "type",
    "messageId",
    "userId",
    "anonymousId",
    "groupId",
    "previousId",
    "event",
    "name",
    "category",
    "properties",
    "traits",
    "context",
    "integrations",
    "timestamp",
    "originalTimestamp",
    "sentAt",
    "writeKey",
    "channel",
    "version",
    "batch",
    "_metadata",
    "receivedAt",
    "device",
    "advertisingId",
    "consent",
    "categoryPreferences",
    "ip",
    "direct",
)
_PATHS = (
    "/v1/track",
    "/v1/t",
    "/v1/batch",
    "/v1/b",
    "/v1/import/",
    "/v1/m",
    "/v1/pixel/track",
    "/v1/pixel/x",
    "/v1/q/wk_website",
    "/v1/projects/wk_website/settings",
    "/sourceConfig/",
    "/beacon/v1/batch",
    "/api/s/track",
    "/",
    "//",
    "/v1",
    "/v1/track/x",
    "/v1/%00",
    "/analytics.js/v1/wk_website/analytics.min.js",
    "/v1/tr\u00e4ck",
)
_HEADERS = (
    (
        "authorization",
        ("Basic", "Basic ", "Basic %%%", "Basic " + "A" * 4000, "Bearer x.y.z", basic("wk_server")["authorization"]),
    ),
    ("x-write-key", ("wk_website", "\x00", "x" * 5000)),
    ("content-encoding", ("gzip", "br", "")),
    ("origin", ("null", "https://a.example", "\x00")),
    ("referer", ("https://[", "x")),
    ("cookie", ("a=b", ";;;")),
    ("user-agent", ("", "x" * 10_000, "bot")),
    ("access-control-request-headers", ("a" * 5000, ",,,", "\x00,ok")),
)


#: RudderStack's way of writing an event needs a good one.
_CLIENTS = [client for client in CLIENTS if client.event is not rudder]


def request(random: Random) -> Request:
    """Any request. The good part of them makes sure that the deep code is reached."""
    made = random.choice(_CLIENTS).request([_event(random) for _ in range(random.randrange(4))] or [dict(ALL_CALLS[0])])
    body = made.body
    match random.randrange(10):
        case 0:
            body = _mutated(random, body)
        case 1:
            body = _dump(_tree(random, 4)).encode("utf-8", "surrogatepass")
        case 2:
            body = gzip.compress(body)[: random.randrange(1, len(body) + 30)]
        case 3:
            body = random.randbytes(random.randrange(200))
    if random.random() < 0.05:
        return Request("GET", "/v1/q/wk_website", f"ajs_event=E&ajs_uid=u&url={_target(random)}", id="link")
    headers = dict(made.headers)
    for name, values in _HEADERS:
        if random.random() < 0.08:
            headers[name] = random.choice(values)
    return Request(
        "POST" if random.random() < 0.8 else random.choice(("GET", "GET", "GET", "HEAD", "OPTIONS", "PUT", "")),
        made.path if random.random() < 0.8 else random.choice(_PATHS),
        made.query if random.random() < 0.5 else _query(random),
        headers,
        {"sluice_anonymous_id": random.choice(_TEXTS)} if random.random() < 0.1 else {},
        body,
        random.choice(("203.0.113.7", "2001:db8::1", "", None)),
        f"request-{random.randrange(10**9)}",
        random.choice((RECEIVED_MS, 0, RECEIVED_MS * 10)),
    )


def _event(random: Random) -> dict[str, Any]:
    event = dict(random.choice(ALL_CALLS))
    for _ in range(random.randrange(4)):
        event[random.choice(_NAMES)] = _tree(random, 3)
    if random.random() < 0.02:
        event["properties"] = {"pad": "x" * random.randrange(30_000, 40_000)}
    if random.random() < 0.01:
        deep: dict[str, Any] = {}
        for _ in range(random.randrange(200, 400)):
            deep = {"d": deep}
        event["properties"] = deep
    return event


def _tree(random: Random, depth: int) -> Any:
    match random.randrange(9 if depth else 5):
        case 0:
            return None
        case 1:
            return random.random() < 0.5
        case 2 | 3:
            return random.choice(_TEXTS)
        case 4:
            return random.choice(_NUMBERS)
        case 5 | 6:
            return [_tree(random, depth - 1) for _ in range(random.randrange(4))]
    return {random.choice((*_NAMES, *_TEXTS)): _tree(random, depth - 1) for _ in range(random.randrange(5))}


def _query(random: Random) -> str:
    event = _dump(_event(random)).encode("utf-8", "surrogatepass")
    parts = (
        "data=" + base64.b64encode(event).decode(),
        "data=" + base64.urlsafe_b64encode(event).decode().rstrip("="),
        "data=%%%",
        "writeKey=wk_website",
        "userId=u",
        "event=E",
        "properties.a.b=1",
        "properties=1",
        "a.=1",
        ".=1",
        "." * 100 + "=1",
        "ajs_uid=u",
        "ajs_event=E",
        "ajs_trait_=x",
        "ajs_prop_a=%ff%fe",
        "url=https://shop.example/",
        "url=//x",
        "url=" + _target(random),
        "sig=%00",
        "utm_source=\u00fc",
        "&&&",
        "=",
        "%",
        "+",
    )
    return "&".join(random.choices(parts, k=random.randrange(6)))


def _target(random: Random) -> str:
    """Return a target of a link, in pieces that browsers and libraries read differently."""
    pieces = (
        "https", "HTTP", ":", "/", "//", "\\", "@", "shop.example", "evil.example", ":443", ":0", ":99999", "[::1]",
        "[", "%2F", "%5C", "%00", "%0d%0a", "%09", "%20", "%E2%80%A5", "%EF%BC%8F", "#", "?", "%", "\u00fc", "\ud800",
        ".", "..",
    )  # fmt: skip
    start = random.choice(("https://shop.example", "HTTPS:%5C%5Cshop.example", "", "https:"))
    return quote(start, safe=":/%") + "".join(random.choices(pieces, k=random.randrange(6)))


def _mutated(random: Random, body: bytes) -> bytes:
    changed = bytearray(body)
    for _ in range(random.randrange(1, 6)):
        at = random.randrange(len(changed) + 1)
        match random.randrange(3):
            case 0:
                changed[at:at] = random.randbytes(random.randrange(1, 4))
            case 1:
                del changed[at : at + random.randrange(1, 8)]
            case _:
                changed[at:at] = random.choice((b"{", b"]", b'"', b"\\u", b",", b"\xff", b"NaN", b"\xef\xbf\xbe"))
    return bytes(changed)


def _dump(document: Any) -> str:
    return json.dumps(document, ensure_ascii=False)
