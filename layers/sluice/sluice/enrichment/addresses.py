"""Addresses of people: the part that names no single household."""

from functools import lru_cache
from ipaddress import IPv6Address, ip_address, ip_network

#: Bits that are kept, as analytics tools have it: https://support.google.com/analytics/answer/2763052
_KEPT = {4: 24, 6: 48}


@lru_cache(8192)
def truncated(text: str) -> str | None:
    """Return an address without its last part: 203.0.113.0, 2001:db8:1::. None for what is no address."""
    try:
        address = ip_address(text.strip().partition("%")[0])
    except ValueError:
        return None
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    return str(ip_network((address, _KEPT[address.version]), strict=False).network_address)
