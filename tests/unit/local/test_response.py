"""What a function returns, as an HTTP response."""

from __future__ import annotations

import json

import pytest

from local.http.response import INTERNAL_ERROR, NOT_FOUND, build_response


def test_an_object_with_a_status_is_taken_literally() -> None:
    response = build_response(
        json.dumps(
            {
                "statusCode": 201,
                "headers": {"Content-Type": "text/html", "X-Number": 3, "X-Flag": True},
                "cookies": ["a=1; Secure", "b=2"],
                "body": "<p>é</p>",
            }
        ).encode()
    )
    assert response.status == 201
    assert response.headers == (
        ("content-type", "text/html"),
        ("x-number", "3"),
        ("x-flag", "true"),
        ("set-cookie", "a=1; Secure"),
        ("set-cookie", "b=2"),
    )
    assert response.body == "<p>é</p>".encode()


def test_a_base64_body_is_decoded() -> None:
    response = build_response(b'{"statusCode":200,"isBase64Encoded":true,"body":"R0lGODlh"}')
    assert response.body == b"GIF89a"


def test_a_body_without_a_type_is_plain_text() -> None:
    assert build_response(b'{"statusCode":"200","body":"hello"}').headers == (
        ("content-type", "text/plain;charset=utf-8"),
    )
    assert build_response(b'{"statusCode":204}').headers == ()


@pytest.mark.parametrize(
    ("payload", "body"),
    [(b'{"message": "hi"}', b'{"message": "hi"}'), (b'"hello"', b"hello"), (b"[1]", b"[1]"), (b"null", b"null")],
)
def test_anything_else_is_the_json_body_of_a_200(payload: bytes, body: bytes) -> None:
    response = build_response(payload)
    assert (response.status, response.headers, response.body) == (200, (("content-type", "application/json"),), body)


@pytest.mark.parametrize(
    "payload",
    [
        b"not json",
        b'{"statusCode":"abc"}',
        b'{"statusCode":99}',
        b'{"statusCode":null}',
        b'{"statusCode":200,"headers":[1]}',
        b'{"statusCode":200,"isBase64Encoded":true,"body":"x"}',
    ],
)
def test_what_cannot_be_understood_is_a_500(payload: bytes) -> None:
    assert build_response(payload) is INTERNAL_ERROR


def test_the_gateways_own_answers_are_json() -> None:
    assert NOT_FOUND.body == b'{"message":"Not Found"}'
