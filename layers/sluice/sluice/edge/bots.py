"""Who follows a link that nobody clicked: browsers that look ahead, scanners of mail, previews of chats."""

import re

from sluice.edge.request import Request

#: Headers by which browsers and extensions say that they only look ahead.
_PURPOSES = ("purpose", "sec-purpose", "x-purpose", "x-moz")
_LOOKING_AHEAD = re.compile(r"prefetch|prerender|preview", re.IGNORECASE)

#: Names that previewers and scanners give themselves.
_AGENTS = re.compile(
    r"bot\b|bot/|crawler|spider|preview|facebookexternalhit|whatsapp|slack|telegram|skypeuripreview|linkexpanding"
    r"|barracuda|mimecast|proofpoint|symantec|trend ?micro|sophos|forcepoint|cloudmark|urlscan|safebrowsing",
    re.IGNORECASE,
)


def is_automated(request: Request) -> bool:
    """Whether this is not a person's click, as far as the visitor says it himself.

    A scanner that pretends to be a browser cannot be told apart here; a program that names itself is taken at its word.
    """
    if request.method == "HEAD" or any(_LOOKING_AHEAD.search(request.headers.get(name, "")) for name in _PURPOSES):
        return True
    return _AGENTS.search(request.headers.get("user-agent", "")) is not None
