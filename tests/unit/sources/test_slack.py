"""Slack: events of the Events API, and its first request."""

import json

from catalogue.sources import source_type
from tests.sources import BODY, NOW, event, hook, is_proven

MENTION = {
    "token": "z", "team_id": "T1", "type": "event_callback", "event_id": "Ev9", "event_time": 1767225600,
    "event": {"type": "app_mention", "user": "U06", "text": "hi", "channel": "C1", "ts": "1767225600.000200"},
}  # fmt: skip


def test_a_mention() -> None:
    found = event("slack", MENTION)
    assert (found["type"], found["event"]) == ("track", "App Mention")
    assert found["anonymousId"] == "slack:U06"
    assert found["properties"] == {"channel": "C1", "text": "hi"}
    assert found["messageId"] == "acme:Ev9"
    assert "z" not in json.dumps(found["properties"]) + found["anonymousId"]


def test_a_new_member_is_identified() -> None:
    user = {"id": "U7", "name": "jo", "real_name": "Jo", "tz": "Europe/Berlin", "profile": {"email": "jo@example.com"}}
    found = event("slack", {**MENTION, "event": {"type": "team_join", "user": user}})
    assert (found["type"], found["anonymousId"]) == ("identify", "slack:U7")
    assert found["traits"] == {"email": "jo@example.com", "name": "Jo", "username": "jo", "timezone": "Europe/Berlin"}


def test_the_challenge_is_answered() -> None:
    slack = source_type("slack")
    answer = slack.handshake(hook(b'{"type":"url_verification","token":"z","challenge":"3eZb"}'))
    assert answer is not None
    assert (json.loads(answer.body), answer.content_type) == ({"challenge": "3eZb"}, "application/json")
    assert slack.handshake(hook(json.dumps(MENTION).encode())) is None
    assert slack.handshake(hook(b"[")) is None
    assert slack.handshake(hook(b"[]")) is None


def test_the_vector() -> None:
    slack, vector = source_type("slack"), "v0=8c51a44e155f688db0fca3d5085336ce58df91aa8eeac618490889d0d92abc7f"
    assert is_proven(slack, hook(x_slack_signature=vector, x_slack_request_timestamp=str(NOW)))
    assert not is_proven(slack, hook(BODY + b" ", x_slack_signature=vector, x_slack_request_timestamp=str(NOW)))
