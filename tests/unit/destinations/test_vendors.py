"""Requests and answers as the vendors' documentation has them, one paragraph each."""

import gzip
import json
import sys
from typing import Any
from urllib.parse import parse_qsl

import pytest

from sluice.destinations.http import Response
from sluice.destinations.item import Batch, Item
from sluice.destinations.outcome import Delivered, Discarded, Misconfigured, Resend, Retry
from tests.destinations import kind, requests

TRACK: dict[str, Any] = {
    "type": "track",
    "event": "Paid",
    "userId": "u1",
    "anonymousId": "a1",
    "messageId": "m1",
    "timestamp": "2026-01-15T12:00:00.000Z",
    "integrations": {},
    "context": {},
    "properties": {"total": 12.5, "currency": "EUR"},
}
IDENTIFY = {**TRACK, "type": "identify", "traits": {"email": "a@example.com", "createdAt": "2026-01-01T00:00:00Z"}}


def sent(name: str, event: dict[str, Any], settings: dict[str, Any], *actions: Any) -> list[Any]:
    """Address, headers and body of each request, the body read."""
    destination = kind(name)
    found = requests(event, destination, destination.settings(**settings), *actions)
    return [(each.url, each.headers, body(each)) for each in found]


def body(request: Any) -> Any:
    text = gzip.decompress(request.body) if request.headers.get("content-encoding") == "gzip" else request.body
    if "urlencoded" in request.headers["content-type"]:
        return dict(parse_qsl(text.decode()))
    return json.loads(text)


def batch(name: str, endpoint: str, count: int) -> Batch[Any]:
    kind(name)
    modules = [module for full, module in sys.modules.items() if full.startswith(f"catalogue.destinations.{name}.")]
    to = next(getattr(module, endpoint) for module in modules if hasattr(module, endpoint))
    return Batch(to, [Item(to, None)] * count, [b"{}"] * count, None)


def test_amplitude_takes_events_with_an_insert_id() -> None:
    """https://amplitude.com/docs/apis/analytics/http-v2"""
    ((url, _, document),) = sent("amplitude", TRACK, {"api_key": "k", "region": "eu"})
    assert url == "https://api.eu.amplitude.com/2/httpapi"
    assert document["api_key"] == "k"
    (event,) = document["events"]
    assert (event["event_type"], event["user_id"], event["device_id"], event["insert_id"], event["time"]) == (
        "Paid", "u1", "a1", "m1", 1768478400000,
    )  # fmt: skip


def test_amplitude_names_the_events_that_it_refuses_and_takes_none_of_the_others() -> None:
    three = batch("amplitude", "EVENTS", 3)
    answer = Response(400, body=b'{"code":400,"error":"x","events_with_invalid_fields":{"time":[1]}}')
    outcomes = three.endpoint.outcomes(three, answer)
    assert outcomes == [Resend(), Discarded("400", 400, "events_with_invalid_fields: time"), Resend()]
    throttled = Response(429, body=b'{"code":429,"throttled_events":[0],"throttled_users":{"u1":30}}')
    assert three.endpoint.outcomes(three, throttled) == [Retry("429", 429, 30.0), Resend(), Resend()]


def test_mixpanel_takes_a_list_and_says_which_it_refused() -> None:
    """https://developer.mixpanel.com/reference/import-events"""
    ((url, headers, (event,)),) = sent("mixpanel", TRACK, {"project_token": "t", "api_secret": "s"})
    assert url == "https://api.mixpanel.com/import?strict=1&ip=0"
    assert headers["authorization"] == "Basic czo="
    assert (event["event"], event["properties"]["$insert_id"], event["properties"]["time"]) == (
        "Paid",
        "m1",
        1768478400000,
    )
    three = batch("mixpanel", "IMPORT", 3)
    answer = Response(400, body=b'{"code":400,"num_records_imported":2,"failed_records":[{"index":2,"message":"bad"}]}')
    assert three.endpoint.outcomes(three, answer) == [Delivered(200), Delivered(200), Discarded("400", 400, "bad")]
    one = batch("mixpanel", "ENGAGE", 1)
    assert one.endpoint.outcomes(one, Response(200, body=b"0")) == Discarded("MESSAGE_REJECTED", 200, "0")


