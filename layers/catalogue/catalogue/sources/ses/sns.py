"""Amazon SNS: what proves a message of a topic, and how a subscription is confirmed.

https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message.html
https://docs.aws.amazon.com/sns/latest/dg/SendMessageToHttp.prepare.html

Both need something of AWS's: a certificate, and the visit of an address. Its host follows from the topic in the
settings, and never from a message; and nothing is fetched before the token of the hook's address was right.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import SplitResult, parse_qs, urlsplit

from catalogue.sources.ses.certificates import certificate_at
from sluice.sources.handshakes import document
from sluice.sources.hook import OK, Answer, Hook
from sluice.sources.signature import PathToken, is_recent

TOPIC = re.compile(r"arn:aws(?:-us-gov)?:sns:([a-z]{2}(?:-[a-z]+)+-\d):\d{12}:[A-Za-z0-9_-]{1,256}(?:\.fifo)?")
#: SNS tries for an hour at most, and a message has the same id each time.
_TOLERANCE = 86_400
_NOTIFICATION = ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type")
_CONFIRMATION = ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type")
_SIGNED = {
    "Notification": _NOTIFICATION,
    "SubscriptionConfirmation": _CONFIRMATION,
    "UnsubscribeConfirmation": _CONFIRMATION,
}
_CERTIFICATE = re.compile(r"/SimpleNotificationService-[0-9a-f]{8,64}\.pem")

#: Of an address: with others, a client would read it differently than we do.
_VISIBLE = re.compile(r"[\x21-\x7e]{1,2000}")


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic whose messages are taken: `arn` is its name, `host` that of SNS in its region."""

    arn: str

    @property
    def host(self) -> str:
        """Return the host of SNS in the topic's region. Raises ValueError for what is no topic."""
        if (found := TOPIC.fullmatch(self.arn)) is None:
            raise ValueError("`topic` is the ARN of a topic, as arn:aws:sns:eu-central-1:123456789012:mail-events")
        return f"sns.{found[1]}.amazonaws.com"

    def mine(self, url: Any) -> SplitResult | None:
        """Return the parts of an address of SNS in the topic's region, by HTTPS; None for any other."""
        try:
            parts = urlsplit(url) if isinstance(url, str) and _VISIBLE.fullmatch(url) else None
        except ValueError:
            return None
        # The whole of the host and its port, so that neither a user nor another port stands in it.
        is_mine = parts is not None and (parts.scheme, parts.netloc, parts.fragment) == ("https", self.host, "")
        return parts if is_mine else None


@dataclass(frozen=True, slots=True)
class Sns:
    """The token of the address, and then the signature of SNS for the topic."""

    topic: Topic

    def __call__(self, hook: Hook, secrets: Sequence[str], now: float) -> bool:
        if not PathToken()(hook, secrets, now):
            return False
        message = document(hook)
        if not isinstance(message, dict) or message.get("TopicArn") != self.topic.arn:
            return False
        text, parts = signed_text(message), self.topic.mine(message.get("SigningCertURL"))
        if text is None or not is_recent(str(message.get("Timestamp")), now, _TOLERANCE):
            return False
        if parts is None or parts.query or not _CERTIFICATE.fullmatch(parts.path):
            return False
        certificate = certificate_at(parts.geturl(), hook.fetch)
        return certificate.verifies(message.get("Signature"), message.get("SignatureVersion"), text, now)


def signed_text(message: Mapping[str, Any]) -> bytes | None:
    """Return what SNS signs of a message: the names and values of some fields, a line each. None for another type."""
    names = _SIGNED.get(str(message.get("Type")))
    if names is None:
        return None
    pairs = [(name, message[name]) for name in names if message.get(name) is not None]
    if not all(isinstance(value, str) for _, value in pairs):
        return None
    return "".join(f"{name}\n{value}\n" for name, value in pairs).encode("utf-8", "surrogatepass")


@dataclass(frozen=True, slots=True)
class Confirmation:
    """The visit that confirms a subscription, asked for in a message that was proven."""

    topic: Topic

    def __call__(self, hook: Hook) -> Answer | None:
        message = document(hook)
        if not isinstance(message, dict) or message.get("Type") == "Notification":
            return None
        # The other such message is the end of a subscription, whose address would begin it again.
        if message.get("Type") == "SubscriptionConfirmation" and self._is_confirming(message.get("SubscribeURL")):
            hook.fetch(message["SubscribeURL"])
        return OK

    def _is_confirming(self, url: Any) -> bool:
        parts = self.topic.mine(url)
        if parts is None or parts.path not in ("", "/"):
            return False
        try:
            query = parse_qs(parts.query, max_num_fields=10)
        except ValueError:
            return False
        return query.get("Action") == ["ConfirmSubscription"] and query.get("TopicArn") == [self.topic.arn]
