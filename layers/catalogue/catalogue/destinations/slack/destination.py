"""Slack: a message to a channel, by an incoming webhook.

https://api.slack.com/messaging/webhooks, https://segment.com/docs/connections/destinations/catalog/actions-slack/
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from sluice.destinations.action import Action, Call, Payload
from sluice.destinations.destination import Destination, SegmentImport
from sluice.destinations.field import string
from sluice.destinations.http import Request, Response
from sluice.destinations.item import Batch, Endpoint, Item
from sluice.destinations.outcome import Discarded, Misconfigured, Outcome, by_status
from sluice.destinations.payloads import picked
from sluice.destinations.settings import Secret, is_reference, settings

#: Webhooks and triggers of workflows, in Slack and in GovSlack.
_ADDRESS = re.compile(r"https://[a-zA-Z0-9.-]+\.slack(?:-gov)?\.com/[/a-zA-Z0-9_-]+")
#: What Slack says of a webhook that was taken away: https://api.slack.com/messaging/webhooks#handling_errors
GONE = frozenset(
    {b"no_service", b"no_team", b"invalid_token", b"action_prohibited", b"channel_is_archived", b"team_disabled"}
)


@settings
class Settings:
    """`url` is the address of an incoming webhook. It is a secret: whoever has it can write to the channel."""

    url: Secret | None = None

    def __post_init__(self) -> None:
        """Check the address. In the build, a reference to a secret may stand in its place."""
        if self.url and not is_reference(self.url) and not _ADDRESS.fullmatch(self.url):
            raise ValueError("url is not the address of a Slack webhook: https://hooks.slack.com/services/…")


def escaped(text: str) -> str:
    """Return plain text in Slack's markup: https://api.slack.com/reference/surfaces/formatting#escaping

    Nobody's name links to a place, or calls the whole channel.
    """
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def items(payload: Payload, call: Call[Settings]) -> list[Item[Settings]] | Discarded:
    url = payload.get("url") or call.settings.url
    if not url or not _ADDRESS.fullmatch(url):
        return Discarded("INVALID_SETTINGS", response="url is not the address of a Slack webhook")
    names = {name: name for name in ("channel", "text", "username", "icon_url")}
    return [Item(MESSAGES, picked(payload, names), url)]


def request(batch: Batch[Settings]) -> Request:
    return Request(batch.key, batch.bodies[0], headers={"content-type": "application/json"})


def outcome(_: Batch[Settings], response: Response) -> Outcome:
    if response.status in (403, 404, 410) and response.body.strip() in GONE:
        return Misconfigured(str(response.status), response.status, response.excerpt())
    return by_status(response)


MESSAGES: Endpoint[Settings] = Endpoint(request=request, outcomes=outcome, encode=orjson.dumps)

POST = Action(
    id="postToChannel",
    title="Post Message",
    description="Post a message to a channel.",
    trigger='type = "track"',
    fields={
        "url": string("The incoming webhook, instead of the setting `url`.", required_if_mapped=True),
        "text": string(
            "The message, in [Slack's markup](https://api.slack.com/reference/surfaces/formatting). In a template "
            "`{{…}}` is plain text, whatever the event has there, and `{{{…}}}` is markup.",
            required=True,
            escape=escaped,
        ),
        "channel": string("Another channel, without `#`, where the webhook allows it."),
        "username": string("The name of the sender that the channel shows.", "Segment"),
        "icon_url": string("The picture beside the sender.", "https://logo.clearbit.com/segment.com"),
    },
    items=items,
)


def _settings(_: Mapping[str, Any], subscriptions: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Segment keeps the address in each mapping."""
    url = next((each["mapping"]["url"] for each in subscriptions if (each["mapping"] or {}).get("url")), None)
    return {"url": url} if isinstance(url, str) else {}


destination = Destination(
    type="slack",
    title="Slack",
    description="Messages to a channel. Nothing is sent until the workspace says which events and what text.",
    names=("Slack", "Slack (Actions)"),
    settings=Settings,
    actions=(POST,),
    presets=(),
    segment=SegmentImport(slugs=("slack", "actions-slack"), settings=_settings),
)
