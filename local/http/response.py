"""Turn what a function returned into the HTTP response of an API Gateway HTTP API, payload format 2.0."""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Response:
    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes


def message(status: int, text: str) -> Response:
    """An answer of API Gateway itself."""
    return Response(
        status, (("content-type", "application/json"),), json.dumps({"message": text}, separators=(",", ":")).encode()
    )


NOT_FOUND = message(404, "Not Found")
BAD_REQUEST = message(400, "Bad Request")
TOO_LARGE = message(413, "Request Entity Too Large")
INTERNAL_ERROR = message(500, "Internal Server Error")
UNAVAILABLE = message(503, "Service Unavailable")


def build_response(payload: bytes) -> Response:
    """Return the response for the JSON that the function returned.

    An object with `statusCode` is taken literally; anything else is the body of a 200, text as it is and the rest as
    JSON. What cannot be understood is API Gateway's 500.
    """
    try:
        result = json.loads(payload or b"null")
    except ValueError:
        return INTERNAL_ERROR
    if not isinstance(result, dict) or "statusCode" not in result:
        body = result if isinstance(result, str) else payload.decode()
        return Response(200, (("content-type", "application/json"),), body.encode())
    try:
        return _literal(result)
    except (ValueError, TypeError, AttributeError, binascii.Error):
        return INTERNAL_ERROR


def _literal(result: dict[str, Any]) -> Response:
    status = int(result["statusCode"])
    if not 100 <= status <= 599:
        raise ValueError(status)
    text = result.get("body")
    if text is None:
        body = b""
    elif result.get("isBase64Encoded"):
        body = base64.b64decode(text)
    else:
        body = text.encode() if isinstance(text, str) else json.dumps(text).encode()
    headers = {name.lower(): _text(value) for name, value in (result.get("headers") or {}).items()}
    if body:
        headers.setdefault("content-type", "text/plain;charset=utf-8")
    cookies = [("set-cookie", str(cookie)) for cookie in result.get("cookies") or []]
    return Response(status, (*headers.items(), *cookies), body)


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
