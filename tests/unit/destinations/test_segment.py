"""Calls to Segment's API, by hand: https://segment.com/docs/connections/sources/catalog/libraries/server/http-api."""

from typing import Any

import pytest

from tests.unit.destinations.golden import PROPERTIES, TRAITS, made


@pytest.mark.parametrize(
    ("action", "fields", "expected"),
    [
        ("sendTrack", {"event_name": "$.event", "properties": "$.properties", "traits": "$.traits"},
         {"type": "track", "event": "Paid", "properties": PROPERTIES, "context": {"consent": {}, "traits": TRAITS}}),
        ("sendIdentify", {"traits": "$.traits"}, {"type": "identify", "traits": TRAITS, "context": {"consent": {}}}),
        ("sendGroup", {"group_id": "$.groupId", "traits": "$.traits"},
         {"type": "group", "groupId": "g1", "traits": TRAITS, "context": {"consent": {}}}),
        ("sendPage", {"page_name": "$.name", "properties": "$.properties"},
         {"type": "page", "name": "Home", "properties": {"name": "Home", **PROPERTIES}, "context": {"consent": {}}}),
        ("sendScreen", {"screen_name": "$.name", "ip_address": "$.context.ip"},
         {"type": "screen", "name": "Home", "properties": {"name": "Home"},
          "context": {"ip": "203.0.113.7", "consent": {}}}),
    ],
)  # fmt: skip
def test_segment_calls(action: str, fields: dict[str, str], expected: dict[str, Any]) -> None:
    mapping = {name: {"@path": path} for name, path in {**fields, "user_id": "$.userId"}.items()}
    assert made("segment", action, mapping) == [
        ("api.segment.io/v1/batch", {"batch": [{"userId": "u1", "messageId": "m1", **expected}]}),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("preferences", "is_taken"),
    [({"ads": True}, True), ({}, True), ([], True), ({"ads": "yes"}, False), ("ads", False), (None, False)],
)
def test_only_consent_that_answers_yes_or_no_is_passed_on(preferences: Any, is_taken: bool) -> None:
    consent = {"categoryPreferences": preferences}
    mapping = {"event_name": {"@path": "$.event"}, "user_id": {"@path": "$.userId"}}
    [(_, document)] = made("segment", "sendTrack", mapping, context={"consent": consent})
    assert document["batch"][0]["context"]["consent"] == (consent if is_taken else {})
