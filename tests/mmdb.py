"""A database of places as vendors ship them, written here: the form of https://maxmind.github.io/MaxMind-DB/."""

import struct
from collections.abc import Mapping
from ipaddress import ip_network
from typing import Any

#: Types of numbers, which stand before them.
_UINT16, _UINT32, _UINT64 = 5, 6, 9
_MARKER = b"\xab\xcd\xefMaxMind.com"


def mmdb(places: Mapping[str, Any], kind: str = "Test-City") -> bytes:
    """Return a database that has a record for each of these networks."""
    nodes: list[list[Any]] = [[None, None]]
    data, offsets = b"", {}
    for text, record in places.items():
        offsets[text] = len(data)
        data += _value(record)
        _put(nodes, text)
    count = len(nodes)
    tree = b""
    for node in nodes:
        sides = [
            count if each is None else each if isinstance(each, int) else count + 16 + offsets[each] for each in node
        ]
        tree += b"".join(side.to_bytes(3, "big") for side in sides)
    about = {
        "node_count": (_UINT32, count),
        "record_size": (_UINT16, 24),
        "ip_version": (_UINT16, 6),
        "database_type": kind,
        "languages": ["en"],
        "binary_format_major_version": (_UINT16, 2),
        "binary_format_minor_version": (_UINT16, 0),
        "build_epoch": (_UINT64, 1767225600),
        "description": {"en": "places for tests"},
    }
    return tree + bytes(16) + data + _MARKER + _value(about)


def _put(nodes: list[list[Any]], text: str) -> None:
    network = ip_network(text)
    bits = format(int(network.network_address), f"0{network.max_prefixlen}b")
    # IPv4 lies in the lowest 32 bits of IPv6.
    path = bits[: network.prefixlen] if network.version == 6 else "0" * 96 + bits[: network.prefixlen]
    at = 0
    for bit in path[:-1]:
        side = int(bit)
        if nodes[at][side] is None:
            nodes.append([None, None])
            nodes[at][side] = len(nodes) - 1
        at = nodes[at][side]
    nodes[at][int(path[-1])] = text


def _value(value: Any) -> bytes:
    match value:
        case dict():
            return _control(7, len(value)) + b"".join(_value(key) + _value(each) for key, each in value.items())
        case list():
            return _control(11, len(value)) + b"".join(map(_value, value))
        case str():
            encoded = value.encode()
            return _control(2, len(encoded)) + encoded
        case float():
            return _control(3, 8) + struct.pack(">d", value)
    kind, number = int(value[0]), int(value[1])
    size = (number.bit_length() + 7) // 8
    return _control(kind, size) + number.to_bytes(size, "big")


def _control(kind: int, size: int) -> bytes:
    small = min(size, 29)
    first = (kind << 5 | small) if kind < 8 else small
    extended = b"" if kind < 8 else bytes([kind - 7])
    return bytes([first]) + extended + (b"" if size < 29 else bytes([size - 29]))
