"""Zendesk: tickets, users and articles.

https://developer.zendesk.com/api-reference/webhooks/event-types/webhook-event-types/
https://developer.zendesk.com/documentation/webhooks/verifying/
"""

from typing import Any

from sluice.sources.fields import object_at, renamed
from sluice.sources.settings import Signed
from sluice.sources.signature import Hmac
from sluice.sources.source import Identity, Rule, Source


def _flat(item: dict[str, Any], _: Signed) -> dict[str, Any]:
    """Have the person and the change in one place. A trigger sends what its author wrote, which stays as it is."""
    if not isinstance(item.get("detail"), dict):
        return {**item, "properties": renamed(item)}
    name, detail = str(item["type"]).removeprefix("zen:event-type:"), item["detail"]
    domain = name.partition(".")[0]
    if domain == "user":
        person = {"id": detail.get("id"), "external_id": detail.get("external_id"), "email": detail.get("email")}
    else:
        person = {"id": detail.get("requester_id") or detail.get("user_id") or detail.get("author_id")}
    change = renamed(item.get("event"), without=("meta",))
    return {
        **item,
        "name": name,
        "person": person,
        "traits": renamed(object_at(item, "detail"), without=("id", "external_id")),
        "properties": change | renamed(detail, {"id": f"{domain}_id"}),
    }


source = Source(
    type="zendesk",
    title="Zendesk",
    description="Tickets, users, organizations and articles of Zendesk, under its names in words: Ticket Created.",
    setup="In Admin Center, under Apps and integrations → Webhooks, create a webhook with the address of the hook. "
    "Subscribe it to Zendesk events, or connect it to a trigger. The signing secret of the webhook is `secret`. Give "
    "users your own user id as their external id.",
    documentation="https://developer.zendesk.com/documentation/webhooks/verifying/",
    settings=Signed,
    signature=Hmac(
        "x-zendesk-webhook-signature",
        over="{timestamp}{body}",
        encoding="base64",
        timestamp="x-zendesk-webhook-signature-timestamp",
    ),
    prepare=_flat,
    name=(("$.name", "$.type"),),
    message_id=("$.id",),
    timestamp="$.time",
    identity=Identity(
        user_id="$.person.external_id",
        email="$.person.email",
        anonymous_ids=(("zendesk:", "$.person.id"),),
        external_ids=(("zendesk_user_id", "$.person.id"),),
    ),
    rules=(Rule(trigger='name = "user.created"', mapping={"type": "identify", "traits": {"@path": "$.traits"}}),),
    other={"properties": {"@path": "$.properties"}},
)
