"""Requests to vendors and their answers, independent of what carries them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import orjson

#: What we keep of an answer: enough to see what was wrong, not enough to archive someone's page.
EXCERPT_CHARACTERS = 500


@dataclass(frozen=True, slots=True)
class Request:
    """`timeout` is seconds for the whole of the exchange's single steps: connecting, sending, each read."""

    url: str
    body: bytes = field(repr=False)
    method: str = "POST"
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    timeout: float = 10.0


@dataclass(frozen=True, slots=True)
class Response:
    """Header names are lower-case; the body is bounded by the transport."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    def json(self) -> Any:
        """What the body says; None if it is no JSON, or cut off."""
        try:
            return orjson.loads(self.body)
        except orjson.JSONDecodeError:
            return None

    def excerpt(self) -> str | None:
        return self.body[: 4 * EXCERPT_CHARACTERS].decode("utf-8", "replace")[:EXCERPT_CHARACTERS] or None


class UnreachableError(Exception):
    """No answer: not resolved, refused, reset, timed out. `reason` is the code of event delivery."""

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(detail or reason)
        self.reason = reason


class ForbiddenTargetError(Exception):
    """An address that a webhook must not reach from inside an account."""


#: Sends one request. Raises UnreachableError or ForbiddenTargetError; never follows a redirect.
type Transport = Callable[[Request], Response]


def retry_after(response: Response, now: datetime | None = None) -> float | None:
    """Seconds to wait as the `Retry-After` header says it, in either of its forms (RFC 9110, 10.2.3)."""
    value = response.headers.get("retry-after", "").strip()
    if value.isascii() and value.isdigit():
        return float(value[:9])
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, (moment - (now or datetime.now(UTC))).total_seconds())
