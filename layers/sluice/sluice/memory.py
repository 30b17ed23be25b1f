"""The frequency of garbage collection."""

import gc

#: Containers made before it looks at the young ones; 700 by default.
_YOUNG = 50_000


def collect_rarely() -> None:
    """Collect garbage rarely. A function makes many small objects, hardly a cycle, and lives for minutes.

    An object outside of cycles is freed at once in any case. Measured with `make bench`: a quarter
    of the time of an event.
    """
    gc.set_threshold(_YOUNG, 50, 50)
