"""The envelope: one message per request on the events queue, with the bytes as received and what the edge knows."""

from dataclasses import dataclass

from sluice.messages.encoding import Encoding, to_bytes
from sluice.messages.header import construct, render, split
from sluice.messages.idempotency import MessageKey
from sluice.spec.reasons import Reason
from sluice.spec.times import read, second


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """One request on its way to the router. `sluice.router.envelope_kinds` knows how to read each `kind`.

    `request_id` is the request's own, and the same in each attempt to enqueue it: ids of events are remembered
    together with it, so that a message that SQS delivers again passes, and a client's retry does not. `refused` is why
    the whole request is rejected; `anonymous_id` is for events without an id of a person; `headers` are those that a
    vendor's hook is read with.
    """

    kind: str
    text: str
    encoding: Encoding = "identity"
    received_at: str
    request_id: str
    path: str
    type: str | None = None
    source: str | None = None
    write_key: str | None = None
    ip: str | None = None
    user_agent: str | None = None
    refused: Reason | None = None
    anonymous_id: str | None = None
    headers: dict[str, str] | None = None

    def payload(self, limit: int) -> bytes:
        """The bytes as the client sent them, inflated if it compressed them."""
        return to_bytes(self.text, self.encoding, limit)

    @property
    def key(self) -> MessageKey:
        received = read(self.received_at)
        return MessageKey(second(received) if received else 0, self.request_id)


def dump(envelope: Envelope) -> str:
    return render(envelope, envelope.text, omit="text")


def load(body: str) -> Envelope:
    """Parse an envelope. Raises MalformedMessageError."""
    header, text = split(body)
    return construct(Envelope, {**header, "text": text})
