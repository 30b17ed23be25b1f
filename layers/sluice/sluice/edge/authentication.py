"""Authenticate a request: find the write key, wherever the client put it.

https://segment.com/docs/connections/sources/catalog/libraries/server/http-api/#authentication
"""

import base64
import binascii
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any

from sluice.edge.request import Request
from sluice.spec.query import InvalidQueryError, parameters
from sluice.workspace.compiled import Source, Workspace


def write_keys(request: Request, document: Any = None) -> Iterator[str]:
    """Every key the request carries, the likeliest first.

    Headers come before bodies, because Jitsu sends a masked key in the body beside the real one in a header.
    """
    yield from _from_headers(request.headers)
    with suppress(InvalidQueryError):
        if key := parameters(request.query).get("writeKey"):
            yield key
    yield from _from_document(document)


def identify(keys: Iterator[str], workspace: Workspace) -> tuple[Source | None, str | None]:
    """The source of the first key that has one; else no source and the first key, None without any."""
    first: str | None = None
    for key in keys:
        if (source := workspace.source_of(key)) is not None:
            return source, key
        first = first or key
    return None, first


def basic_password(headers: Mapping[str, str]) -> str | None:
    return _basic(headers)[1] or None


def bearer_token(headers: Mapping[str, str]) -> str | None:
    scheme, _, token = headers.get("authorization", "").strip().partition(" ")
    return token.strip() or None if scheme.lower() == "bearer" else None


def _from_headers(headers: Mapping[str, str]) -> Iterator[str]:
    if key := headers.get("x-write-key", "").strip():
        yield key.partition(":")[0]  # Jitsu's SDKs want `key:secret`
    if user := _basic(headers)[0]:
        yield user


def _basic(headers: Mapping[str, str]) -> tuple[str, str]:
    """User and password, empty where there is none; some clients leave the colon out."""
    scheme, _, credentials = headers.get("authorization", "").strip().partition(" ")
    if scheme.lower() != "basic":
        return "", ""
    try:
        user, _, password = base64.b64decode(credentials.strip(), validate=True).decode("utf-8").partition(":")
    except (binascii.Error, ValueError):
        return "", ""
    return user, password


def _from_document(document: Any) -> Iterator[str]:
    if not isinstance(document, Mapping):
        return
    events = document.get("batch")
    for holder in (document, *(events if isinstance(events, list) else ())):
        if isinstance(holder, Mapping) and isinstance(key := holder.get("writeKey"), str) and key:
            yield key
