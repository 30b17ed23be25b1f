"""Requests to vendors and their answers, independent of what carries them."""

import re
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
        """Return the body's JSON; None if it is not JSON, or cut off."""
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


_SECONDS = re.compile(r"[0-9]{1,13}(\.[0-9]+)?")
#: When a limit begins anew, in seconds or as a Unix time; a larger number is the latter.
_RESETS = ("ratelimit-reset", "x-ratelimit-reset", "x-rate-limit-reset")
_UNIX_FROM, _MILLISECONDS_FROM = 1e9, 1e12


def retry_after(response: Response, now: datetime | None = None) -> float | None:
    """Seconds to wait as the vendor says: `Retry-After` in either of its forms (RFC 9110, 10.2.3), else the time when
    its limit begins anew (draft-ietf-httpapi-ratelimit-headers, and those before it).
    """
    now = now or datetime.now(UTC)
    value = response.headers.get("retry-after", "").strip()
    if _SECONDS.fullmatch(value):
        return float(value)
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return next((each for name in _RESETS if (each := _until(response.headers.get(name), now)) is not None), None)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, (moment - now).total_seconds())


def _until(reset: str | None, now: datetime) -> float | None:
    if reset is None or not _SECONDS.fullmatch(reset.strip()):
        return None
    seconds = float(reset)
    if seconds >= _MILLISECONDS_FROM:
        seconds /= 1000
    return max(0.0, seconds - now.timestamp()) if seconds >= _UNIX_FROM else seconds
