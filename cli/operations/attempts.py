"""Attempts to hand something over to a queue or a stream that may not take all of it at once."""

from collections.abc import Callable, Sequence

from cli.errors import OperatorError

#: Attempts after those that the queue or the stream makes itself, and seconds between them, doubled each time.
_ATTEMPTS = 4
_PAUSE_SECONDS = 2.0


def until_taken[T](
    put: Callable[[Sequence[T]], Sequence[int]], items: Sequence[T], pause: Callable[[float], None], refusal: str
) -> None:
    """Put all items. `put` returns the places of those that were not taken, which are put again after a pause.

    Raises OperatorError with `refusal` if some are left in the end.
    """
    left = list(items)
    for attempt in range(_ATTEMPTS):
        if not left:
            return
        if attempt:
            pause(_PAUSE_SECONDS * 2**attempt)
        left = [left[index] for index in put(left)]
    if left:
        raise OperatorError(refusal)
