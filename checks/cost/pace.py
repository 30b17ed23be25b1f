"""The processor of this run beside that of the reference, so that a bill does not depend on the machine and the day."""

import statistics
import time

import orjson

from checks.bench.parts.delivery import corpus

_SECONDS, _ROUNDS = 0.02, 5


def event_seconds() -> float:
    """Return the processor's seconds in which an event of the bench's corpus is parsed and written again."""
    documents = corpus()

    def each() -> float:
        passes, started = 0, time.process_time()
        while (spent := time.process_time() - started) < _SECONDS:
            for text in documents:
                orjson.dumps(orjson.loads(text))
            passes += 1
        return spent / passes / len(documents)

    return statistics.median(each() for _ in range(_ROUNDS))


def pace(reference_seconds: float) -> float:
    """Return how many times as long as the reference this machine takes just now."""
    return event_seconds() / reference_seconds
