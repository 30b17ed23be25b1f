"""Twilio: messages and calls, as forms or as the events of Event Streams.

https://www.twilio.com/docs/messaging/guides/track-outbound-message-status
https://www.twilio.com/docs/events/webhook-quickstart
"""

from typing import Any

from catalogue.sources.twilio.signature import signature
from sluice.sources import split
from sluice.sources.fields import object_at, renamed
from sluice.sources.hook import Answer
from sluice.sources.settings import Addressed
from sluice.sources.source import Identity, Source
from sluice.sources.words import in_words

_CHANNELS = {"sms": "SMS", "whatsapp": "WhatsApp", "rcs": "RCS"}
_ELSEWHERE = (
    "MessageStatus", "SmsStatus", "CallStatus", "SmsSid", "SmsMessageSid", "AccountSid", "ApiVersion",
    "messageStatus", "accountSid", "apiVersion", "timestamp", "eventName",
)  # fmt: skip


def _flat(item: dict[str, Any], _: Addressed) -> dict[str, Any]:
    """Have a form and an event of Event Streams in one shape."""
    if "specversion" in item:
        return _streamed(item)
    status = item.get("MessageStatus") or item.get("SmsStatus") or item.get("CallStatus") or ""
    is_call = "CallSid" in item
    is_inbound = status == "received" or (is_call and item.get("Direction") == "inbound")
    other = item.get("From" if is_inbound else "To")
    return {
        "event": _named("call" if is_call else _channel(other), status),
        "id": f"{item['CallSid'] if is_call else item.get('MessageSid') or item['SmsSid']}:{status.lower()}",
        "person": _number(other),
        "traits": renamed({"phone": _number(other)}) or None,
        "properties": renamed(item, without=_ELSEWHERE, snake_case=True),
    }


def _streamed(item: dict[str, Any]) -> dict[str, Any]:
    kind, data = item["type"].removeprefix("com.twilio."), object_at(item, "data")
    is_message = kind.startswith(("messaging.message.", "messaging.inbound-message."))
    other = data.get("from" if "inbound" in kind else "to")
    return {
        "event": _named(_channel(other), kind.rpartition(".")[2]) if is_message else in_words(kind),
        "id": item["id"],
        "time": data.get("timestamp") or item.get("time"),
        "person": _number(other),
        "traits": renamed({"phone": _number(other)}) or None,
        "properties": renamed(data, without=_ELSEWHERE, snake_case=True),
    }


def _named(channel: str, status: str) -> str:
    return f"{_CHANNELS.get(channel) or in_words(channel)} {in_words(status)}"


def _channel(address: Any) -> str:
    return address.partition(":")[0] if isinstance(address, str) and ":" in address else "sms"


def _number(address: Any) -> str | None:
    """Return `+1555…` for `whatsapp:+1555…`, so that a person has one id on each channel."""
    return address.rpartition(":")[2] or None if isinstance(address, str) else None


source = Source(
    type="twilio",
    title="Twilio",
    description="Text messages and calls of Twilio: SMS Delivered, SMS Received, WhatsApp Read, Call Completed.",
    setup="Enter the address of the hook as the Status Callback URL of messages and calls, or where a message comes "
    "in, which is then not replied to; or make it the sink of an Event Stream. Do not enter it where a call comes in, "
    "which would be hung up. The Auth Token of the account is `secret`, or a key of your own where a Webhook Rule "
    "signs with one. Twilio signs the address too: say it as `public_url` where you have a proxy.",
    documentation="https://www.twilio.com/docs/usage/webhooks/webhooks-security",
    settings=Addressed,
    signature=signature,
    split=split.form,
    prepare=_flat,
    message_id=("$.id",),
    timestamp="$.time",
    identity=Identity(anonymous_ids=(("", "$.person"),)),
    context={"traits": {"@path": "$.traits"}},
    other={"event": {"@path": "$.event"}, "properties": {"@path": "$.properties"}},
    # Without TwiML as the answer to what comes in, Twilio logs an error. https://www.twilio.com/docs/api/errors/12300
    answer=Answer(b"<Response/>", "text/xml"),
)
