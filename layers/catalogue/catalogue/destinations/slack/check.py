"""Send a message without a text, which Slack refuses and shows to nobody.

https://api.slack.com/messaging/webhooks#handling_errors
"""

from catalogue.destinations.slack.destination import GONE, Settings
from sluice.destinations.check import Check
from sluice.destinations.http import Request, Response


def request(settings: Settings) -> Request:
    return Request(settings.url or "", b"{}", headers={"content-type": "application/json"})


def verdict(response: Response) -> bool | None:
    """Return True if only the text is missing, False if the webhook is gone."""
    body = response.body.strip()
    if body in (b"no_text", b"invalid_payload"):
        return True
    return False if body in GONE or response.status in (403, 404, 410) else None


check = Check(request, verdict)
