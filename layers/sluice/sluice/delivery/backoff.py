"""The backoff of retries, and their end.

Retries back off exponentially with full jitter, for four hours:
https://segment.com/docs/connections/destinations/#retries and
https://aws.amazon.com/builders-library/timeouts-retries-and-backoff-with-jitter/
"""

import math
from collections.abc import Callable
from datetime import timedelta

#: How long an event is retried after its first attempt.
PATIENCE = timedelta(hours=4)
#: How long events wait for someone to repair a destination. Then they go to the dead-letter queue for 14 days more.
LONGEST_WAIT = timedelta(days=13)
#: The longest that SQS holds a message back.
MAX_DELAY_SECONDS = 900
_BASE_SECONDS = 4.0
#: Seconds between two probes of a misconfigured destination: a quarter of the time it has been broken, within these.
_SHORTEST_PAUSE, _LONGEST_PAUSE = 60.0, 900.0


def delay(attempt: int, after: float | None, random: Callable[[], float]) -> float:
    """Return the seconds until attempt number `attempt` + 1, never less than the vendor's `after`.

    `random` gives a number from 0 to 1. Only what the vendor asks for exceeds `MAX_DELAY_SECONDS`.
    """
    ceiling = min(float(MAX_DELAY_SECONDS), _BASE_SECONDS * 2.0 ** min(attempt, 20))
    return max(1.0, random() * ceiling, after or 0.0)


def probe_delay(waited: float, jitter: Callable[[], float]) -> float:
    """Return the seconds until the next probe of a destination that has been misconfigured for `waited` seconds."""
    return min(_LONGEST_PAUSE, max(_SHORTEST_PAUSE, waited / 4) * (1 + jitter() / 4))


def rounded_wait(after: float | None) -> float:
    """Return a wait that a vendor asked for, at most an eighth longer, so that waits much alike become the same."""
    if after is None or after <= 1.0:
        return 0.0
    wait = min(after, LONGEST_WAIT.total_seconds())
    step = 2.0 ** (math.frexp(wait)[1] - 4)
    return math.ceil(wait / step) * step
