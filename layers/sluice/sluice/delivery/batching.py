"""Tasks to requests: those that may travel together do, in order, as many as the vendor takes."""

from collections.abc import Iterator, Sequence

from sluice.delivery.plan import Task
from sluice.destinations.item import Batch


def batches[S](tasks: Sequence[Task[S]]) -> Iterator[list[Task[S]]]:
    """By endpoint and key, cut by number and by bytes. One that is too big by itself goes alone: the vendor decides."""
    groups: dict[object, list[Task[S]]] = {}
    for task in tasks:
        groups.setdefault((id(task.item.endpoint), task.item.key), []).append(task)
    for group in groups.values():
        yield from _cut(group)


def _cut[S](group: Sequence[Task[S]]) -> Iterator[list[Task[S]]]:
    endpoint = group[0].item.endpoint
    most = min(endpoint.max_items, group[0].item.max_items or endpoint.max_items)
    run: list[Task[S]] = []
    size = 0
    for task in group:
        if run and (len(run) >= most or size + len(task.body) + 1 > endpoint.max_bytes):
            yield run
            run, size = [], 0
        run.append(task)
        size += len(task.body) + 1
    if run:
        yield run


def batch_of[S](tasks: Sequence[Task[S]], settings: S) -> Batch[S]:
    return Batch(tasks[0].item.endpoint, [task.item for task in tasks], [task.body for task in tasks], settings)
