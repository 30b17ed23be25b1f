"""Mandrill, which is Mailchimp Transactional: what becomes of each mail.

https://mandrill.zendesk.com/hc/en-us/articles/360038740594-Webhook-Format
"""

from hashlib import sha256
from typing import Any

from catalogue.sources.mandrill.signature import signature, tried
from sluice.sources import split
from sluice.sources.fields import object_at, renamed
from sluice.sources.settings import Addressed
from sluice.sources.source import Identity, Source

_NAMES = {"_id": "email_id", "subject": "email_subject"}
#: What stands elsewhere in the event; what happened before; and of a mail that came in, what is long.
_ELSEWHERE = (
    "ts", "email", "metadata", "_version", "opens", "clicks", "smtp_events", "resends",
    "raw_msg", "headers", "html", "attachments", "images",
)  # fmt: skip
_PLACE = {
    "country_long": "country",
    "city": "city",
    "region": "region",
    "latitude": "latitude",
    "longitude": "longitude",
}


def _flat(item: dict[str, Any], _: Addressed) -> dict[str, Any]:
    """Have the mail's fields and metadata, and the link, as properties. A change of a list has no mail."""
    mail = object_at(item, "msg") or object_at(item, "reject") or object_at(item, "entry")
    metadata, place = object_at(mail, "metadata"), object_at(item, "location")
    is_inbound = item.get("event") == "inbound"
    more = {
        "link_url": item.get("url"),
        "metadata": {name: value for name, value in metadata.items() if name != "user_id"} or None,
        "received_by": mail.get("email") if is_inbound else None,
    }
    return {
        **item,
        "user_id": metadata.get("user_id"),
        # A scanner follows every link of a mail within a second, so a click is known by its link too.
        "link": sha256(str(item["url"]).encode()).hexdigest()[:8] if item.get("url") else "",
        "email": mail.get("from_email" if is_inbound else "email"),
        "location": {ours: place[name] for name, ours in _PLACE.items() if place.get(name) is not None} or None,
        "properties": renamed(mail, _NAMES, without=_ELSEWHERE) | renamed(more),
    }


source = Source(
    type="mandrill",
    title="Mandrill",
    description="Sent, opened, clicked and bounced mails of Mandrill, which is Mailchimp Transactional.",
    setup="Under Settings → Webhooks, add the address of the hook and choose events. The key of the webhook is "
    "`secret`. Mandrill signs the address exactly as it was entered: say it as `public_url` where you have a proxy. "
    "Put your own user id into the metadata of a mail as `user_id`.",
    documentation="https://mailchimp.com/developer/transactional/guides/track-respond-activity-webhooks/",
    settings=Addressed,
    signature=signature,
    handshake=tried,
    split=split.form_field("mandrill_events"),
    prepare=_flat,
    name=(("$.event", "$.type"), "$.action"),
    events={
        "send": "Email Sent",
        "open": "Email Opened",
        "click": "Email Link Clicked",
        "hard_bounce": "Email Bounced",
        "soft_bounce": "Email Soft Bounced",
        "spam": "Email Marked as Spam",
        "unsub": "Email Unsubscribed",
        "deferral": "Email Deferred",
        "reject": "Email Dropped",
        "inbound": "Email Received",
    },
    message_id=("$._id", ("$.event", "$.type"), "$.action", "$.ts", "$.link"),
    timestamp="$.ts",
    identity=Identity(user_id="$.user_id", email="$.email"),
    context={
        "ip": {"@path": "$.ip"},
        "userAgent": {"@path": "$.user_agent"},
        "location": {"@path": "$.location"},
    },
    other={"properties": {"@path": "$.properties"}},
)
