"""The addresses that a destination may reach.

A function inside an account can reach what strangers cannot: the metadata service, private networks, itself. So a
name is resolved here, each address is checked, and the connection goes to the address that was checked.
"""

import re
import socket
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import urlsplit

from sluice.destinations.http import ForbiddenTargetError, UnreachableError

#: Of an address (RFC 3986, 2).
_VISIBLE = re.compile(r"[\x21-\x7e]+")

#: All that is given out of IPv6 (RFC 4291, 2.4). What lies outside is site-local, reserved or a translation.
_GLOBAL_UNICAST = ip_network("2000::/3")
#: Ranges that carry an IPv4 address inside an IPv6 one and would lead around the check.
_TRANSLATED = tuple(map(ip_network, ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32")))


@lru_cache(256)
def problem_of(url: str) -> str | None:
    """Return why nothing can be sent to this address, whatever it resolves to; None if something can.

    A webhook asks for each event, nearly always about the same address.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        host = port = None
    if not host or port == 0 or parts.scheme not in ("http", "https"):
        return "is not an address; write https://host/path"
    if not _VISIBLE.fullmatch(url):
        return "has characters that belong percent-encoded, as in https://host/caf%C3%A9"
    if parts.scheme == "http" and not is_loopback_host(host):
        return "must start with https://; plain http is for this machine alone"
    if (address := _literal(host)) is not None and not is_allowed(address, loopback=True):
        return "is an address of a private network, or of no host at all, which a destination may not reach"
    return None


def _literal(host: str) -> str | None:
    """Return the address that a host is, in every form that resolvers take for one: `127.1` is an address too."""
    try:
        return str(ip_address(host.strip("[]").partition("%")[0]))
    except ValueError:
        pass
    try:
        return socket.inet_ntoa(socket.inet_aton(host))
    except (OSError, UnicodeError):
        return None


def is_allowed(address: str, loopback: bool = False) -> bool:
    """Public unicast addresses, and those of this machine if `loopback` says so."""
    parsed = ip_address(address.partition("%")[0])
    inner = parsed.ipv4_mapped if isinstance(parsed, IPv6Address) and parsed.ipv4_mapped else parsed
    if inner.is_loopback:
        return loopback
    is_unicast = inner.version == 4 or inner in _GLOBAL_UNICAST
    return inner.is_global and is_unicast and not inner.is_multicast and not _is_translated(inner)


def _is_translated(address: IPv4Address | IPv6Address) -> bool:
    return address.version == 6 and any(address in network for network in _TRANSLATED)


def resolve(host: str, port: int, loopback: bool = False) -> list[str]:
    """The addresses of `host` that may be reached, in the resolver's order.

    Raises UnreachableError if it has none, ForbiddenTargetError if it has only forbidden ones.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise UnreachableError("ENOTFOUND", f"{host} does not resolve") from error
    addresses = list(dict.fromkeys(str(sockaddr[0]) for *_, sockaddr in found))
    allowed = [address for address in addresses if is_allowed(address, loopback)]
    if not allowed:
        raise ForbiddenTargetError(f"{host} resolves to addresses that a destination must not reach")
    return allowed


def is_loopback_host(host: str) -> bool:
    """Return whether a URL's host names this machine itself. Nothing is resolved."""
    address = _literal(host)
    return host == "localhost" if address is None else ip_address(address).is_loopback
