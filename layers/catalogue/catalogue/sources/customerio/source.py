"""Customer.io: what becomes of each message. https://docs.customer.io/journeys/webhooks/"""

from typing import Any

from sluice.sources.fields import renamed
from sluice.sources.settings import Signed
from sluice.sources.signature import Hmac
from sluice.sources.source import Identity, Source

_NAMES = {"delivery_id": "email_id", "subject": "email_subject", "href": "link_url"}
_ELSEWHERE = ("customer_id", "email_address", "identifiers")
_CHANNELS = {"push": "Push Notification", "sms": "SMS", "whatsapp": "WhatsApp", "in_app": "In-App Message"}
_METRICS = ("sent", "delivered", "opened", "clicked", "bounced", "converted", "failed", "dropped")


def _flat(item: dict[str, Any], _: Signed) -> dict[str, Any]:
    """Have the address in one place: newer payloads have it as the recipient, which may also be a phone number."""
    data = item["data"]
    is_email = item.get("object_type") == "email"
    recipient = data.get("recipient")
    names = _NAMES if is_email else {"href": "link_url"}
    return {
        **item,
        "address": recipient if isinstance(recipient, str) and "@" in recipient else None,
        "phone": recipient if isinstance(recipient, str) and recipient.startswith("+") else None,
        "properties": renamed(data, names, without=(*_ELSEWHERE, "recipient") if is_email else _ELSEWHERE),
    }


source = Source(
    type="customerio",
    title="Customer.io",
    description="Mails, pushes and text messages of Customer.io, as its reporting webhooks send them.",
    setup="Under Data & Integrations → Integrations → Reporting Webhooks, add the address of the hook. The signing key "
    "of the webhook is `secret`.",
    documentation="https://docs.customer.io/journeys/webhooks/",
    settings=Signed,
    signature=Hmac("x-cio-signature", over="v0:{timestamp}:{body}", timestamp="x-cio-timestamp"),
    prepare=_flat,
    name=("$.object_type", "$.metric"),
    events={
        "email clicked": "Email Link Clicked",
        "email spammed": "Email Marked as Spam",
        **{
            f"{channel} {metric}": f"{name} {metric.title()}"
            for channel, name in _CHANNELS.items()
            for metric in _METRICS
        },
    },
    message_id=("$.event_id",),
    timestamp="$.timestamp",
    identity=Identity(
        user_id=("$.data.customer_id", "$.data.identifiers.id"),
        email=("$.data.email_address", "$.data.identifiers.email", "$.address"),
        anonymous_ids=(("", "$.phone"), ("customerio:", "$.data.identifiers.cio_id")),
        external_ids=(("customerio_id", "$.data.identifiers.cio_id"),),
    ),
    other={"properties": {"@path": "$.properties"}},
)
