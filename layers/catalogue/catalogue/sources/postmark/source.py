"""Postmark: what becomes of each mail. https://postmarkapp.com/developer/webhooks/webhooks-overview"""

from typing import Any

from sluice.sources.fields import object_at, renamed
from sluice.sources.settings import Presented
from sluice.sources.signature import BasicPassword
from sluice.sources.source import Identity, Source, in_header

#: Bounces after which Postmark sends again. https://postmarkapp.com/developer/api/bounce-api#bounce-types
_SOFT = ("SoftBounce", "Transient")
_NAMES = {"MessageID": "email_id", "Subject": "email_subject", "OriginalLink": "link_url", "ID": "bounce_id"}
_ELSEWHERE = (
    "RecordType", "Recipient", "Email", "Metadata", "UserAgent", "Platform", "Geo",
    "ReceivedAt", "DeliveredAt", "BouncedAt", "ChangedAt",
)  # fmt: skip
#: Of a mail that came in: what is longer than an event may be.
_LONG = ("HtmlBody", "RawEmail", "Attachments", "Headers", "Content")


def _flat(item: dict[str, Any], _: Presented) -> dict[str, Any]:
    """Have what is about the reader in the context, and everything else as properties."""
    record, metadata = item.get("RecordType"), object_at(item, "Metadata")
    kind = ""
    if record == "Bounce":
        kind = "soft" if item.get("Type") in _SOFT else "reply" if item.get("Type") == "AutoResponder" else ""
    elif record == "SubscriptionChange":
        kind = "off" if item.get("SuppressSending") is True else "on"
    more = renamed({"metadata": {key: value for key, value in metadata.items() if key != "user_id"} or None})
    return {
        **item,
        "kind": kind,
        # Only a mail that came in has no type.
        "record": record or ("Inbound" if "FromFull" in item else ""),
        "device": renamed({"type": item.get("Platform")}) or None,
        "properties": renamed(item, _NAMES, without=(*_ELSEWHERE, *_LONG), snake_case=True) | more,
    }


source = Source(
    type="postmark",
    title="Postmark",
    description="Delivered, opened, clicked and bounced mails of Postmark, and mails that come in.",
    setup="Under a message stream's Webhooks, add the address of the hook, with the user `sluice` and `secret` as the "
    "password in Basic auth credentials; or add a custom header, which `header` names, with `secret` as its value. Put "
    "your own user id into the Metadata of a mail as `user_id`.",
    documentation="https://postmarkapp.com/developer/webhooks/webhooks-overview",
    settings=Presented,
    signature=BasicPassword(),
    adapted=in_header,
    prepare=_flat,
    name=("$.record", "$.kind"),
    events={
        "Delivery": "Email Delivered",
        "Open": "Email Opened",
        "Click": "Email Link Clicked",
        "Bounce": "Email Bounced",
        "Bounce soft": "Email Soft Bounced",
        "Bounce reply": "Email Auto Responded",
        "SpamComplaint": "Email Marked as Spam",
        "SubscriptionChange off": "Email Unsubscribed",
        "SubscriptionChange on": "Email Resubscribed",
        "Inbound": "Email Received",
    },
    message_id=("$.record", "$.MessageID", ("$.ReceivedAt", "$.DeliveredAt", "$.BouncedAt", "$.ChangedAt")),
    timestamp=("$.ReceivedAt", "$.DeliveredAt", "$.BouncedAt", "$.ChangedAt", "$.Date"),
    identity=Identity(
        user_id="$.Metadata.user_id",
        email=("$.Recipient", "$.Email", "$.FromFull.Email", "$.From"),
    ),
    context={
        "ip": {"@path": "$.Geo.IP"},
        "userAgent": {"@path": "$.UserAgent"},
        "device": {"@path": "$.device"},
    },
    other={"properties": {"@path": "$.properties"}},
)
