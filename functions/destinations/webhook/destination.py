"""Webhook: each event as it is, to an address of yours."""

import hashlib
import hmac
from dataclasses import dataclass, field
from typing import ClassVar
from urllib.parse import urlsplit

from sluice.deliver.addresses import is_loopback_host
from sluice.deliver.destination import Destination, Document, Secret
from sluice.deliver.messages import Request


@dataclass(frozen=True, slots=True)
class Settings:
    """`url` takes the events by POST. `shared_secret` signs them. `headers` are sent along, an API key for example."""

    url: str
    shared_secret: Secret | None = field(default=None, repr=False)
    headers: dict[str, str] = field(default_factory=dict, repr=False)
    timeout: float = 10.0

    #: pydantic's, when the workspace is built: a misspelt setting is an error.
    __pydantic_config__: ClassVar = {"extra": "forbid"}

    def __post_init__(self) -> None:
        parts = urlsplit(self.url)
        if not parts.hostname or parts.scheme not in ("http", "https"):
            raise ValueError("is not an address; write https://host/path")
        if parts.scheme == "http" and not is_loopback_host(parts.hostname):
            raise ValueError("must start with https://; plain http is for this machine alone")
        if not 1 <= self.timeout <= 30:
            raise ValueError("the timeout must be from 1 to 30 seconds")


def request(document: Document, settings: Settings) -> Request:
    """The event's bytes, signed as they are.

    `X-Sluice-Signature` is `sha256=` and the hex HMAC of the body; `X-Signature` is Segment's, the same with SHA-1.
    `Idempotency-Key` is the same in every attempt (draft-ietf-httpapi-idempotency-key-header).
    """
    headers = {"content-type": "application/json", "user-agent": "Sluice", **settings.headers}
    if (key := _in_a_header(document.event.get("messageId"))) is not None:
        headers["idempotency-key"] = key
    if settings.shared_secret:
        secret = settings.shared_secret.encode()
        headers["x-sluice-signature"] = "sha256=" + hmac.new(secret, document.text, hashlib.sha256).hexdigest()
        headers["x-signature"] = hmac.new(secret, document.text, hashlib.sha1).hexdigest()
    return Request(settings.url, document.text, headers=headers, timeout=settings.timeout)


def _in_a_header(message_id: object) -> str | None:
    """A text of RFC 9651: quoted, and ASCII that can be seen; an id of other characters by its digest."""
    if not isinstance(message_id, str):
        return None
    plain = message_id.isascii() and message_id.isprintable() and not set(message_id) & {'"', "\\"}
    return f'"{message_id if plain else hashlib.sha256(message_id.encode("utf-8", "surrogatepass")).hexdigest()}"'


destination = Destination(
    kind="webhook", names=("Webhook", "Webhooks", "Webhooks (Actions)"), settings=Settings, request=request
)
