"""Answers that browsers and CDNs may keep, and ask about again by their ETag."""

from dataclasses import replace

from sluice.edge.request import Request
from sluice.edge.responses import Response


def cached(answer: Response, request: Request, etag: str, control: str, vary: str = "origin") -> Response:
    """The answer with what caches need to know; 304 without a body for who has it already.

    It varies by origin because the cross-origin headers do, also where no origin was sent: a CDN must not keep that
    answer for a page.
    """
    headers = {"cache-control": f"public, {control}", "etag": f'"{etag}"', "vary": vary}
    if _has(request.headers.get("if-none-match", ""), headers["etag"]):
        return Response(304, headers=headers)
    return replace(answer, headers={**answer.headers, **headers})


def _has(known: str, etag: str) -> bool:
    """CDNs that compress turn an ETag into a weak one."""
    return any(each.strip().removeprefix("W/") in (etag, "*") for each in known.split(","))
