"""Ask for the account's region. https://docs.customer.io/api/track/#operation/getRegion"""

from catalogue.destinations.customerio.endpoints import HOSTS, Settings
from sluice.destinations.check import Check
from sluice.destinations.http import Request
from sluice.destinations.payloads import basic


def request(settings: Settings) -> Request:
    headers = {"authorization": basic(settings.site_id, settings.api_key)}
    return Request(f"{HOSTS[settings.region]}/api/v1/accounts/region", b"", "GET", headers)


check = Check(request)
