"""Import no events at all, which asks for the project's secret all the same."""

from catalogue.destinations.mixpanel.endpoints import HOSTS, Settings
from sluice.destinations.check import Check
from sluice.destinations.http import Request
from sluice.destinations.payloads import basic


def request(settings: Settings) -> Request:
    headers = {"content-type": "application/json", "authorization": basic(settings.api_secret)}
    return Request(f"{HOSTS[settings.region]}/import?strict=1", b"[]", headers=headers)


check = Check(request)
