"""What a kind of destination can do with an event: from fields to items, and items to requests.

An action says what of an event is sent where: a payload of its fields becomes items. An endpoint says how items are
sent: how many fit into a request, and what an answer means for each of them. The kit does everything between.
"""

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson

from sluice.destinations.field import Field
from sluice.destinations.http import Request, Response
from sluice.destinations.outcome import Outcome, by_status

type Payload = dict[str, Any]


@dataclass(slots=True)
class Call[S]:
    """What an action may need beside its payload: the destination's settings, the event, and the bytes it came in."""

    settings: S
    event: Mapping[str, Any]
    text: bytes = field(repr=False)

    @property
    def message_id(self) -> str:
        """The same in every attempt, and so what a vendor recognises repeats by."""
        return str(self.event.get("messageId", ""))


@dataclass(slots=True)
class Item[S]:
    """One thing to send. `data` is what JSON has, or bytes that are sent as they are.

    Items of one `key` may share a request; the endpoint reads the key as well. `most` lowers the endpoint's.
    """

    endpoint: "Endpoint[S]"
    data: Any
    key: Hashable = None
    most: int | None = None


@dataclass(frozen=True, slots=True)
class Batch[S]:
    """Items that share a request, each with its encoded form; never empty."""

    endpoint: "Endpoint[S]"
    items: Sequence[Item[S]]
    bodies: Sequence[bytes] = field(repr=False)
    settings: S

    @property
    def key(self) -> Any:
        return self.items[0].key


@dataclass(frozen=True, slots=True)
class Resend:
    """The vendor refused the whole request because of others in it: to be sent again without them, at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint[S]:
    """`most` items and `most_bytes` of their encoded forms make a request, not counting what `request` puts around.

    `outcomes` reads an answer: one outcome for all items, or one for each of them, in order.
    """

    request: Callable[[Batch[S]], Request]
    most: int = 1
    most_bytes: int = 1_000_000
    outcomes: Callable[[Batch[S], Response], Outcome | Sequence[Outcome | Resend]] = lambda _, response: by_status(
        response
    )
    encode: Callable[[Any], bytes] = orjson.dumps
    #: Whether the vendor takes compressed requests: what leaves AWS is paid for by the byte.
    takes_gzip: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Action[S]:
    """`id` is Segment's, so that its configuration can be taken over; `trigger` is FQL, for a subscription without one.

    `items` gets a payload whose values fit `fields` and whose required fields are there. It may say at once how it
    ends, that there is nothing to send for example.
    """

    id: str
    title: str
    about: str
    trigger: str
    fields: Mapping[str, Field]
    items: Callable[[Payload, Call[S]], list[Item[S]] | Outcome]


@dataclass(frozen=True, slots=True, kw_only=True)
class Preset:
    """What a destination does if its workspace does not say; `mapping` overrides defaults of the action's fields."""

    name: str
    action: str
    trigger: str
    mapping: Mapping[str, Any] = field(default_factory=dict)
    #: False where Segment offers the action but does not switch it on.
    enabled: bool = True


def json_array(batch: Batch[Any], before: bytes = b"", after: bytes = b"") -> bytes:
    """All items of a batch as one JSON array, and what is around it in a body: those are long, and copied once."""
    return b"".join((before, b"[", b",".join(batch.bodies), b"]", after))
