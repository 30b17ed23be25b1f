"""User agents, read once each: there are few of them, and reading one takes longer than all else of an event.

By ua-parser, https://github.com/ua-parser/uap-python, which is imported by those who need it.
"""

from dataclasses import dataclass
from functools import lru_cache

#: What browsers send is shorter; what is longer is cut.
_MAX_CHARACTERS = 1000


@dataclass(frozen=True, slots=True)
class Agent:
    """None for what it does not say. `os_version` is `10.15.7`; the operating system's, not the browser's."""

    os_name: str | None = None
    os_version: str | None = None
    manufacturer: str | None = None
    model: str | None = None


@lru_cache(8192)
def agent(text: str) -> Agent:
    from ua_parser import parse_device, parse_os

    text = text[:_MAX_CHARACTERS]
    os, device = parse_os(text), parse_device(text)
    version = [part for part in (os.major, os.minor, os.patch) if part] if os else []
    known = device is not None and device.brand not in (None, "Generic", "Spider")
    return Agent(
        os.family if os else None,
        ".".join(version) or None,
        device.brand if device and known else None,
        device.model if device and known else None,
    )
