"""An HTTP request as API Gateway or a function URL hands it over.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html (format 2.0)
https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html#urls-payloads
"""

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote


@dataclass(frozen=True, slots=True)
class Request:
    """Header names are lower-case. `body` is what came over the wire, compressed if the client compressed it."""

    method: str
    path: str
    query: str = ""
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    cookies: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)
    ip: str | None = None
    id: str = ""
    time_ms: int = 0

    @property
    def segments(self) -> list[str]:
        """The path in parts; a trailing slash makes no difference."""
        return [segment for segment in self.path.split("/") if segment]


def from_api_gateway(event: Mapping[str, Any]) -> Request:
    """Return the request of an event. API Gateway sends header names in lower case, `sam local` as the client does.

    API Gateway decodes paths, a function URL may not.
    """
    context = event["requestContext"]
    text = event.get("body") or ""
    path = event["rawPath"]
    return Request(
        method=context["http"]["method"],
        path=unquote(path) if "%" in path else path,
        query=event.get("rawQueryString", ""),
        headers={name.lower(): value for name, value in (event.get("headers") or {}).items()},
        cookies=dict(_cookie(each) for each in event.get("cookies", ())),
        body=base64.b64decode(text) if event.get("isBase64Encoded") else text.encode("utf-8", "surrogatepass"),
        ip=context["http"].get("sourceIp"),
        id=context["requestId"],
        time_ms=context["timeEpoch"],
    )


def _cookie(text: str) -> tuple[str, str]:
    name, _, value = text.partition("=")
    return name.strip(), value.strip()
