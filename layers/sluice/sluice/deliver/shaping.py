"""Payloads into what vendors want: fields under other names, credentials into headers."""

import base64
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlencode

from sluice.mapping import NOTHING


def picked(payload: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    """The fields that the payload has, under the vendor's names: `{"ip": "ip_address"}` is theirs from ours."""
    return {theirs: payload[ours] for theirs, ours in names.items() if ours in payload}


def present(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Without what is NOTHING; null stays."""
    return {name: value for name, value in fields.items() if value is not NOTHING}


def omitted(fields: Mapping[str, Any], names: Iterable[str]) -> dict[str, Any]:
    left = dict(fields)
    for name in names:
        left.pop(name, None)
    return left


def form(**fields: str) -> bytes:
    """An `application/x-www-form-urlencoded` body."""
    return urlencode(fields).encode()


def basic(username: str, password: str = "") -> str:
    """The value of an `Authorization` header. RFC 7617."""
    return "Basic " + base64.b64encode(f"{username}:{password}".encode()).decode()
