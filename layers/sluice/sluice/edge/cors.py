"""Cross-origin rules, answered here and not by API Gateway, which cannot echo any origin together with credentials.

The current web SDK sends `authorization`, which the Fetch standard excludes from `*`, so it is listed by name; it
sends cookies if told to, for which the origin must be echoed; and it reads `Retry-After` only if it is exposed.
"""

from collections.abc import Collection
from dataclasses import replace

from sluice.edge.request import Request
from sluice.edge.responses import Response

#: Asked for by the SDKs of Segment, RudderStack and Jitsu; anything else a browser asks for is granted by echo.
_HEADERS = "authorization, content-type, x-retry-count, anonymousid, sentat, x-write-key"
_MAX_AGE_SECONDS = "86400"


def parse_origins(text: str) -> frozenset[str]:
    """`https://a.example, https://b.example`, or `*` for every origin."""
    return frozenset(origin.strip().rstrip("/") for origin in text.split(",") if origin.strip())


def preflight(request: Request, allowed: Collection[str]) -> Response:
    asked = request.headers.get("access-control-request-headers", "")
    extra = ", ".join(name for name in _tokens(asked) if name not in _HEADERS.split(", "))
    headers = {
        "access-control-allow-methods": "GET, POST, OPTIONS",
        "access-control-allow-headers": f"{_HEADERS}, {extra}" if extra else _HEADERS,
        "access-control-max-age": _MAX_AGE_SECONDS,
    }
    return with_cors(Response(204, headers=headers), request, allowed)


def with_cors(answer: Response, request: Request, allowed: Collection[str]) -> Response:
    """The answer, readable for the page that asked if its origin is allowed."""
    origin = request.headers.get("origin")
    if origin is None or not ("*" in allowed or origin in allowed):
        return answer
    headers = {
        "access-control-allow-origin": origin,
        "access-control-allow-credentials": "true",
        "access-control-expose-headers": "retry-after",
        "vary": answer.headers.get("vary", "origin"),  # what varies by more says so, and by origin too
    }
    return replace(answer, headers={**answer.headers, **headers})


def _tokens(text: str) -> list[str]:
    """Header names of the request, lower-case; what is no name at all is left out."""
    names = (name.strip().lower() for name in text.split(",")[:30])
    return [name for name in names if name and name.replace("-", "").replace("_", "").isalnum() and name.isascii()]
