"""HTTP requests as the events of API Gateway HTTP APIs, payload format 2.0, and of function URLs, which have it too.

The format: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
What that page leaves open follows what live APIs do:

- `rawPath` is decoded, in fact twice: `/a%20b` arrives as `/a b`, `/a%3Fb` as `/a` and `/a%252Fb` as `/a/b`;
  what is not valid percent-encoding after the first time is refused.
- `rawQueryString` is as sent, `queryStringParameters` are decoded and, where repeated, joined with commas.
- A body is text only for `text/*`, `application/json`, `application/xml` and `application/javascript`; every other
  one, one without a content type and a compressed one are base64.

A function URL leaves the path as it was sent, knows no routes, and counts its requests by UUIDs:
https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html#urls-payloads
"""

from __future__ import annotations

import base64
import re
import secrets
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, unquote

ACCOUNT = "000000000000"
API_ID = "local"
# What API Gateway consumes itself and does not pass on.
_CONSUMED = frozenset({"connection", "cookie", "expect", "keep-alive", "te", "transfer-encoding", "upgrade"})
_TEXT = frozenset({"application/javascript", "application/json", "application/xml"})
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_BROKEN_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")


class BadPathError(ValueError):
    """A path that API Gateway answers with 400."""


@dataclass(frozen=True)
class Request:
    method: str
    path: str
    """Decoded, from `decode_path`."""
    query: str
    """As sent, without the question mark."""
    headers: tuple[tuple[str, str], ...]
    """As sent: any case, names may repeat."""
    body: bytes
    source_ip: str
    port: int
    received: datetime


def decode_path(raw: str) -> str:
    """Return the path without its percent-encoding. Raises BadPathError."""
    once = unquote(_valid(raw)).partition("?")[0]
    return unquote(_valid(once)) or "/"


def build_url_event(request: Request) -> dict[str, Any]:
    """Return the event of a function URL."""
    event = build_event(request, "$default", {})
    event["requestContext"] |= {"accountId": "anonymous", "requestId": str(uuid.uuid4())}
    return event


def build_event(request: Request, route_key: str, path_parameters: dict[str, str]) -> dict[str, Any]:
    """Absent cookies, parameters and bodies are absent keys, as on AWS."""
    headers, cookies = _headers(request)
    host = headers.get("host", "")
    event: dict[str, Any] = {
        "version": "2.0",
        "routeKey": route_key,
        "rawPath": request.path,
        "rawQueryString": request.query,
        "headers": headers,
        "requestContext": {
            "accountId": ACCOUNT,
            "apiId": API_ID,
            "domainName": host,
            "domainPrefix": host.partition(".")[0],
            "http": {
                "method": request.method,
                "path": request.path,
                "protocol": "HTTP/1.1",
                "sourceIp": request.source_ip,
                "userAgent": headers.get("user-agent", ""),
            },
            "requestId": base64.b64encode(secrets.token_bytes(11)).decode(),
            "routeKey": route_key,
            "stage": "$default",
            "time": _clf_time(request.received),
            "timeEpoch": int(request.received.timestamp() * 1000),
        },
        "isBase64Encoded": False,
    }
    if cookies:
        event["cookies"] = cookies
    if parameters := _query(request.query):
        event["queryStringParameters"] = parameters
    if path_parameters:
        event["pathParameters"] = path_parameters
    if request.body:
        event["isBase64Encoded"] = not is_text(headers.get("content-type", ""), headers.get("content-encoding", ""))
        event["body"] = (
            base64.b64encode(request.body).decode()
            if event["isBase64Encoded"]
            else request.body.decode("utf-8", errors="replace")
        )
    return event


def is_text(content_type: str, content_encoding: str) -> bool:
    media_type = content_type.partition(";")[0].strip().lower()
    if content_encoding.strip().lower() not in ("", "identity"):
        return False
    return media_type.startswith("text/") or media_type in _TEXT


def _valid(text: str) -> str:
    if _BROKEN_ESCAPE.search(text):
        raise BadPathError(text)
    return text


def _headers(request: Request) -> tuple[dict[str, str], list[str]]:
    """Lower-case names; repeated ones joined with commas; cookies apart; what the gateway adds."""
    headers: dict[str, str] = {}
    cookies: list[str] = []
    for name, value in request.headers:
        key = name.lower()
        if key == "cookie":
            cookies += [cookie.strip() for cookie in value.split(";") if cookie.strip()]
        elif key not in _CONSUMED:
            headers[key] = f"{headers[key]},{value}" if key in headers else value
    if request.body or "content-length" in headers:
        headers["content-length"] = str(len(request.body))
    forwarded = headers.get("x-forwarded-for")
    headers["x-forwarded-for"] = f"{forwarded}, {request.source_ip}" if forwarded else request.source_ip
    headers["x-forwarded-port"] = str(request.port)
    headers["x-forwarded-proto"] = "http"
    headers.setdefault("x-amzn-trace-id", f"Root=1-{int(request.received.timestamp()):08x}-{secrets.token_hex(12)}")
    return dict(sorted(headers.items())), cookies


def _query(query: str) -> dict[str, str]:
    parameters: dict[str, str] = {}
    for name, value in parse_qsl(query, keep_blank_values=True):
        parameters[name] = f"{parameters[name]},{value}" if name in parameters else value
    return parameters


def _clf_time(moment: datetime) -> str:
    """`23/Nov/2026:20:41:03 +0000`: the month in English whatever the locale."""
    utc = moment.astimezone(UTC)
    return f"{utc:%d}/{_MONTHS[utc.month - 1]}/{utc:%Y:%H:%M:%S} +0000"
