"""Ask Amplitude to take no events: it names a wrong key before it looks at anything else."""

import orjson

from catalogue.destinations.amplitude.endpoints import HOSTS, Settings
from sluice.destinations.check import Check
from sluice.destinations.http import Request, Response


def request(settings: Settings) -> Request:
    body = orjson.dumps({"api_key": settings.api_key, "events": []})
    return Request(f"{HOSTS[settings.region]}/2/httpapi", body, headers={"content-type": "application/json"})


def verdict(response: Response) -> bool | None:
    """Return False for a wrong key. That there are no events is no verdict on it, but a success is."""
    if b"invalid api key" in response.body.lower().replace(b"_", b" "):
        return False
    return True if response.status == 200 else None


check = Check(request, verdict)
