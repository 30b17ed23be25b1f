"""When to try again, and when to stop: exponential with full jitter, for four hours.

https://segment.com/docs/connections/destinations/#retries and
https://aws.amazon.com/builders-library/timeouts-retries-and-backoff-with-jitter/
"""

from collections.abc import Callable
from datetime import timedelta

#: How long an event is retried after its first attempt.
PATIENCE = timedelta(hours=4)
#: The longest that SQS holds a message back.
MAX_DELAY_SECONDS = 900
_BASE_SECONDS = 4.0


def delay(attempt: int, after: float | None, random: Callable[[], float]) -> float:
    """Seconds until attempt number `attempt` + 1, never sooner than the vendor's `after`.

    `random` gives a number from 0 to 1. What exceeds `MAX_DELAY_SECONDS` is only what the vendor asked for.
    """
    ceiling = min(float(MAX_DELAY_SECONDS), _BASE_SECONDS * 2.0 ** min(attempt, 20))
    return max(1.0, random() * ceiling, after or 0.0)
