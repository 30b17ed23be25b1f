"""The memory of a loader from one load to the next, and the lease that lets one work at a time."""

from dataclasses import dataclass, field
from typing import Protocol


@dataclass(slots=True)
class Memory:
    """`listed` has the time up to which the archive was listed, in seconds since 1970.

    It is by source, for events, and by `objects/<source>` for objects.

    `last` says how the last load went. Nothing is loaded while it `is_paused`.
    """

    listed: dict[str, float] = field(default_factory=dict)
    last: str = ""
    is_paused: bool = False


class MemoryStore(Protocol):
    def begin(self, seconds: float) -> Memory | None:
        """Return what is remembered, and let nobody else begin for so long; None if somebody else has begun."""
        ...

    def end(self, memory: Memory) -> None:
        """Remember, and let others begin."""
        ...
