"""Rejections: the reason, and the original bytes to repair and send again."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import orjson

from sluice.messages.encoding import gzip
from sluice.messages.envelope import Envelope
from sluice.spec.reasons import Reason
from sluice.workspace.compiled import UNKNOWN_SOURCE

#: Firehose takes records of 1,000 KiB; escaping can double a text, so what is longer than this is compressed.
_READABLE_BYTES = 400_000
_SHARED = ("sentAt", "context", "integrations")
_SHARED_BYTES = 8_000


@dataclass(frozen=True, slots=True)
class Rejection:
    """`original` and `request` are as for events; only what has a message id is claimed."""

    source: str
    reason: Reason
    message_id: str | None
    original: datetime | None
    request: str
    document: bytes = field(repr=False)

    @staticmethod
    def of(
        envelope: Envelope,
        reason: Reason,
        original: bytes,
        message_id: str | None = None,
        moment: datetime | None = None,
        shared: Mapping[str, Any] | None = None,
    ) -> "Rejection":
        """The document of the archive: where it came from, why it was refused, and `original` as text.

        `encoding` says how to read `original` where it is not the text itself; `shared` is what the events of its
        batch have in common, see `shared_by`.
        """
        source = envelope.source or UNKNOWN_SOURCE
        text, encoding = _as_text(original)
        fields = {
            "sourceId": source,
            "receivedAt": envelope.received_at,
            "reason": reason,
            "messageId": message_id,
            "kind": envelope.kind,
            "path": envelope.path,
            "type": envelope.type,
            "requestId": envelope.request_id,
            "writeKey": envelope.write_key,
            "ip": envelope.ip,
            "userAgent": envelope.user_agent,
            "headers": envelope.headers,
            "batch": shared or None,
            "encoding": encoding,
            "original": text,
        }
        document = orjson.dumps({name: value for name, value in fields.items() if value is not None})
        return Rejection(source, reason, message_id, moment, envelope.request_id, document)


def shared_by(batch: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a repaired event needs of its batch. Nothing oversized: each event keeps a copy."""
    shared = {name: batch[name] for name in _SHARED if batch.get(name) is not None}
    try:
        return shared if len(orjson.dumps(shared)) <= _SHARED_BYTES else {}
    except orjson.JSONEncodeError:
        return {}


def _as_text(original: bytes) -> tuple[str, str | None]:
    if len(original) > _READABLE_BYTES:
        return base64.b64encode(gzip(original)).decode(), "gzip+base64"
    try:
        return original.decode(), None
    except UnicodeDecodeError:
        return base64.b64encode(original).decode(), "base64"
