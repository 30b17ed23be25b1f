"""The target of a link, as a browser reads it: https://url.spec.whatwg.org/#url-parsing

Browsers accept more than RFC 3986 allows: other scripts, blanks, backslashes, a scheme in capitals. What is read here
is written out again, so the address that was checked is the address that is led to.
"""

import re
from typing import NamedTuple
from urllib.parse import quote, unquote

_DEFAULT_PORTS = {"http": "80", "https": "443"}
_PARTS = re.compile(r"(https?):[/\\]*([^/\\?#]*)([^?#]*)(\?[^#]*)?(#.*)?", re.IGNORECASE | re.DOTALL)
_AUTHORITY = re.compile(r"([^:\[\]]+|\[[0-9A-Fa-f:.]+\])(?::([0-9]{0,5}))?")
_HOST = re.compile(r"[a-z0-9_.-]+|\[[0-9a-f:.]+\]")
#: What browsers leave as it is in each part of an address, of the printable characters of ASCII.
_PRINTABLE = "".join(map(chr, range(0x21, 0x7F)))
_IN_PATH, _IN_QUERY, _IN_FRAGMENT = (
    "".join(each for each in _PRINTABLE if each not in encoded) for encoded in ('"#<>?`{}', "\"#<>'", '"<>`')
)
#: What browsers leave out around an address, and anywhere in it.
_AROUND, _LEFT_OUT = "".join(map(chr, range(0x21))), dict.fromkeys(map(ord, "\t\n\r"))
#: What is longer is no target.
_MAX_CHARACTERS = 16_384


class Address(NamedTuple):
    """An address over HTTP. `host` has a port only where it is not the scheme's own; `fragment` has its `#`."""

    scheme: str
    host: str
    path: str
    query: str
    fragment: str

    def __str__(self) -> str:
        return f"{self.scheme}://{self.host}{self.path}{self.query and '?' + self.query}{self.fragment}"


def address_of(target: str) -> Address | None:
    """Return the address that a browser would go to, all ASCII; None for none, and for one that names a user."""
    if len(target) > _MAX_CHARACTERS:
        return None
    text = target.strip(_AROUND).translate(_LEFT_OUT)
    match = _PARTS.fullmatch(text)
    if match is None:
        return None
    scheme, authority, path, query, fragment = (part or "" for part in match.groups())
    scheme = scheme.lower()
    host = _host(authority, scheme)
    if host is None:
        return None
    path = quote(path.replace("\\", "/"), safe=_IN_PATH, errors="replace") or "/"
    query = quote(query.removeprefix("?"), safe=_IN_QUERY, errors="replace")
    return Address(scheme, host, path, query, quote(fragment, safe=_IN_FRAGMENT, errors="replace"))


def _host(authority: str, scheme: str) -> str | None:
    match = _AUTHORITY.fullmatch(authority)
    if match is None:
        return None
    name, port = unquote(match[1]), (match[2] or "").lstrip("0")
    try:
        name = name.lower() if name.isascii() else name.encode("idna").decode().lower()
    except UnicodeError:
        return None
    if _HOST.fullmatch(name) is None:
        return None
    return name if port in ("", _DEFAULT_PORTS[scheme]) else f"{name}:{port}"
