"""A hook: one request of a vendor's to us, as its signature is made over it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol


class UndecidedError(Exception):
    """A hook that cannot be proven or answered right now, because something of the vendor's is out of reach.

    It shall come again.
    """


#: Gets the body of an address of the vendor's, bounded in size and time. Raises UndecidedError without a status of 200.
type Fetch = Callable[[str], bytes]


def nothing_fetched(_: str) -> bytes:
    """Raise UndecidedError: here is no network."""
    raise UndecidedError("there is no network here")


@dataclass(frozen=True, slots=True)
class Hook:
    """`body` are the raw bytes, `url` the address as the vendor calls it. Header names are lower-case.

    `token` is the last part of the path, where it may carry a secret. `fetch` is for what a proof needs of the vendor,
    as a certificate: whoever uses it checks the host against the settings first, and never takes one from a hook.
    """

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)
    token: str = field(default="", repr=False)
    fetch: Fetch = field(default=nothing_fetched, repr=False, compare=False)


class Signature(Protocol):
    """A way to prove that a hook is the vendor's."""

    def __call__(self, hook: Hook, secrets: Sequence[str], now: float, /) -> bool:
        """Return whether one of `secrets` proves the hook at the Unix time `now`. Raises only UndecidedError."""
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
        """Return the answer to a hook that is signed and brings no event; None for any other.

        Raises only UndecidedError.
        """
        ...


def no_handshake(_: Hook) -> Answer | None:
    """Return None: the vendor sends events at once."""
    return None
