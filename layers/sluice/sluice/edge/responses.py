"""Responses, in the forms that every client of Segment's can read.

Success is exactly 200 with `{"success": true}`: several SDKs retry anything else, and some an empty body. A refusal
is an object with `success`, `code` and `message`: without the last two, old Python SDKs retry a 400 eleven times.
What is permanent is 400, the one status that makes every mobile SDK give the event up.
"""

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field

import orjson

#: Seconds after which a client is asked to come back; all of them read whole seconds, few read dates.
RETRY_AFTER_SECONDS = 5

GIF = base64.b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")


@dataclass(frozen=True, slots=True)
class Response:
    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    cookies: tuple[str, ...] = ()
    binary: bool = False

    def to_api_gateway(self) -> dict[str, object]:
        text = base64.b64encode(self.body).decode() if self.binary else self.body.decode()
        answer: dict[str, object] = {"statusCode": self.status, "headers": dict(self.headers), "body": text}
        if self.binary:
            answer["isBase64Encoded"] = True
        if self.cookies:
            answer["cookies"] = list(self.cookies)
        return answer


def json_response(status: int, document: object, **headers: str) -> Response:
    return Response(status, orjson.dumps(document), {"content-type": "application/json", **_header_names(headers)})


def success() -> Response:
    return json_response(200, {"success": True})


def refusal(status: int, code: str, message: str, **headers: str) -> Response:
    return json_response(status, {"success": False, "code": code, "message": message}, **headers)


def unavailable() -> Response:
    """Nothing was stored: the client keeps its events and tries again."""
    return refusal(
        503, "unavailable", "The event could not be stored. Please retry.", retry_after=str(RETRY_AFTER_SECONDS)
    )


def too_many() -> Response:
    """The write key has used up its ration: the client keeps its events and tries again."""
    return refusal(429, "over_ration", "Too many requests with this write key.", retry_after=str(RETRY_AFTER_SECONDS))


def pixel() -> Response:
    """Always this, whatever became of the event; never cached, so that each opening is seen."""
    return Response(200, GIF, {"content-type": "image/gif", "cache-control": "no-store"}, binary=True)


def _header_names(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in headers.items()}