def test_ga4_gets_events_of_one_user_and_scalars_alone() -> None:
    """https://developers.google.com/analytics/devguides/collection/protocol/ga4"""
    event = {**TRACK, "properties": {"total": 12.5, "list": [1], "nothing": None}}
    ((url, _, document),) = sent("ga4", event, {"api_secret": "s", "measurement_id": "G-1", "region": "eu"})
    assert url == "https://region1.google-analytics.com/mp/collect?api_secret=s&measurement_id=G-1"
    assert document["client_id"] == "a1"
    assert document["events"] == [{"name": "Paid", "params": {"total": 12.5, "engagement_time_msec": 1}}]


def test_posthog_gets_a_uuid_that_a_repeat_has_too() -> None:
    """https://posthog.com/docs/api/capture"""
    ((url, _, first),) = sent("posthog", TRACK, {"api_key": "k"})
    ((_, _, second),) = sent("posthog", TRACK, {"api_key": "k"})
    assert url == "https://us.i.posthog.com/batch/"
    assert first == second
    assert first["batch"][0]["timestamp"] == TRACK["timestamp"], "when it happened, not when it came"


def test_customerio_gets_an_entity_or_a_batch() -> None:
    """https://docs.customer.io/api/track/#tag/trackv2"""
    ((url, headers, document),) = sent("customerio", IDENTIFY, {"site_id": "s", "api_key": "k", "region": "eu"})
    assert url == "https://track-eu.customer.io/api/v2/entity"
    assert headers["authorization"] == "Basic czpr"
    assert document == {
        "type": "person",
        "action": "identify",
        "identifiers": {"id": "u1"},
        "attributes": {"email": "a@example.com", "created_at": 1767225600, "anonymous_id": "a1"},
        "timestamp": 1768478400,
    }
    two = batch("customerio", "ENTITIES", 2)
    answer = Response(207, body=b'{"errors":[{"batch_index":0,"reason":"invalid","message":"no id"}]}')
    assert two.endpoint.outcomes(two, answer) == [Discarded("400", 207, "no id"), Delivered(207)]


def test_segment_gets_the_event_without_what_it_finds_out_itself() -> None:
    """https://segment.com/docs/connections/sources/catalog/libraries/server/http-api/"""
    event = {**TRACK, "receivedAt": "x", "sentAt": "y", "originalTimestamp": "z"}
    ((url, headers, document),) = sent(
        "segment", event, {"write_key": "w", "endpoint": "https://events.example.com/v1"}
    )
    assert url == "https://events.example.com/v1/batch"
    assert headers["authorization"] == "Basic dzo="
    assert document == {"batch": [TRACK]}


def test_slack_says_that_a_webhook_is_gone() -> None:
    """https://api.slack.com/messaging/webhooks#handling_errors"""
    action = {
        "action": "postToChannel",
        "trigger": "all",
        "mapping": {"text": {"@template": "{{event}} by {{userId}}"}},
    }
    ((url, _, document),) = sent("slack", TRACK, {"url": "https://hooks.slack.com/services/T/B/X"}, action)
    assert (url, document["text"]) == ("https://hooks.slack.com/services/T/B/X", "Paid by u1")
    one = batch("slack", "MESSAGES", 1)
    assert one.endpoint.outcomes(one, Response(404, body=b"no_service")) == Misconfigured("404", 404, "no_service")
    assert one.endpoint.outcomes(one, Response(400, body=b"invalid_payload")) == Discarded(
        "400", 400, "invalid_payload"
    )


def test_a_webhook_gets_several_events_if_it_wants_and_signs_all_of_them() -> None:
    action = {"action": "send", "trigger": "all", "mapping": {"enable_batching": True, "batch_size": 2}}
    ((_, headers, document),) = sent("webhook", TRACK, {"url": "https://x.example.com/", "shared_secret": "s"}, action)
    assert document == [TRACK]
    assert "idempotency-key" not in headers
    assert headers["x-sluice-signature"].startswith("sha256=")


@pytest.mark.parametrize(
    ("name", "settings", "problem"),
    [
        ("ga4", {"api_secret": "s"}, "measurement_id"),
        ("posthog", {"api_key": "k", "endpoint": "http://example.com"}, "https"),
        ("posthog", {"api_key": "k", "endpoint": "https://"}, "is not an address"),
        ("slack", {"url": "https://example.com/hook"}, "is not the address of a Slack webhook"),
        ("segment", {"write_key": "w", "endpoint": "https://x/"}, "slash"),
        ("dummy", {"retried": 0.7, "refused": 0.7}, "parts of 1"),
    ],
)
def test_a_wrong_setting_is_found_when_the_workspace_is_built(
    name: str, settings: dict[str, Any], problem: str
) -> None:
    with pytest.raises(ValueError, match=problem):
        kind(name).settings(**settings)


