"""Amplitude's endpoints for events and users, and their answers. https://amplitude.com/docs/apis/analytics/http-v2"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Literal

import orjson

from sluice.destinations.http import Request, Response, retry_after
from sluice.destinations.item import Batch, Endpoint, json_array
from sluice.destinations.outcome import Discarded, Misconfigured, Outcome, Resend, Retry, by_status
from sluice.destinations.payloads import form
from sluice.destinations.settings import Secret, settings

HOSTS = {"us": "https://api2.amplitude.com", "eu": "https://api.eu.amplitude.com"}
_USERMAPS = {"us": "https://api.amplitude.com", "eu": "https://api.eu.amplitude.com"}
#: How long Amplitude wants a user or a device left alone that sent too much.
_THROTTLED_SECONDS = 30.0


@settings
class Settings:
    """`api_key` is the project's. `region` is where its data are."""

    api_key: Secret
    region: Literal["us", "eu"] = "us"


def events_request(where: str) -> Callable[[Batch[Settings]], Request]:
    """The key of these batches is the shortest id to take."""

    def request(batch: Batch[Settings]) -> Request:
        options = b"" if batch.key is None else b',"options":' + orjson.dumps({"min_id_length": batch.key})
        key = b'{"api_key":' + orjson.dumps(batch.settings.api_key)
        body = json_array(batch, key + b',"events":', options + b"}")
        return Request(HOSTS[batch.settings.region] + where, body, headers={"content-type": "application/json"})

    return request


def events_outcomes(batch: Batch[Settings], response: Response) -> Outcome | Sequence[Outcome | Resend]:
    """400 and 429 name events by their places and take none: the others are to be sent again without them."""
    answer = response.json()
    if response.status not in (400, 429) or not isinstance(answer, dict):
        return outcome(batch, response)
    if response.status == 429:
        named = dict.fromkeys(_places(answer.get("throttled_events")), "throttled")
        after = retry_after(response) or _THROTTLED_SECONDS
        verdict: Callable[[str], Outcome] = lambda _: Retry("429", 429, after)  # noqa: E731
    else:
        kinds = ("events_with_invalid_fields", "events_with_missing_fields", "events_with_invalid_id_lengths")
        named = {
            place: f"{kind}: {name}"
            for kind in (*kinds, "silenced_events")
            for name, places in _lists(answer.get(kind))
            for place in _places(places)
        }
        verdict = lambda why: Discarded("400", 400, why)  # noqa: E731
    if not named:
        return outcome(batch, response)
    return [verdict(named[at]) if at in named else Resend() for at in range(len(batch.items))]


def outcome(_: Batch[Settings], response: Response) -> Outcome:
    """A project's key that is none is a 400 here. Whoever is told to be slower has half a minute."""
    if response.status == 400 and b"invalid api key" in response.body.lower().replace(b"_", b" "):
        return Misconfigured("400", 400, response.excerpt())
    if response.status == 429:
        return Retry("429", 429, retry_after(response) or _THROTTLED_SECONDS, response.excerpt())
    return by_status(response)


def _lists(found: Any) -> Iterable[tuple[str, Any]]:
    """Places by the name of the field, or places alone."""
    return found.items() if isinstance(found, dict) else (("", found),)


def _places(found: Any) -> list[int]:
    return [each for each in found if isinstance(each, int)] if isinstance(found, list) else []


def _formed(hosts: Mapping[str, str], where: str, name: str, is_list: bool) -> Callable[[Batch[Settings]], Request]:
    """A form with the project's key, the things as JSON below `name`, and the options."""

    def request(batch: Batch[Settings]) -> Request:
        things = json_array(batch) if is_list or len(batch.bodies) > 1 else batch.bodies[0]
        fields = {"api_key": batch.settings.api_key, name: things.decode()}
        if batch.key is not None:
            fields["options"] = orjson.dumps({"min_id_length": batch.key}).decode()
        headers = {"content-type": "application/x-www-form-urlencoded;charset=UTF-8"}
        return Request(hosts[batch.settings.region] + where, form(**fields), headers=headers)

    return request


EVENTS: Endpoint[Settings] = Endpoint(
    request=events_request("/2/httpapi"), max_items=1000, max_bytes=950_000, outcomes=events_outcomes
)
BATCHES: Endpoint[Settings] = Endpoint(
    request=events_request("/batch"), max_items=2000, max_bytes=18_000_000, outcomes=events_outcomes
)
IDENTIFICATIONS: Endpoint[Settings] = Endpoint(
    request=_formed(HOSTS, "/identify", "identification", is_list=False),
    max_items=100,
    max_bytes=500_000,
    outcomes=outcome,
)
MEMBERS: Endpoint[Settings] = Endpoint(
    request=_formed(HOSTS, "/identify", "identification", is_list=True),
    max_items=100,
    max_bytes=500_000,
    outcomes=outcome,
)
GROUPS: Endpoint[Settings] = Endpoint(
    request=_formed(HOSTS, "/groupidentify", "identification", is_list=True),
    max_items=100,
    max_bytes=500_000,
    outcomes=outcome,
)
USERMAP: Endpoint[Settings] = Endpoint(
    request=_formed(_USERMAPS, "/usermap", "mapping", is_list=True), max_items=100, max_bytes=500_000, outcomes=outcome
)
