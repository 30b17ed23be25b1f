"""Functions of users: what running one adds to an event, beside reading the event's JSON and writing it.

The function does nothing, so all that is measured is ours: the timer, the output that is looked at, and the check that
what came back can be written.
"""

import time
from collections.abc import Iterator
from pathlib import Path

import orjson

from checks.bench import traffic
from checks.bench.figures import Figure, compared
from sluice.functions.insert import inserted
from sluice.functions.runner import Function, load

_EVENTS, _GOAL = 1000, 2.0
_CODE = "def transform(event, settings):\n    return event\n"


def figures(folder: Path) -> Iterator[Figure]:
    """Yield what an insert function costs an event, without the user's own code."""
    (folder / "nothing.py").write_text(_CODE)
    insert = inserted(Function("nothing.py", load(folder / "nothing.py")))
    client = traffic.Client()
    documents = [orjson.dumps(client.event(time.time())) for _ in range(_EVENTS)]

    def ours() -> float:
        events = [orjson.loads(each) for each in documents]
        started = time.process_time()
        for event in events:
            insert(event)
        return (time.process_time() - started) / _EVENTS * 1e6

    def floor() -> float:
        started = time.process_time()
        for each in documents:
            orjson.dumps(orjson.loads(each))
        return (time.process_time() - started) / _EVENTS * 1e6

    yield Figure(part="functions", what="an insert", unit="µs an event", goal=_GOAL, **compared(ours, floor))
