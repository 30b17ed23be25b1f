"""Slack: what happens in your workspace. https://docs.slack.dev/apis/events-api/"""

from typing import Any

import orjson

from sluice.sources.handshakes import document
from sluice.sources.hook import Answer, Hook
from sluice.sources.settings import Signed
from sluice.sources.signature import Hmac
from sluice.sources.source import Identity, Rule, Source

#: What Slack puts around an event. The token is a secret of old, and goes nowhere.
_OF_EVENT = ("type", "user", "event_ts", "ts")


def challenge(hook: Hook) -> Answer | None:
    """Answer Slack's first request with what it asks. https://docs.slack.dev/reference/events/url_verification/"""
    found = document(hook)
    if not isinstance(found, dict) or found.get("type") != "url_verification":
        return None
    return Answer(orjson.dumps({"challenge": str(found.get("challenge", ""))[:1000]}), "application/json")


def _flat(item: dict[str, Any], _: Signed) -> dict[str, Any]:
    """Have the user's id in one place: an event has it as a string or as an object with everything about the user."""
    event = item["event"]
    user = event.get("user")
    profile = user if isinstance(user, dict) else {}
    return {
        **item,
        "user_id": profile.get("id") if profile else user,
        "profile": profile,
        "properties": {name: value for name, value in event.items() if name not in _OF_EVENT},
    }


source = Source(
    type="slack",
    title="Slack",
    description="Messages, mentions, reactions and members of a Slack workspace, as the Events API sends them.",
    setup="Make a Slack app, and switch on Event Subscriptions with the address of the hook as the Request URL. The "
    "Signing Secret of the app, under Basic Information, is `secret`.",
    documentation="https://docs.slack.dev/apis/events-api/",
    settings=Signed,
    signature=Hmac(
        "x-slack-signature",
        over="v0:{timestamp}:{body}",
        prefix="v0=",
        timestamp="x-slack-request-timestamp",
    ),
    handshake=challenge,
    prepare=_flat,
    name=("$.event.type",),
    message_id=("$.event_id",),
    timestamp="$.event_time",
    identity=Identity(
        email="$.profile.profile.email",
        anonymous_ids=(("slack:", "$.user_id"),),
        external_ids=(("slack_user_id", "$.user_id"),),
    ),
    rules=(
        Rule(
            trigger='event.type = "team_join" or event.type = "user_change"',
            mapping={
                "type": "identify",
                "anonymousId": {"@template": "slack:{{user_id}}"},
                "traits": {
                    "email": {"@path": "$.profile.profile.email"},
                    "name": {"@path": "$.profile.real_name"},
                    "username": {"@path": "$.profile.name"},
                    "title": {"@path": "$.profile.profile.title"},
                    "timezone": {"@path": "$.profile.tz"},
                    "is_bot": {"@path": "$.profile.is_bot"},
                },
            },
        ),
    ),
    other={"properties": {"@path": "$.properties"}},
)