def test_amplitude_says_400_to_a_key_that_is_none_and_half_a_minute_to_whoever_is_too_fast() -> None:
    for endpoint in ("EVENTS", "BATCHES", "IDENTIFICATIONS", "GROUPS", "USERMAP"):
        one = batch("amplitude", endpoint, 1)
        for text in (b'{"code":400,"error":"Invalid API key: k"}', b"invalid_api_key"):
            assert isinstance(one.endpoint.outcomes(one, Response(400, body=text)), Misconfigured)
        assert one.endpoint.outcomes(one, Response(429)) == Retry("429", 429, 30.0)
        assert one.endpoint.outcomes(one, Response(429, {"retry-after": "3"})) == Retry("429", 429, 3.0)
        assert one.endpoint.outcomes(one, Response(400, body=b"{}")) == Discarded("400", 400, "{}")


def test_ga4_needs_an_item_to_say_how_it_is_paid() -> None:
    action = {"action": "addPaymentInfo", "trigger": "all"}
    event = {**TRACK, "properties": {"currency": "EUR", "value": 1, "products": []}}
    assert sent("ga4", event, {"api_secret": "s", "measurement_id": "G-1"}, action) == []


def test_a_webhook_never_sends_more_than_its_mapping_names() -> None:
    """Given an event without the mapped part, the whole event would be what the mapping left out on purpose."""
    event = {"type": "track", "event": "Paid", "userId": "u", "properties": {}, "traits": {"ssn": "1"}}
    for data in ({"@path": "$.properties.public"}, None):
        configured = {"action": "send", "trigger": "all", "mapping": {"data": data}}
        assert sent("webhook", event, {"url": "https://crm.example.com/hook"}, configured) == []


@pytest.mark.parametrize(
    ("name", "action", "settings"),
    [
        ("webhook", "send", {"url": "https://crm.example.com/hook"}),
        ("slack", "postToChannel", {"url": "https://hooks.slack.com/services/T0/B0/x"}),
    ],
)
def test_a_mapped_address_without_a_value_is_not_that_of_the_settings(
    name: str, action: str, settings: dict[str, Any]
) -> None:
    event = {"type": "track", "event": "Paid", "userId": "u", "properties": {}}
    mapping = {"url": {"@path": "$.properties.hook"}, "text": "hello", "data": {"@path": "$."}}
    mapping.pop("text" if name == "webhook" else "data")
    assert sent(name, event, settings, {"action": action, "trigger": "all", "mapping": mapping}) == []
    del mapping["url"]
    assert len(sent(name, event, settings, {"action": action, "trigger": "all", "mapping": mapping})) == 1


@pytest.mark.parametrize(
    "url", ["https://hooks.slack.com/triggers/T012/345/ab_cd-ef", "https://hooks.slack-gov.com/services/T/B/x"]
)
def test_slack_has_triggers_of_workflows_and_a_house_for_the_government(url: str) -> None:
    assert kind("slack").settings(url=url).url == url


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ({"@template": "<https://a.example|{{properties.name}}>"}, "<https://a.example|&lt;!channel&gt; &amp; Co>"),
        ({"@template": "{{{properties.name}}} {{properties.count}}"}, "<!channel> & Co 3"),
        ({"@path": "$.properties.name"}, "<!channel> & Co"),
        (
            {"@if": {"exists": {"@path": "$.userId"}, "then": {"@template": "{{properties.name}}"}, "else": "-"}},
            "&lt;!channel&gt; &amp; Co",
        ),
    ],
    ids=["plain text", "markup", "a whole value is markup", "within a directive"],
)
def test_nobodys_name_calls_the_whole_channel_of_slack(text: Any, shown: str) -> None:
    event = {**TRACK, "properties": {"name": "<!channel> & Co", "count": 3}}
    settings = {"url": "https://hooks.slack.com/services/T/B/x"}
    action = {"action": "postToChannel", "trigger": "all", "mapping": {"text": text}}
    ((_, _, body),) = sent("slack", event, settings, action)
    assert body["text"] == shown
