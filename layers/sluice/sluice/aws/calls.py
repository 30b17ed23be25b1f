"""Calls of AWS: how much one takes, several at a time, and the answers that let nobody in."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

#: Codes of AWS for whom it does not know or let in.
REFUSING = frozenset({
    "AccessDenied", "AccessDeniedException", "ExpiredToken", "ExpiredTokenException", "InvalidAccessKeyId",
    "InvalidClientTokenId", "InvalidSignatureException", "MissingAuthenticationTokenException",
    "SignatureDoesNotMatch", "UnrecognizedClientException",
})  # fmt: skip
#: Calls under way at once; the pool of a client has ten connections.
THREADS = 8


def calls(sizes: Iterable[int], most: int, limit: int) -> Iterator[list[int]]:
    """Indices in runs of at most `most` entries and `limit` bytes; an entry larger than that stands alone."""
    run: list[int] = []
    total = 0
    for index, size in enumerate(sizes):
        if run and (len(run) == most or total + size > limit):
            yield run
            run, total = [], 0
        run.append(index)
        total += size
    if run:
        yield run


def each[A, B](call: Callable[[A], B], arguments: Sequence[A], threads: int = THREADS) -> list[B]:
    """`call` with each argument, several at a time; the answers in order."""
    if threads == 1 or len(arguments) <= 1:
        return [call(argument) for argument in arguments]
    with ThreadPoolExecutor(threads, "aws") as pool:
        return list(pool.map(call, arguments))
