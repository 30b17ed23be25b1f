"""A hook: one request of a vendor's to us, as its signature is made over it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Hook:
    """`body` are the raw bytes, `url` the address as the vendor calls it. Header names are lower-case.

    `token` is the last part of the path, where it may carry a secret.
    """

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)
    token: str = field(default="", repr=False)


class Signature(Protocol):
    """A way to prove that a hook is the vendor's."""

    def __call__(self, hook: Hook, secrets: Sequence[str], now: float, /) -> bool:
        """Return whether one of `secrets` proves the hook at the Unix time `now`. Never raises."""
        ...


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer that a vendor wants to hear, beyond a status of 200."""

    body: bytes = b""
    content_type: str = "text/plain"


OK = Answer()


class Handshake(Protocol):
    """A vendor's way to try a hook before it uses it."""

    def __call__(self, hook: Hook, /) -> Answer | None:
        """Return the answer to a hook that is signed and brings no event; None for any other. Never raises."""
        ...


def no_handshake(_: Hook) -> Answer | None:
    """Return None: the vendor sends events at once."""
    return None
