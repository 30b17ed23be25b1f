"""Resend: what becomes of each mail. https://resend.com/docs/webhooks/event-types"""

from typing import Any

from sluice.sources.fields import object_at, renamed
from sluice.sources.settings import Signed
from sluice.sources.signature import STANDARD_WEBHOOKS
from sluice.sources.source import Identity, Rule, Source

_NAMES = {"subject": "email_subject", "broadcast_id": "campaign_id"}
_ELSEWHERE = ("to", "created_at", "tags", "click", "open")


def _flat(item: dict[str, Any], _: Signed) -> dict[str, Any]:
    """Have tags by their name, and the reader's click in the context. A mail to several is about the first."""
    data = item["data"]
    tags = _tags(data.get("tags"))
    reader = object_at(data, "click") or object_at(data, "open")
    to = [data["to"]] if isinstance(data.get("to"), str) else data.get("to") or []
    is_received = item.get("type") == "email.received"
    more = {
        "link_url": reader.get("link"),
        "tags": {name: value for name, value in tags.items() if name != "user_id"} or None,
        "to": to if is_received or len(to) > 1 else None,
    }
    return {
        **item,
        "kind": "soft" if object_at(data, "bounce").get("type") in ("Transient", "Temporary") else "",
        "user_id": tags.get("user_id"),
        "email": data.get("email") or (_address(data.get("from")) if is_received else next(iter(to), None)),
        "reader": reader,
        "traits": renamed({name: data.get(name) for name in ("email", "first_name", "last_name", "unsubscribed")}),
        "properties": renamed(data, _NAMES, without=_ELSEWHERE) | renamed(more),
    }


def _tags(tags: Any) -> dict[str, Any]:
    """Return tags as an object, as which or as a list of names and values they are sent."""
    if isinstance(tags, list):
        return {str(each.get("name")): each.get("value") for each in tags if isinstance(each, dict)}
    return tags if isinstance(tags, dict) else {}


def _address(text: Any) -> str | None:
    """Return `jo@example.com` of `Jo <jo@example.com>`."""
    return text.rpartition("<")[2].removesuffix(">").strip() if isinstance(text, str) else None


source = Source(
    type="resend",
    title="Resend",
    description="Sent, delivered, opened, clicked and bounced mails of Resend, and contacts.",
    setup="Under Webhooks, add the address of the hook, and choose events. The Signing Secret of the webhook is "
    "`secret`. Put your own user id into a tag of a mail that is called `user_id`.",
    documentation="https://resend.com/docs/dashboard/webhooks/introduction",
    settings=Signed,
    signature=STANDARD_WEBHOOKS,
    headers=("svix-id", "webhook-id"),
    prepare=_flat,
    name=("$.type", "$.kind"),
    events={
        "email.clicked": "Email Link Clicked",
        "email.bounced soft": "Email Soft Bounced",
        "email.complained": "Email Marked as Spam",
        "email.delivery_delayed": "Email Deferred",
        "email.suppressed": "Email Dropped",
    },
    message_id=(("$._headers.svix_id", "$._headers.webhook_id"),),
    timestamp="$.created_at",
    identity=Identity(user_id="$.user_id", email="$.email"),
    context={"ip": {"@path": "$.reader.ipAddress"}, "userAgent": {"@path": "$.reader.userAgent"}},
    rules=(
        Rule(
            trigger='type = "contact.created" or type = "contact.updated"',
            mapping={"type": "identify", "traits": {"@path": "$.traits"}},
        ),
    ),
    other={"properties": {"@path": "$.properties"}},
)
