"""The vendor's side, to try a destination without the vendor: what it answers when all is well, and when it is not.

Under `make run` requests that would leave the machine end here. docs/local-vendors.md says how to use it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

from sluice.destinations.http import Request, Response, UnreachableError
from sluice.destinations.outcome import TIMED_OUT

type Answer = Callable[[Request], Response]

SUCCESS = "success"


def answer(status: int, document: Any = None, **headers: str) -> Answer:
    """Return an answer that is the same for every request: JSON, or bytes as they are."""
    body = document if isinstance(document, bytes) else b"" if document is None else orjson.dumps(document)
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda _: Response(status, named, body)


def silence(_: Request) -> Response:
    """Answer nothing in time."""
    raise UnreachableError(TIMED_OUT, "the local vendor was told to be silent")


_ACCEPTED = answer(200, {})


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalVendor:
    """The answers of a vendor, in its own form.

    `success` accepts a request. `bad_item` refuses the first item of a request and accepts the others, where the vendor
    can say so. `others` are answers by name, and may replace those that every vendor has.
    """

    success: Answer = _ACCEPTED
    bad_item: Answer | None = None
    others: Mapping[str, Answer] = field(default_factory=dict)

    @property
    def answers(self) -> dict[str, Answer]:
        """All answers by name."""
        return {
            SUCCESS: self.success,
            "rate limited": answer(429, {}, retry_after="1"),
            "unavailable": answer(503),
            "unauthorized": answer(401, {}),
            "refused": answer(400, {}),
            "silent": silence,
            **({"bad item": self.bad_item} if self.bad_item is not None else {}),
            **self.others,
        }
