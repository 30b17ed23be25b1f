"""Payloads into what vendors want: fields under other names, credentials into headers."""

import base64
import string
from collections.abc import Collection, Mapping
from typing import Any

from sluice.mapping import NOTHING


def picked(payload: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    """The fields that the payload has, under the vendor's names: `{"ip": "ip_address"}` is theirs from ours."""
    return {theirs: payload[ours] for theirs, ours in names.items() if ours in payload}


def present(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return the payload without what is NOTHING; null stays."""
    return {name: value for name, value in fields.items() if value is not NOTHING}


def omitted(fields: Mapping[str, Any], names: Collection[str]) -> dict[str, Any]:
    """All but these; many of them had better be a set."""
    return {name: value for name, value in fields.items() if name not in names}


def form(**fields: str) -> bytes:
    """An `application/x-www-form-urlencoded` body: what `urllib.parse.urlencode` makes, which takes long for JSON."""
    return b"&".join(_quoted(name) + b"=" + _quoted(value) for name, value in fields.items())


_UNRESERVED = (string.ascii_letters + string.digits + "_.-~").encode()
_PERCENT, _SPACE = b"% "


def _quoted(text: str) -> bytes:
    """Byte by byte value, and not byte by byte: percents first, since the others make some, and spaces last."""
    quoted = text.encode("utf-8", "surrogatepass")
    for byte in sorted(set(quoted.translate(None, _UNRESERVED)), key=lambda each: (each != _PERCENT, each == _SPACE)):
        quoted = quoted.replace(bytes((byte,)), b"+" if byte == _SPACE else b"%%%02X" % byte)
    return quoted


def basic(username: str, password: str = "") -> str:
    """The value of an `Authorization` header. RFC 7617."""
    return "Basic " + base64.b64encode(f"{username}:{password}".encode()).decode()
