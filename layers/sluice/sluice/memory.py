"""How often Python looks for garbage."""

import gc

#: Containers made before it looks at the young ones; 700 by default.
_YOUNG = 50_000


def collect_rarely() -> None:
    """For functions that turn events into messages: they make many small objects, hardly a cycle, and live for minutes.

    What is not in a cycle is freed at once in any case. Measured with `make bench`: a quarter of the time of an event.
    """
    gc.set_threshold(_YOUNG, 50, 50)
