"""What is refused is kept: the reason, and the original bytes to repair and send again."""

import base64
from dataclasses import dataclass, field

import orjson

from sluice.spec.reasons import Reason
from sluice.wire.envelope import Envelope
from sluice.wire.text import gzip
from sluice.workspace.compiled import UNKNOWN_SOURCE

#: Firehose takes records of 1,000 KiB; escaping can double a text, so what is longer than this is compressed.
_READABLE_BYTES = 400_000


@dataclass(frozen=True, slots=True)
class Rejection:
    """`owner` is this place in this attempt of the request, as for events; only what has a message id is claimed."""

    source: str
    reason: Reason
    message_id: str | None
    owner: str
    document: bytes = field(repr=False)

    @staticmethod
    def of(
        envelope: Envelope, reason: Reason, original: bytes, message_id: str | None = None, index: int = 0
    ) -> "Rejection":
        """The document of the archive: where it came from, why it was refused, and `original` as text.

        `encoding` says how to read `original` where it is not the text itself.
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
            "encoding": encoding,
            "original": text,
        }
        document = orjson.dumps({name: value for name, value in fields.items() if value is not None})
        return Rejection(source, reason, message_id, f"{envelope.owner}/{index}", document)


def _as_text(original: bytes) -> tuple[str, str | None]:
    if len(original) > _READABLE_BYTES:
        return base64.b64encode(gzip(original)).decode(), "gzip+base64"
    try:
        return original.decode(), None
    except UnicodeDecodeError:
        return base64.b64encode(original).decode(), "base64"
