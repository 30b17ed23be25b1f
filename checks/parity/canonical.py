"""The form in which two requests are compared: what a vendor would treat alike is alike."""

import gzip
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from sluice.destinations.http import Request

type Place = tuple[str, ...]

#: Said by the HTTP client, not by the destination.
_CLIENTS_OWN = {"user-agent", "accept", "accept-encoding", "content-length", "connection", "host"}
#: Made of the bytes, which may differ where JSON does not: that they are there is compared, and of what form they are.
_SIGNATURES = {"x-signature"}
_DIGITS = re.compile("[0-9a-f]")


def theirs(request: Mapping[str, Any]) -> dict[str, Any]:
    """Of evidence: `json`, `form` or `bodyText` beside `method`, `url` and `headers`."""
    body = request["json"] if "json" in request else request.get("form", request.get("bodyText"))
    return _request(request["method"], request["url"], request.get("headers") or {}, body)


def ours(request: Request) -> dict[str, Any]:
    headers = {name.lower(): value for name, value in request.headers.items()}
    body = gzip.decompress(request.body) if headers.pop("content-encoding", "") == "gzip" else request.body
    kind = headers.get("content-type", "").partition(";")[0]
    text = body.decode()
    if kind == "application/x-www-form-urlencoded":
        return _request(request.method, request.url, headers, dict(parse_qsl(text, keep_blank_values=True)))
    try:
        return _request(request.method, request.url, headers, json.loads(text) if text else None)
    except ValueError:
        return _request(request.method, request.url, headers, text)


def _request(method: str, url: str, headers: Mapping[str, str], body: Any) -> dict[str, Any]:
    parts = urlsplit(url)
    kept = {name.lower(): value for name, value in headers.items()}
    if "content-type" in kept:
        kept["content-type"] = kept["content-type"].partition(";")[0].strip().lower()
    return {
        "method": method.upper(),
        "url": f"{parts.scheme}://{parts.netloc.lower()}{parts.path}",
        "query": dict(sorted(parse_qsl(parts.query, keep_blank_values=True))),
        "headers": {
            name: _DIGITS.sub("0", value) if name in _SIGNATURES else value
            for name, value in kept.items()
            if name not in _CLIENTS_OWN
        },
        "body": _value(body),
    }


def _value(value: Any) -> Any:
    """JSON has one kind of number, and JSON inside a text is compared as what it says."""
    if isinstance(value, dict):
        return {name: _value(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_value(each) for each in value]
    if isinstance(value, str) and len(value) > 1 and value.lstrip()[:1] in ("[", "{"):
        try:
            return {"(json)": _value(json.loads(value))}
        except ValueError:
            return value
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value


def leaves(value: Any, place: Place = ()) -> Iterator[tuple[Place, Any]]:
    """Every value with its place, `body`, `events`, `0`, `name`; an empty object or list is a value."""
    if isinstance(value, dict) and value:
        for name, each in value.items():
            yield from leaves(each, (*place, name))
    elif isinstance(value, list) and value:
        for index, each in enumerate(value):
            yield from leaves(each, (*place, str(index)))
    else:
        yield place, value
