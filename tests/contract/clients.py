"""How some twenty clients talk, one row each: what they send is theirs, that it works is ours.

Facts recorded from the real clients or read in their sources; the events are our own.
"""

import base64
import gzip
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sluice.edge.request import Request
from tests.examples import RECEIVED_MS

KEY = "wk_website"
BASIC = {"authorization": "Basic " + base64.b64encode(f"{KEY}:".encode()).decode()}

type Event = dict[str, Any]


def plain(batch: list[Event]) -> dict[str, Any]:
    return {"batch": batch, "sentAt": "2026-11-23T20:40:48.000Z"}


def with_key(batch: list[Event]) -> dict[str, Any]:
    return {**plain(batch), "writeKey": KEY}


def with_key_everywhere(batch: list[Event]) -> dict[str, Any]:
    return with_key([{**event, "writeKey": KEY} for event in batch])


def with_flush_time(batch: list[Event]) -> dict[str, Any]:
    """The envelope's `timestamp` is when the batch was flushed, not when anything happened."""
    return {**plain(batch), "timestamp": "2026-11-23T20:40:48.000Z"}


def alone(batch: list[Event]) -> dict[str, Any]:
    return batch[0]


def alone_with_key(batch: list[Event]) -> dict[str, Any]:
    return {**batch[0], "writeKey": KEY, "sentAt": "2026-11-23T20:40:48.000Z"}


def alone_with_masked_key(batch: list[Event]) -> dict[str, Any]:
    return {**batch[0], "writeKey": f"{KEY}:***"}


@dataclass(frozen=True)
class Client:
    """`content_type` None sends none; `query` is a query string; `event` changes each event as the client writes it."""

    name: str
    path: str
    wrap: Callable[[list[Event]], dict[str, Any]]
    headers: Mapping[str, str] = field(default_factory=dict)
    content_type: str | None = "application/json"
    gzipped: bool = False
    says_gzip: bool = True
    query: str = ""
    dump: Callable[[Any], str] = json.dumps
    event: Callable[[Event], Event] = lambda event: event

    def request(self, events: list[Event]) -> Request:
        text = self.dump(self.wrap([self.event(event) for event in events])).encode("utf-8", "surrogatepass")
        headers = dict(self.headers)
        if self.content_type is not None:
            headers["content-type"] = self.content_type
        if self.gzipped and self.says_gzip:
            headers["content-encoding"] = "gzip"
        body = gzip.compress(text) if self.gzipped else text
        return Request("POST", self.path, self.query, headers, {}, body, "203.0.113.7", self.name, RECEIVED_MS)

    @property
    def sends_one(self) -> bool:
        return self.wrap in (alone, alone_with_key, alone_with_masked_key)


def nulls(event: Event) -> Event:
    """Python's SDKs write unset ids as null, and times with an offset."""
    return {
        "userId": None,
        "anonymousId": None,
        **event,
        "timestamp": "2026-11-23T20:40:47.000+00:00",
        "integrations": {},
    }


def rudder(event: Event) -> Event:
    """RudderStack's name for the time, traits in the context, a channel of its own."""
    renamed = {name: value for name, value in event.items() if name not in ("timestamp", "traits")}
    context = {**event.get("context", {}), **({"traits": event["traits"]} if event["type"] == "identify" else {})}
    traits = {"traits": event["traits"]} if event["type"] == "group" else {}
    return {**renamed, **traits, "originalTimestamp": event["timestamp"], "context": context, "channel": "web"}


def raw_utf8(document: Any) -> str:
    return json.dumps(document, ensure_ascii=False)


TEXT = "text/plain"
UTF8 = "application/json; charset=utf-8"

CLIENTS = [
    Client("segment-analytics-python", "/v1/batch", with_key, BASIC, event=nulls),
    Client("segment-analytics-python gzip", "/v1/batch", with_key, BASIC, gzipped=True, event=nulls),
    Client("analytics-python 1.4", "/v1/batch", plain, BASIC, event=nulls),
    Client("rudder-sdk-python", "/v1/batch", plain, BASIC, gzipped=True, event=nulls),
    Client("@segment/analytics-node", "/v1/batch", with_key, BASIC, dump=raw_utf8),
    Client("analytics-node 6", "/v1/batch", with_flush_time, BASIC, dump=raw_utf8),
    Client(
        "rudder-sdk-node", "/v1/batch", with_flush_time, BASIC, "application/x-www-form-urlencoded", True, event=rudder
    ),
    Client("rudder-sdk-node, unsaid gzip", "/v1/batch", plain, BASIC, gzipped=True, says_gzip=False),
    Client("@jitsu/js", "/api/s/track", alone_with_masked_key, {"x-write-key": KEY}),
    Client(
        "analytics-next 1.84", "/v1/t", alone_with_key, {**BASIC, "origin": "https://a.example"}, TEXT, dump=raw_utf8
    ),
    Client("analytics-next 1.81", "/v1/t", alone_with_key, {"origin": "https://a.example"}, TEXT, dump=raw_utf8),
    Client("analytics-next batching", "/v1/b", with_key_everywhere, BASIC, TEXT, dump=raw_utf8),
    Client("@rudderstack/analytics-js", "/v1/track", alone, BASIC, "application/json;charset=UTF-8", event=rudder),
    Client(
        "@rudderstack/analytics-js beacon", "/beacon/v1/batch", plain, {}, TEXT, query=f"writeKey={KEY}", event=rudder
    ),
    Client("analytics-react-native", "/v1/b", with_key, {}, UTF8),
    Client("analytics-swift", "/v1/b", with_key, {}, UTF8),
    Client("analytics-kotlin", "/v1/b", with_key, {}, TEXT, True),
    Client("Analytics-CSharp", "/v1/b", with_key, {}, None, True),
    Client("analytics-android", "/v1/import", with_key, {}, gzipped=True),
    Client("analytics-ios", "/v1/batch", with_key, {}, gzipped=True),
    Client("analytics-java", "/v1/import/", lambda batch: {**with_key(batch), "sequence": 7, "context": {}}, BASIC),
    Client("analytics-ruby", "/v1/import", plain, BASIC),
    Client("analytics-go", "/v1/batch", lambda batch: {**plain(batch), "messageId": "m", "context": {}}, BASIC),
    Client("analytics-php", "/v1/batch", plain, {"authorization": BASIC["authorization"]}),
    Client("HTTP API by hand", "/v1/track", alone, BASIC),
]
