"""Klaviyo: what becomes of mails and text messages, and reviews.

https://developers.klaviyo.com/en/docs/working_with_system_webhooks

Its page has the payload as that of Get Event; whether profiles are included is not said, so they may be or not.
"""

from typing import Any

import orjson

from sluice.sources import split
from sluice.sources.fields import object_at, renamed
from sluice.sources.settings import Signed
from sluice.sources.signature import Hmac
from sluice.sources.source import Identity, Source

_NAMES = {"Campaign Name": "campaign_name", "Subject": "email_subject", "URL": "link_url", "$flow": "flow_id"}


def _flat(item: dict[str, Any], _: Signed) -> dict[str, Any]:
    """Have the event's own properties, and the profile where it is included."""
    payload = item["payload"]
    if isinstance(payload, str):
        payload = orjson.loads(payload)
    event = object_at(payload, "data") or payload
    attributes = object_at(event, "attributes")
    properties = object_at(attributes, "event_properties")
    included = [each for each in payload.get("included") or [] if isinstance(each, dict)]
    profile = next((object_at(each, "attributes") for each in included if each.get("type") == "profile"), {})
    topic = str(item["topic"]).removeprefix("event:").removeprefix("klaviyo.")
    names = {**_NAMES, "$message": "email_id" if "email" in topic else "message_id"}
    return {
        "topic": topic,
        "id": item.get("external_id") or event.get("id"),
        "time": attributes.get("datetime") or attributes.get("timestamp"),
        "external_id": profile.get("external_id"),
        "email": profile.get("email") or properties.get("Recipient Email Address"),
        "profile": object_at(event, "relationships", "profile", "data").get("id"),
        "properties": renamed(properties, names, without=("Recipient Email Address",)),
    }


source = Source(
    type="klaviyo",
    title="Klaviyo",
    description="Mails, text messages, pushes, consent and reviews of Klaviyo, as its system webhooks send them.",
    setup="Create a webhook with Klaviyo's Webhooks API, with the address of the hook and a secret key of 16 or more "
    "characters, which is `secret` here. It needs Advanced KDP. Give profiles your own user id as their external id.",
    documentation="https://developers.klaviyo.com/en/docs/working_with_system_webhooks",
    settings=Signed,
    signature=Hmac("klaviyo-signature", over="{body}{timestamp}", timestamp="klaviyo-timestamp"),
    split=split.at("$.data"),
    prepare=_flat,
    name=("$.topic",),
    events={
        "received_email": "Email Delivered",
        "email_delivered": "Email Delivered",
        "opened_email": "Email Opened",
        "clicked_email": "Email Link Clicked",
        "bounced_email": "Email Bounced",
        "dropped_email": "Email Dropped",
        "marked_email_as_spam": "Email Marked as Spam",
        "unsubscribed_from_email_marketing": "Email Unsubscribed",
        "unsubscribed": "Email Unsubscribed",
        "sent_sms": "SMS Sent",
        "received_sms": "SMS Received",
        "clicked_sms": "SMS Clicked",
        "failed_to_deliver_sms": "SMS Failed",
        "received_push": "Push Notification Delivered",
        "opened_push": "Push Notification Opened",
        "bounced_push": "Push Notification Bounced",
    },
    message_id=("$.id",),
    timestamp="$.time",
    identity=Identity(
        user_id="$.external_id",
        email="$.email",
        anonymous_ids=(("klaviyo:", "$.profile"),),
        external_ids=(("klaviyo_profile_id", "$.profile"),),
    ),
    other={"properties": {"@path": "$.properties"}},
)
