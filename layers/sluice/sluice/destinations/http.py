"""Requests to vendors and their answers, independent of what carries them."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import orjson

from sluice.spec.time_forms import seconds_of
from sluice.spec.times import read

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


#: A number of seconds, or a Unix time; and the durations of Go: `90s`, `1m30s`, `250ms`.
_NUMBER = re.compile(r"[0-9]{1,19}(?:\.[0-9]{1,19})?")
_DURATION = re.compile(r"(?=[0-9])(?:([0-9]{1,9})h)?(?:([0-9]{1,9})m)?(?:([0-9]{1,9}(?:\.[0-9]{1,9})?)s)?")
_MILLISECONDS = re.compile(r"([0-9]{1,12})ms")
#: When a limit begins anew, and how much of it is left.
_RESETS = ("ratelimit-reset", "x-ratelimit-reset", "x-rate-limit-reset")
_REMAINING = ("ratelimit-remaining", "x-ratelimit-remaining", "x-rate-limit-remaining")
#: A larger number is no wait but a moment.
_UNIX_FROM = 1e9
#: Nobody asks for a longer wait. What says so is no wait.
LONGEST_ASKED = 30 * 86_400.0


def retry_after(response: Response, now: datetime | None = None) -> float | None:
    """Return the seconds to wait as the vendor says, at most `LONGEST_ASKED`; None where it says nothing sensible.

    `Retry-After` (RFC 9110, 10.2.3) counts wherever it stands. The time when a limit begins anew
    (draft-ietf-httpapi-ratelimit-headers, and those before it) counts only where the limit is exhausted.
    """
    now = now or datetime.now(UTC)
    asked = _wait(response.headers.get("retry-after", ""), now)
    if asked is not None or not _is_exhausted(response):
        return asked
    waits = (_wait(response.headers.get(name, ""), now) for name in _RESETS)
    return next((each for each in waits if each is not None), None)


def _is_exhausted(response: Response) -> bool:
    left = [response.headers[name].partition(";")[0].strip() for name in _REMAINING if name in response.headers]
    return response.status == 429 or "0" in left


def _wait(value: str, now: datetime) -> float | None:
    """Return the seconds until what a header says: seconds, a duration, a Unix time in any unit, or a date."""
    value = value.strip()
    if _NUMBER.fullmatch(value):
        number = float(value)
        seconds = number if number < _UNIX_FROM else seconds_of(number) - now.timestamp()
    elif match := _MILLISECONDS.fullmatch(value):
        seconds = int(match[1]) / 1000
    elif match := _DURATION.fullmatch(value):
        hours, minutes, rest = (float(part or 0) for part in match.groups())
        seconds = hours * 3600 + minutes * 60 + rest
    elif (moment := read(value)) is not None:
        seconds = (moment - now).total_seconds()
    else:
        return None
    return max(0.0, seconds) if seconds <= LONGEST_ASKED else None
