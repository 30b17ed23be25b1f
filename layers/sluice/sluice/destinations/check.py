"""A check of a destination's credentials: one harmless request to the vendor."""

from collections.abc import Callable
from dataclasses import dataclass

from sluice.destinations.http import Request, Response


def by_status(response: Response) -> bool | None:
    """Return whether the credentials are right, None if the status does not tell."""
    if 200 <= response.status < 300:
        return True
    return False if response.status in (401, 403) else None


@dataclass(frozen=True, slots=True)
class Check[S]:
    """`request` must change nothing at the vendor. `verdict` returns None for an answer that does not tell."""

    request: Callable[[S], Request]
    verdict: Callable[[Response], bool | None] = by_status
