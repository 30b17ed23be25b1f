"""Segment: its events, as a Webhooks destination sends them. Nothing of them changes.

https://segment.com/docs/connections/destinations/catalog/webhooks/
https://segment.com/docs/connections/destinations/catalog/actions-webhook/
"""

from typing import Any

from sluice.sources.settings import Signed
from sluice.sources.signature import Hmac
from sluice.sources.source import Source


def _corrected(item: dict[str, Any], _: Signed) -> dict[str, Any]:
    """Leave out when the client sent it: by that Segment has corrected the time, and it would be corrected again."""
    return {name: value for name, value in item.items() if name not in ("sentAt", "receivedAt", "_headers")}


source = Source(
    type="segment",
    title="Segment",
    description="Events of a Segment workspace with their ids and times, as its Webhooks destination sends them.",
    setup="Add a Webhooks destination with the address of the hook, and a Shared Secret, which is `secret` here. With "
    "Webhooks (Actions) send the whole event, `$event`, as the data, and leave batching off: Segment does not sign "
    "batches.",
    documentation="https://segment.com/docs/connections/destinations/catalog/webhooks/",
    settings=Signed,
    signature=Hmac("x-signature", digest="sha1"),
    prepare=_corrected,
    passes=True,
)
