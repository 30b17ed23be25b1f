"""HTTP requests as API Gateway's events. The expectations about paths and bodies are captures of live HTTP APIs."""

from __future__ import annotations

import base64
import gzip
from datetime import UTC, datetime

import pytest

from local.http.event import BadPathError, Request, build_event, decode_path, is_text

RECEIVED = datetime(2026, 11, 3, 20, 41, 3, 5000, tzinfo=UTC)


def request(
    *headers: tuple[str, str], method: str = "POST", path: str = "/v1/track", query: str = "", body: bytes = b""
) -> Request:
    return Request(method, path, query, (("Host", "127.0.0.1:3000"), *headers), body, "127.0.0.1", 3000, RECEIVED)


@pytest.mark.parametrize(
    ("sent", "arrives"),
    [
        ("/capture/plain", "/capture/plain"),
        ("/capture/space%20value", "/capture/space value"),
        ("/capture/plus+sign", "/capture/plus+sign"),
        ("/capture/question%3Fvalue", "/capture/question"),
        ("/capture/hash%23value", "/capture/hash#value"),
        ("/capture/slash%2Fvalue", "/capture/slash/value"),
        ("/capture/unicode-%CE%BB", "/capture/unicode-λ"),
        ("/capture/literal%252Fvalue", "/capture/literal/value"),
        ("/capture/literal%253Fvalue", "/capture/literal?value"),
        ("/capture/literal%2525value", "/capture/literal%value"),
        ("", "/"),
    ],
)
def test_paths_are_decoded_as_live_apis_do(sent: str, arrives: str) -> None:
    assert decode_path(sent) == arrives


@pytest.mark.parametrize("sent", ["/capture/percent%25done", "/a%", "/a%zz"])
def test_broken_escapes_are_refused(sent: str) -> None:
    with pytest.raises(BadPathError):
        decode_path(sent)


def test_a_plain_request() -> None:
    event = build_event(
        request(
            ("Content-Type", "application/json"),
            ("User-Agent", "curl/8"),
            ("X-Probe", "first"),
            ("x-probe", "second"),
            ("Connection", "keep-alive"),
            body=b'{"event":"\xc3\xa9"}',
        ),
        "POST /v1/{call}",
        {"call": "track"},
    )
    context = event.pop("requestContext")
    trace = event["headers"].pop("x-amzn-trace-id")
    assert event == {
        "version": "2.0",
        "routeKey": "POST /v1/{call}",
        "rawPath": "/v1/track",
        "rawQueryString": "",
        "headers": {
            "content-length": "14",
            "content-type": "application/json",
            "host": "127.0.0.1:3000",
            "user-agent": "curl/8",
            "x-forwarded-for": "127.0.0.1",
            "x-forwarded-port": "3000",
            "x-forwarded-proto": "http",
            "x-probe": "first,second",
        },
        "pathParameters": {"call": "track"},
        "body": '{"event":"é"}',
        "isBase64Encoded": False,
    }
    assert trace.startswith("Root=1-")
    assert len(context.pop("requestId")) == 16
    assert context == {
        "accountId": "000000000000",
        "apiId": "local",
        "domainName": "127.0.0.1:3000",
        "domainPrefix": "127",
        "http": {
            "method": "POST",
            "path": "/v1/track",
            "protocol": "HTTP/1.1",
            "sourceIp": "127.0.0.1",
            "userAgent": "curl/8",
        },
        "routeKey": "POST /v1/{call}",
        "stage": "$default",
        "time": "03/Nov/2026:20:41:03 +0000",
        "timeEpoch": 1793738463005,
    }


def test_absent_things_are_absent_keys() -> None:
    event = build_event(request(method="GET"), "$default", {})
    assert not {"body", "cookies", "queryStringParameters", "pathParameters"} & event.keys()
    assert event["isBase64Encoded"] is False
    assert "content-length" not in event["headers"]


def test_cookies_stand_apart_from_headers() -> None:
    event = build_event(request(("Cookie", "session=abc; theme=dark"), ("cookie", "third=3")), "$default", {})
    assert event["cookies"] == ["session=abc", "theme=dark", "third=3"]
    assert "cookie" not in event["headers"]


def test_the_query_is_given_raw_and_decoded() -> None:
    query = "repeat=one&repeat=two&redirect=https%3A%2F%2Fexample.com%2Fa&plus=a+b&encoded=a%2Bb&empty="
    event = build_event(request(query=query), "$default", {})
    assert event["rawQueryString"] == query
    assert event["queryStringParameters"] == {
        "repeat": "one,two",
        "redirect": "https://example.com/a",
        "plus": "a b",
        "encoded": "a+b",
        "empty": "",
    }


def test_a_forwarded_address_is_kept_in_front() -> None:
    event = build_event(request(("X-Forwarded-For", "203.0.113.9")), "$default", {})
    assert event["headers"]["x-forwarded-for"] == "203.0.113.9, 127.0.0.1"


def test_a_chunked_body_gets_its_length() -> None:
    event = build_event(request(("Transfer-Encoding", "chunked"), body=b"abc"), "$default", {})
    assert event["headers"]["content-length"] == "3"
    assert "transfer-encoding" not in event["headers"]


def test_a_compressed_body_arrives_whole() -> None:
    body = gzip.compress(b'{"a":1}')
    headers = (("Content-Type", "application/json"), ("Content-Encoding", "gzip"))
    event = build_event(request(*headers, body=body), "$default", {})
    assert event["isBase64Encoded"] is True
    assert base64.b64decode(event["body"]) == body
    assert event["headers"]["content-encoding"] == "gzip"


@pytest.mark.parametrize(
    ("content_type", "encoding", "text"),
    [
        ("application/json", "", True),
        ("Application/JSON; charset=UTF-8", "", True),
        ("text/plain;charset=UTF-8", "", True),
        ("application/xml", "identity", True),
        ("application/javascript", "", True),
        ("application/x-www-form-urlencoded", "", False),
        ("application/octet-stream", "", False),
        ("", "", False),
        ("application/json", "gzip", False),
        ("text/plain", "br", False),
    ],
)
def test_which_bodies_are_text(content_type: str, encoding: str, *, text: bool) -> None:
    assert is_text(content_type, encoding) is text
