"""Batches of what AWS takes in one call: so many entries, so many bytes."""

from collections.abc import Iterable, Iterator


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
