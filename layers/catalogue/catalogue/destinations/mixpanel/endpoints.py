"""Mixpanel's endpoints for events and profiles, and their answers. https://developer.mixpanel.com/reference/import-events"""

from collections.abc import Callable, Sequence
from typing import Literal

from sluice.destinations.http import Request, Response
from sluice.destinations.item import Batch, Endpoint, json_array
from sluice.destinations.outcome import Delivered, Discarded, Outcome, by_status
from sluice.destinations.payloads import basic, form
from sluice.destinations.settings import Secret, settings

HOSTS = {"us": "https://api.mixpanel.com", "eu": "https://api-eu.mixpanel.com", "in": "https://api-in.mixpanel.com"}

#: Mixpanel takes the sender's address for the user's where an event has none, and the sender is our function. So say
#: its own SDKs for servers: https://docs.mixpanel.com/docs/tracking-best-practices/geolocation
_NO_PLACE = "ip=0"


@settings
class Settings:
    """`project_token` and `api_secret` are the project's. `region` is where its data are.

    `source_name` becomes the property `segment_source_name` of all events. `strict` has Mixpanel check each event and
    say which it refuses.
    """

    project_token: str
    api_secret: Secret
    region: Literal["us", "eu", "in"] = "us"
    source_name: str | None = None
    strict: bool = True


def import_request(batch: Batch[Settings]) -> Request:
    settings = batch.settings
    return Request(
        f"{HOSTS[settings.region]}/import?strict={int(settings.strict)}&{_NO_PLACE}",
        json_array(batch),
        headers={"content-type": "application/json", "authorization": basic(settings.api_secret)},
        timeout=20.0,
    )


def import_outcomes(batch: Batch[Settings], response: Response) -> Outcome | Sequence[Outcome]:
    """400 lists what was refused; the rest of the request was taken."""
    answer = response.json()
    failed = answer.get("failed_records") if isinstance(answer, dict) else None
    if response.status != 400 or not isinstance(failed, list) or not failed:
        return by_status(response)
    why = {each["index"]: str(each.get("message")) for each in failed if isinstance(each, dict) and "index" in each}
    return [Discarded("400", 400, why[index]) if index in why else Delivered(200) for index in range(len(batch.items))]


def _formed(path: str) -> Callable[[Batch[Settings]], Request]:
    """Return a form whose field `data` is one item, or the list of several."""

    def request(batch: Batch[Settings]) -> Request:
        data = batch.bodies[0] if len(batch.bodies) == 1 else json_array(batch)
        headers = {"content-type": "application/x-www-form-urlencoded;charset=UTF-8"}
        address = f"{HOSTS[batch.settings.region]}{path}?{_NO_PLACE}"
        return Request(address, form(data=data.decode()), headers=headers)

    return request


def formed_outcome(_: Batch[Settings], response: Response) -> Outcome:
    """These say `0` with a status of 200 when they take nothing."""
    if response.status == 200 and response.body.strip() == b"0":
        return Discarded("MESSAGE_REJECTED", 200, "0")
    return by_status(response)


IMPORT: Endpoint[Settings] = Endpoint(
    request=import_request, max_items=2000, max_bytes=1_900_000, outcomes=import_outcomes, takes_gzip=True
)
TRACK: Endpoint[Settings] = Endpoint(request=_formed("/track"), max_items=50, outcomes=formed_outcome)
ENGAGE: Endpoint[Settings] = Endpoint(request=_formed("/engage"), max_items=50, outcomes=formed_outcome)
GROUPS: Endpoint[Settings] = Endpoint(request=_formed("/groups"), max_items=50, outcomes=formed_outcome)
