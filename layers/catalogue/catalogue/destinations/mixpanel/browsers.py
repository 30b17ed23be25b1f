"""The names that Mixpanel's own libraries give to browsers, told by a user agent.

https://docs.mixpanel.com/docs/data-structure/property-reference/default-properties
"""

import re
from collections.abc import Callable
from functools import lru_cache

_BLACKBERRY = re.compile(r"BlackBerry|PlayBook|BB10", re.IGNORECASE)

#: In order: the first whose sign is there. Many pretend to be Chrome, and Chrome pretends to be Safari.
_SIGNS: tuple[tuple[Callable[[str], object], str], ...] = (
    (lambda agent: " OPR/" in agent and "Mini" in agent, "Opera Mini"),
    (lambda agent: " OPR/" in agent, "Opera"),
    (_BLACKBERRY.search, "BlackBerry"),
    (lambda agent: "IEMobile" in agent or "WPDesktop" in agent, "Internet Explorer Mobile"),
    (lambda agent: "SamsungBrowser/" in agent, "Samsung Internet"),
    (lambda agent: "Edge" in agent or "Edg/" in agent, "Microsoft Edge"),
    (lambda agent: "FBIOS" in agent, "Facebook Mobile"),
    (lambda agent: "Chrome" in agent, "Chrome"),
    (lambda agent: "CriOS" in agent, "Chrome iOS"),
    (lambda agent: "UCWEB" in agent or "UCBrowser" in agent, "UC Browser"),
    (lambda agent: "FxiOS" in agent, "Firefox iOS"),
    (lambda agent: "Safari" in agent and "iPhone" in agent, "Mobile Safari"),
    (lambda agent: "Safari" in agent, "Safari"),
    (lambda agent: "Android" in agent, "Android Mobile"),
    (lambda agent: "Konqueror" in agent, "Konqueror"),
    (lambda agent: "Firefox" in agent, "Firefox"),
    (lambda agent: "MSIE" in agent or "Trident/" in agent, "Internet Explorer"),
    (lambda agent: "Gecko" in agent, "Mozilla"),
)
_NUMBER = r"(\d+(?:\.\d+)+)"
_VERSIONS = {
    name: re.compile(before + _NUMBER)
    for name, before in {
        "Internet Explorer Mobile": "rv:", "Microsoft Edge": "Edge?/", "Chrome": "Chrome/", "Chrome iOS": "CriOS/",
        "UC Browser": "(?:UCBrowser|UCWEB)/", "Safari": "Version/", "Mobile Safari": "Version/",
        "Opera": "(?:Opera|OPR)/", "Firefox": "Firefox/", "Firefox iOS": "FxiOS/", "Konqueror": "Konqueror:",
        "BlackBerry": "BlackBerry ", "Android Mobile": r"android\s", "Samsung Internet": "SamsungBrowser/",
        "Internet Explorer": "(?:rv:|MSIE )", "Mozilla": "rv:",
    }.items()
}  # fmt: skip


@lru_cache(4096)
def browser(agent: str) -> tuple[str, str | None]:
    """Name, "" if nobody knows it, and version."""
    name = next((name for has_sign, name in _SIGNS if has_sign(agent)), "")
    found = _VERSIONS[name].search(agent) if name in _VERSIONS else None
    return name, found[1] if found else None
