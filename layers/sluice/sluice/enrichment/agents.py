"""User agents: browser, system, device, and whether it is a bot's. Each is read once.

By ua-parser and crawler-user-agents, which are imported at the first agent.
"""

import re
from functools import cache, lru_cache
from itertools import batched
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from ua_parser import Parser

#: What browsers send is shorter; what is longer is cut.
_MAX_CHARACTERS = 1000


class Agent(NamedTuple):
    """Parts of a context, by Segment's names. Each may be empty."""

    browser: dict[str, str]
    os: dict[str, str]
    device: dict[str, str]


@lru_cache(8192)
def agent(text: str) -> Agent:
    """Return what a user agent says. Only its first 1,000 characters are read."""
    from ua_parser import Domain

    read = _parser()(text[:_MAX_CHARACTERS], Domain.ALL)
    browser, os, device = read.user_agent, read.os, read.device
    is_known = device is not None and device.brand not in (None, "Generic", "Spider")
    return Agent(
        _filled(name=browser.family, version=_version(browser)) if browser else {},
        _filled(name=os.family, version=_version(os)) if os else {},
        _filled(manufacturer=device.brand, model=device.model) if device and is_known else {},
    )


@lru_cache(8192)
def bot(text: str) -> dict[str, str] | None:
    """Return the name of the bot that a user agent belongs to, as it stands there; None for no bot.

    The list is that of https://github.com/monperrus/crawler-user-agents: crawlers, previews and HTTP libraries.
    """
    for pattern in _bots():
        if (found := pattern.search(text, 0, _MAX_CHARACTERS)) is not None:
            return {"name": found[0].strip("/ ;(+") or "bot"}
    return None


@cache
def _bots() -> list[re.Pattern[str]]:
    """Return the list's patterns joined, a few at a time: one of all takes twice as long to search with."""
    from crawleruseragents import CRAWLER_USER_AGENTS_DATA

    patterns = [each["pattern"] for each in CRAWLER_USER_AGENTS_DATA]
    return [re.compile("|".join(some)) for some in batched(patterns, 25, strict=False)]


@cache
def _parser() -> "Parser":
    from ua_parser import Parser
    from ua_parser.loaders import load_lazy_builtins
    from ua_parser.regex import Resolver

    return Parser(Resolver(load_lazy_builtins()))


def _version(part: Any) -> str | None:
    return ".".join(each for each in (part.major, part.minor, part.patch) if each) or None


def _filled(**values: str | None) -> dict[str, str]:
    return {name: value for name, value in values.items() if value}
