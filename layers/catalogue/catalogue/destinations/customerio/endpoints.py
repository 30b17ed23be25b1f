"""Customer.io's endpoints, and their answers. https://docs.customer.io/api/track/"""

from collections.abc import Sequence
from typing import Literal

from sluice.destinations.http import Request, Response
from sluice.destinations.item import Batch, Endpoint, json_array
from sluice.destinations.outcome import Delivered, Discarded, Outcome, by_status
from sluice.destinations.payloads import basic
from sluice.destinations.settings import Secret, settings

HOSTS = {"us": "https://track.customer.io", "eu": "https://track-eu.customer.io"}


@settings
class Settings:
    """`site_id` and `api_key` are those of the Track API. `region` is where the account is."""

    site_id: str
    api_key: Secret
    region: Literal["us", "eu"] = "us"


def _request(address: str, body: bytes, settings: Settings) -> Request:
    headers = {"content-type": "application/json", "authorization": basic(settings.site_id, settings.api_key)}
    return Request(HOSTS[settings.region] + address, body, headers=headers)


def request(batch: Batch[Settings]) -> Request:
    if len(batch.bodies) == 1:
        return _request("/api/v2/entity", batch.bodies[0], batch.settings)
    return _request("/api/v2/batch", json_array(batch, b'{"batch":', b"}"), batch.settings)


def outcomes(batch: Batch[Settings], response: Response) -> Outcome | Sequence[Outcome]:
    """207 lists what was refused, by its place in the batch."""
    answer = response.json()
    errors = answer.get("errors") if isinstance(answer, dict) else None
    if response.status != 207 or not isinstance(errors, list):
        return by_status(response)
    why = {each.get("batch_index"): str(each.get("message")) for each in errors if isinstance(each, dict)}
    return [Discarded("400", 207, why[at]) if at in why else Delivered(207) for at in range(len(batch.items))]


ENTITIES: Endpoint[Settings] = Endpoint(request=request, max_items=100, max_bytes=480_000, outcomes=outcomes)
METRICS: Endpoint[Settings] = Endpoint(
    request=lambda batch: _request("/api/v1/metrics", batch.bodies[0], batch.settings)
)
