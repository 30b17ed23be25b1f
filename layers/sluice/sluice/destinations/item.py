"""Items to send, the endpoints that take them, and the batches that share a request."""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson

from sluice.destinations.http import Request, Response
from sluice.destinations.outcome import Outcome, Resend, by_status


@dataclass(slots=True)
class Item[S]:
    """One thing to send. `data` is a JSON value, or bytes that are sent unchanged.

    Items with equal `key` may share a request, and the endpoint reads the key too. `max_items` lowers the endpoint's.
    """

    endpoint: "Endpoint[S]"
    data: Any
    key: Hashable = None
    max_items: int | None = None


@dataclass(frozen=True, slots=True)
class Batch[S]:
    """Items that share a request, each with its encoded form. A batch is never empty."""

    endpoint: "Endpoint[S]"
    items: Sequence[Item[S]]
    bodies: Sequence[bytes] = field(repr=False)
    settings: S

    @property
    def key(self) -> Any:
        return self.items[0].key


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint[S]:
    """One of the vendor's endpoints: how a batch becomes a request, and what an answer means.

    A request holds at most `max_items` items and `max_bytes` of their encoded forms, not counting what `request` puts
    around them. `outcomes` reads an answer: it returns one outcome for all items, or one for each of them, in order.
    """

    request: Callable[[Batch[S]], Request]
    max_items: int = 1
    max_bytes: int = 1_000_000
    outcomes: Callable[[Batch[S], Response], Outcome | Sequence[Outcome | Resend]] = lambda _, response: by_status(
        response
    )
    encode: Callable[[Any], bytes] = orjson.dumps
    #: Whether the vendor accepts gzip: egress from AWS is billed by the byte.
    takes_gzip: bool = False


def json_array(batch: Batch[Any], before: bytes = b"", after: bytes = b"") -> bytes:
    """Return the items as one JSON array between `before` and `after`. Bodies are long, so they are copied once."""
    return b"".join((before, b"[", b",".join(batch.bodies), b"]", after))
