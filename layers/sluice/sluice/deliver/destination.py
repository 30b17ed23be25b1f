"""What a kind of destination is: its settings, and how an event becomes a request."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NewType

from sluice.deliver.messages import Request, Response
from sluice.deliver.outcomes import Discarded, Outcome, by_status

#: A settings value that is a secret; a dataclass field of this type wants `field(repr=False)`.
Secret = NewType("Secret", str)


@dataclass(frozen=True, slots=True)
class Document:
    """One event: parsed, and the exact bytes it was read from."""

    event: dict[str, Any]
    text: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Destination[S]:
    """`names` are those of Segment's `integrations` object, ours first; `settings` is a dataclass.

    `request` makes the request for one event, or says why there is none; `outcome` reads the answer.
    """

    kind: str
    names: tuple[str, ...]
    settings: type[S]
    request: Callable[[Document, S], Request | Discarded]
    outcome: Callable[[Response], Outcome] = by_status
