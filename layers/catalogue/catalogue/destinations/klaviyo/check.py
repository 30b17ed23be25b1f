"""Ask for the account that the key belongs to. https://developers.klaviyo.com/en/reference/get_accounts"""

from catalogue.destinations.klaviyo.destination import API, Settings, headers
from sluice.destinations.check import Check
from sluice.destinations.http import Request

check: Check[Settings] = Check(lambda settings: Request(f"{API}/accounts", b"", "GET", headers(settings)))
