"""PostHog's requests, written down by hand from https://posthog.com/docs/api/capture."""

from catalogue.destinations.posthog.destination import BATCHES
from sluice.destinations.http import Response
from sluice.destinations.item import Batch, Item
from sluice.destinations.outcome import Delivered, Misconfigured
from tests.destinations import kind
from tests.unit.destinations.golden import EVENT, PROPERTIES, TRAITS, made


def test_posthog_events_and_persons() -> None:
    uuid, of_place = "79b848e9-df4a-521d-97d0-2f1b35e2732e", {"$ip": "203.0.113.7"}
    properties = {**PROPERTIES, "distinct_id": "u1", "$process_person_profile": False, **of_place}
    event = {"event": "Paid", "timestamp": EVENT["timestamp"], "properties": properties, "uuid": uuid}
    around = {"api_key": "k", "historical_migration": False}
    assert made("posthog", "event") == [("us.i.posthog.com/batch/", {**around, "batch": [event]})]
    page = {**event, "event": "$pageview", "properties": {**properties, "$current_url": "https://x/"}}
    screen = {**event, "event": "$screen", "properties": {**properties, "$screen_name": "Home"}}
    ((_, seen),) = made("posthog", "event", {"event_type": "page", "current_url": "https://x/"})
    assert seen["batch"] == [page]
    ((_, seen),) = made("posthog", "event", {"event_type": "screen"})
    assert seen["batch"] == [screen]
    assert made("posthog", "identify") == [("us.i.posthog.com/i/v0/e/", {
        "api_key": "k", "event": "$identify", "distinct_id": "u1", "timestamp": EVENT["timestamp"], "uuid": uuid,
        "properties": {"$anon_distinct_id": "a1", "$set": TRAITS, **of_place},
    })]  # fmt: skip


def test_posthog_does_not_take_our_address_for_the_users() -> None:
    ((_, seen),) = made("posthog", "identify", {"ip_address": None})
    assert (seen["properties"]["$geoip_disable"], "$ip" in seen["properties"]) == (True, False)


def test_posthog_joins_nothing_where_there_is_no_login() -> None:
    ((_, seen),) = made("posthog", "identify", userId=None)
    assert "$anon_distinct_id" not in seen["properties"]


def test_posthog_says_200_to_what_exceeds_the_quota_and_it_waits() -> None:
    to = Batch(BATCHES, [Item(BATCHES, None)], [b"{}"], kind("posthog").settings(api_key="k"))
    answer = Response(200, {}, b'{"status":1,"quota_limited":["events"]}')
    assert isinstance(BATCHES.outcomes(to, answer), Misconfigured)
    assert BATCHES.outcomes(to, Response(200, {}, b'{"status":1,"quota_limited":["recordings"]}')) == Delivered(200)
    assert BATCHES.outcomes(to, Response(200, {}, b'{"status":1}')) == Delivered(200)
