"""User agents, read once each: reading one takes longer than the rest of an event's mapping.

By ua-parser, https://github.com/ua-parser/uap-python, with its matcher in Rust: its own in Python takes twenty times as
long. Both are imported at the first agent, because most functions never see one.
"""

from dataclasses import dataclass
from functools import cache, lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ua_parser import Parser

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
    """Return what a user agent says of system and device. Only its first 1,000 characters are read."""
    from ua_parser import Domain

    read = _parser()(text[:_MAX_CHARACTERS], Domain.OS | Domain.DEVICE)
    os, device = read.os, read.device
    version = [part for part in (os.major, os.minor, os.patch) if part] if os else []
    known = device is not None and device.brand not in (None, "Generic", "Spider")
    return Agent(
        os.family if os else None,
        ".".join(version) or None,
        device.brand if device and known else None,
        device.model if device and known else None,
    )


@cache
def _parser() -> "Parser":
    """Return a parser without the matchers of browsers, which nobody asks for: a third of its start and 7 MB less."""
    from ua_parser import Parser
    from ua_parser.loaders import load_lazy_builtins
    from ua_parser.regex import Resolver

    _, systems, devices = load_lazy_builtins()
    return Parser(Resolver(([], systems, devices)))
